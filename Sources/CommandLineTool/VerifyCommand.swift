import ArgumentParser
import Settings
import VAE

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every file of a run, and whether all of them tell the same story.",
        discussion: """
            vae verify runs/tutorial-seed0

            config.json: settings that can be trained with. Checkpoints: the hash, the run's own settings and images, \
            every tensor in its shape and finite, a position that such a training comes to, 'best' the best. \
            metrics.jsonl: each line's checksum, epochs in order, steps and images as many as the run has, sums that add \
            up, scores as the last checkpoint has them. figures/ and report.html, where they were made: each whole and \
            complete, the report showing these figures. nan/: batches that can be read. The images, where they are at \
            hand: their hashes. Times, and words of the report, are not judged beyond that.

            Each part is 'ok', a 'note' (as an interruption leaves it: going on mends it) or a 'fault' (status 65).
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Option(
        help: ArgumentHelp(
            "Pictures, IDX, NumPy or a table of paths, as vae train takes them; the run's own images if left out.",
            valueName: "path"),
        completion: .file())
    var data: String?

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        let verification = try RunVerification(path) { selection, seed in
            let taken = try CommandImages(selection, at: data, threads: VariationalAutoencoder.defaultThreads)
            return try selection.sets(seed: seed) { try taken.load($0, limit: $1) }
        }
        if json {
            try Console.data(verification.json)
        } else {
            for finding in verification.findings {
                let status = finding.status.rawValue
                let space = String(repeating: " ", count: 7 - status.count)
                try Console.data(printable("\(status)\(space)\(finding.part): \(finding.words)", limit: .max))
            }
        }
        let faults = verification.faults.count
        if faults > 0 { throw RunError.unsound(path: verification.path, faults: faults) }
    }
}

extension RunVerification {
    fileprivate var json: JSONValue {
        [
            "run": .string(path),
            "sound": .bool(faults.isEmpty),
            "findings": .array(
                findings.map {
                    ["part": .string($0.part), "status": .string($0.status.rawValue), "words": .string($0.words)]
                }),
        ]
    }
}
