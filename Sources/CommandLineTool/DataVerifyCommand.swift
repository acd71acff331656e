import ArgumentParser
import Datasets
import Formats
import Settings
import VAE

struct DataVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read and decode every file of a set of images, and hold the cache against them.",
        discussion: """
            vae data verify PICTURES
            vae data verify PICTURES --size 64  with the cache of this size

            Each bad file is listed with its reason. Where the pictures have been decoded before, the cache's bytes must \
            be those that were written, and those that the files decode to now. Arrays and IDX files are read whole. \
            Anything bad gives status 65.
            """)

    @OptionGroup
    var images: ImagesToLookAt

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        let verification = try SetVerification(
            images.reading, limit: images.limit, open: images.open, judge: images.judge)
        if json {
            try Console.data(verification.json)
        } else {
            for finding in verification.findings {
                let status = finding.isBad ? "bad    " : "ok     "
                try Console.data(printable("\(status)\(finding.part): \(finding.words)", limit: .max))
            }
        }
        if verification.bad > 0 { throw BadFiles(path: verification.source, count: verification.bad) }
    }

    /// Something of a set is bad.
    struct BadFiles: Error, CustomStringConvertible {
        let path: String
        let count: Int

        var description: String {
            "\(printable(path)): \(counted(count, "part")) of it \(count == 1 ? "is" : "are") bad"
        }
    }
}

extension SetVerification {
    fileprivate var json: JSONValue {
        [
            "source": .string(source), "form": .string(form.rawValue), "sound": .bool(bad == 0),
            "proposed_size": proposedSize.map(JSONValue.integer) ?? .null,
            "findings": .array(
                findings.map {
                    ["part": .string($0.part), "status": .string($0.isBad ? "bad" : "ok"), "words": .string($0.words)]
                }),
        ]
    }
}
