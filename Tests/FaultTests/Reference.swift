import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// A training of 60 steps, uninterrupted, that others must equal to the byte.
enum Reference {
    static let arguments = [
        "train", "--limit", "320", "--epochs", "3", "--batch-size", "16", "--seed", "7", "--no-figures",
    ]

    /// `run` in a folder that lives until the process ends.
    private static let folder: Result<Scratch, any Error> = Result {
        let name = "reference-\(getpid())"
        atexit { Scratch.remove(Scratch.path("reference-\(getpid())")) }
        let scratch = Scratch(named: name)
        let outcome = try Program.vae.run(arguments + ["--out", "run"], in: scratch)
        guard outcome.status == 0 else { throw Failed(errors: outcome.errors) }
        return scratch
    }

    static let results: Result<[[UInt8]], any Error> = Result { try results(of: try folder.get()) }

    /// A copy of the finished run in another folder.
    static func copy() throws -> Scratch {
        let scratch = Scratch()
        try scratch.copy(try folder.get(), "run")
        return scratch
    }

    private struct Failed: Error {
        let errors: String
    }

    /// What a clock has measured, and the checksum over it.
    private static let timed = ["seconds", "images_per_second", "crc32"]

    /// What must be equal: both checkpoints, and the metrics but for what was measured with a clock.
    static func results(of scratch: Scratch, _ run: String = "run") throws -> [[UInt8]] {
        let metrics = try scratch.text("\(run)/metrics.jsonl").split(separator: "\n").map { line in
            let members = try #require(try JSONValue(parsing: Array(line.utf8), source: "metrics").object)
            return JSONValue.object(members.filter { !timed.contains($0.key) }).serialized()
        }
        return try ["last", "best"].map { try scratch.bytes("\(run)/checkpoints/\($0).safetensors") }
            + [Array(metrics.joined(separator: [UInt8(ascii: "\n")]))]
    }

    static func expectSame(_ scratch: Scratch, _ run: String = "run") throws {
        let (found, expected) = (try results(of: scratch, run), try results.get())
        #expect(found[0] == expected[0], "last.safetensors")
        #expect(found[1] == expected[1], "best.safetensors")
        #expect(String(decoding: found[2], as: UTF8.self) == String(decoding: expected[2], as: UTF8.self))
    }

    /// Starts the same training with a checkpoint each step, and waits until it has written one.
    static func start(in scratch: Scratch, _ options: [String] = [], run: String = "run") throws -> Program.Running {
        let running = try Program.vae.start(
            arguments + ["--checkpoint-every", "1", "--out", run] + options, in: scratch)
        while running.process.isRunning, !scratch.exists("\(run)/checkpoints/last.safetensors") { usleep(1000) }
        return running
    }

    /// Goes on to the end.
    @discardableResult
    static func resume(
        _ scratch: Scratch, from point: String = "last", run: String = "run", _ options: [String] = []
    ) throws -> Program.Outcome {
        try Program.vae.run(
            ["train", "--resume", point, "--out", run, "--no-figures"] + options, in: scratch)
    }
}
