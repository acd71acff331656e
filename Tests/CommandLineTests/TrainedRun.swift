import Foundation
import TestSupport
import Testing

/// A run of two epochs on 256 images, `run` in a folder of its own, trained once for all tests.
struct TrainedRun {
    let folder = Scratch(named: name)
    let outcome: Program.Outcome

    /// The run lives until the process ends, which no `deinit` sees.
    static let shared: Result<TrainedRun, any Error> = Result {
        atexit { Scratch.remove(Scratch.path(TrainedRun.name)) }
        return try TrainedRun()
    }

    private static var name: String { "shared-\(getpid())" }

    static let arguments = ["train", "--limit", "256", "--epochs", "2", "--seed", "3", "--no-figures", "--json"]

    private init() throws {
        outcome = try Program.vae.run(Self.arguments + ["--threads", "2", "--out", "run"], in: folder)
    }

    /// A copy of the run in another folder.
    static func copy() throws -> Scratch {
        let scratch = Scratch()
        try scratch.copy(try shared.get().folder, "run")
        return scratch
    }
}
