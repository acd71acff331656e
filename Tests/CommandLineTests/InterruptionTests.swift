import Foundation
import Tensors
import TestSupport
import Testing

/// A training that is stopped or killed goes on as if it had never stopped.
@Suite(.serialized) struct InterruptionTests {
    private static let arguments = ["train", "--limit", "600", "--epochs", "3", "--no-figures", "--seed", "5"]

    private static let reference: Result<[[UInt8]], any Error> = Result {
        let scratch = Scratch()
        _ = try Program.vae.run(arguments + ["--out", "run"], in: scratch)
        return try checkpoints(scratch)
    }

    private static func checkpoints(_ scratch: Scratch) throws -> [[UInt8]] {
        try ["last", "best"].map { try scratch.bytes("run/checkpoints/\($0).safetensors") }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func anInterruptedRunResumedGivesTheBytesOfAnUninterruptedOne(_ number: Int32) throws {
        let scratch = Scratch()
        let running = try Program.vae.start(Self.arguments + ["--out", "run"], in: scratch)
        // In the second epoch at the earliest.
        while running.process.isRunning, !scratch.exists("run/checkpoints/last.safetensors") { usleep(1000) }
        kill(running.process.processIdentifier, number)
        let stopped = try running.wait()
        if number == SIGKILL {
            #expect(stopped.status == SIGKILL)
        } else {
            #expect(stopped.status == 75)
            #expect(
                stopped.errors.hasSuffix("\ninterrupted; to go on: vae train --resume last --out run\n"))
            // Stopped between two epochs' ends: the checkpoint holds a part of an epoch.
            #expect(try Self.checkpoints(scratch) != Self.reference.get())
        }
        let evaluated = try Program.vae.run(["evaluate", "run", "--limit", "10", "--json"], in: scratch)
        #expect(evaluated.status == 0, "\(evaluated.errors)")

        let resumed = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--threads", "1", "--no-figures"], in: scratch)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try Self.checkpoints(scratch) == Self.reference.get())
        #expect(try scratch.text("run/metrics.jsonl").split(separator: "\n").count == 3)
    }

    @Test func aFinishedRunResumedStaysAsItIs() throws {
        let scratch = try TrainedRun.copy()
        let before = try Self.checkpoints(scratch)
        let outcome = try Program.vae.run(["train", "--resume", "last", "--out", "run", "--no-figures"], in: scratch)
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("run is finished: nothing is left to train"))
        #expect(try Self.checkpoints(scratch) == before)
    }

    @Test func aRunDoesNotGoOnWithOtherSettings() throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--learning-rate", "0.1"], in: scratch)
        #expect(outcome.status == 64)
        #expect(
            outcome.errors
                == "Error: run: a run goes on with its own settings:\n  learning_rate: 0.001 in the run, 0.1 now\nLeave "
                + "these options out, or begin another run with another --out.\n")
    }

    @Test func aRunDoesNotGoOnInAnotherPrecision() throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--precision", "bf16"], in: scratch)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("\n  precision: f32 in the run, bf16 now\n"))
    }

    @Test(.enabled(if: Precision.bf16Instructions != nil))
    func aRunInBFloat16GoesOnInTheSameBytes() throws {
        let scratch = Scratch()
        let start = ["train", "--precision", "bf16", "--limit", "192", "--no-figures", "--threads", "2"]
        func train(_ arguments: [String]) throws {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        try train(start + ["--epochs", "2", "--out", "whole"])
        try train(start + ["--epochs", "1", "--out", "run"])
        // The run's own configuration says how it goes on.
        try train(["train", "--resume", "last", "--epochs", "2", "--out", "run", "--no-figures"])
        let metrics = try ["whole", "run"].map { run in
            try scratch.text("\(run)/metrics.jsonl").matches(of: /"(?:val_)?loss":[0-9.]+/).map { String($0.0) }
        }
        #expect(metrics[0].count == 4)
        #expect(metrics[0] == metrics[1])
        #expect(try scratch.text("run/config.json").contains("\"precision\" : \"bf16\""))
    }

    @Test func aRunDoesNotGoOnWithOtherImages() throws {
        let scratch = try TrainedRun.copy()
        let config = try scratch.text("run/config.json")
        let hash = try #require(config.firstMatch(of: /training_images[^}]*?sha256"\s*:\s*"([0-9a-f]{64})"/)?.1)
        try scratch.write(
            config.replacing(hash, with: String(repeating: "0", count: 64)), to: "run/config.json")
        let outcome = try Program.vae.run(["train", "--resume", "last", "--out", "run"], in: scratch)
        #expect(outcome.status == 65)
        #expect(
            outcome.errors
                == "Error: run: cannot go on with other images:\n  training images: 256 with the SHA-256 "
                + "\(String(repeating: "0", count: 64)) in the run, 256 with the SHA-256 \(hash) now\n")
    }
}
