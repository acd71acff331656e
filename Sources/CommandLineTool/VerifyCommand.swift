import ArgumentParser
import VAE

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a run: its settings, every hash, and whether its parts fit each other.",
        discussion: """
            vae verify runs/tutorial-seed0

            Each part is 'ok', a 'note' (as an interruption leaves it: going on mends it) or a 'fault' (status 65).
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Option(
        help: ArgumentHelp(
            "A folder with MNIST's four IDX files; the run's own images if left out.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        let verification = try RunVerification(path) { selection, seed in
            try selection.sets(seed: seed) { try ImageSource.load(folder: data ?? selection.folder, $0) }
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
