import Formats
import Foundation
import Tensors
import TestSupport
import Testing

/// Trainings whose numbers break, through the built program.
@Suite struct RollbackTests {
    private static let arguments = [
        "train", "--limit", "256", "--epochs", "3", "--seed", "3", "--no-figures", "--out", "run",
    ]

    @Test func aTrainingThatBreaksStopsAndKeepsItsStory() throws {
        #expect(try story(threads: 1) == story(threads: 2))
    }

    /// The batch, the weights before it and the last words of a training that breaks.
    private func story(threads: Int) throws -> [[UInt8]] {
        let scratch = Scratch()
        let outcome = try Program.vae.run(
            Self.arguments + ["--learning-rate", "1e20", "--threads", "\(threads)"], in: scratch)
        #expect(outcome.status == 1)
        let words = try #require(outcome.errors.split(separator: "\n").last)
        #expect(
            words.hasPrefix(
                "Error: epoch 1, step 2 (2 of the run): the output of encoder/conv2d_1 is not finite for 64 images: "))
        #expect(
            words.hasSuffix(
                "stopped before the step, with the last good weights kept. A smaller learning rate helps."))
        let batch = try scratch.bytes("run/nan/step-2.npz")
        let arrays = try NPZ.parse(batch, source: "step-2.npz")
        #expect(arrays.map(\.name) == ["images", "indices"])
        #expect(arrays[0].tensor.shape == [64, 28, 28, 1])
        #expect(Set(arrays[1].tensor.values).count == 64)
        #expect(arrays[1].tensor.values.allSatisfy { (0..<256).contains($0) })
        // The weights before the step, from which the same happens again.
        #expect(try Program.vae.run(["evaluate", "run", "--limit", "5", "--json"], in: scratch).status == 0)
        let weights = try scratch.bytes("run/checkpoints/last.safetensors")
        let again = try Program.vae.run(["train", "--resume", "last", "--out", "run"], in: scratch)
        #expect(again.status == 1)
        #expect(again.errors.split(separator: "\n").last == words)
        return [batch, weights, Array(words.utf8)]
    }

    /// Before the first step a learning rate has done nothing.
    @Test(arguments: [["--beta", "1e38"], ["--likelihood", "gaussian", "--variance", "2e-38"]])
    func aLossThatIsTooLargeFromTheStartIsNoLearningRates(_ options: [String]) throws {
        let outcome = try Program.vae.run(Self.arguments + options, in: Scratch())
        #expect(outcome.status == 1)
        #expect(
            outcome.errors.hasSuffix(
                "No learning rate helps, since no step was taken: the loss itself is too large, by its variance or β.\n"
            ))
    }

    /// What Float32 takes for 0 or infinite cannot be trained with, which is known before anything is written.
    @Test(
        arguments: [
            (["--beta", "1e300"], "beta: expected zero or a positive number that Float32 holds, found 1e+300"),
            (["--beta", "1e-300"], "beta: expected zero or a positive number that Float32 holds, found 1e-300"),
            (["--learning-rate", "1e39"], "learning rate: expected a positive number that Float32 holds, found 1e+39"),
            (
                ["--learning-rate", "1e-50"],
                "learning rate: expected a positive number that Float32 holds, found 1e-50"
            ),
        ]
            + ["1e300", "1e-320", "1e-40"].map { variance in
                (
                    ["--likelihood", "gaussian", "--variance", variance],
                    "variance: expected a positive number that Float32 holds, as 1 / (2σ²) too, found "
                        + variance.replacing("1e3", with: "1e+3")
                )
            })
    func whatFloat32DoesNotHoldIsRefused(_ options: [String], _ words: String) throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(Self.arguments + options, in: scratch)
        #expect(outcome.status == 64)
        #expect(outcome.errors == "Error: \(words)\n")
        #expect(!scratch.exists("run"))
    }

    /// Before a first step, after one, and with steps taken back.
    @Test(arguments: [
        ["--beta", "1e38"], ["--learning-rate", "1e20"], ["--learning-rate", "1e20", "--on-nan", "rollback"],
    ])
    func aTrainingWithoutACheckpointReplacesNoRun(_ options: [String]) throws {
        let scratch = Scratch()
        #expect(try Program.vae.run(Self.arguments, in: scratch).status == 0)
        let before = try scratch.files("run").sorted().map { try scratch.bytes("run/\($0)") }
        let outcome = try Program.vae.run(Self.arguments + options + ["--overwrite"], in: scratch)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("run, the run that was to be replaced, is as it was."), "\(outcome.errors)")
        #expect(try scratch.files("run").sorted().map { try scratch.bytes("run/\($0)") } == before)
    }

    @Test func rollbacksHalveTheLearningRateUntilItHolds() throws {
        let options = ["--learning-rate", "0.1", "--on-nan", "rollback"]
        let scratch = Scratch()
        let outcome = try Program.vae.run(Self.arguments + options, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let back = "\n  going back to the initial weights, with half the learning rate (0.05)\n"
        #expect(outcome.errors.contains(back))

        // Killed in the midst of it, resumed: the same story and the same bytes.
        let other = Scratch()
        let running = try Program.vae.start(Self.arguments + options + ["--checkpoint-every", "1"], in: other)
        while running.process.isRunning, !other.exists("run/nan/step-2.npz") { usleep(500) }
        kill(running.process.processIdentifier, SIGKILL)
        _ = try running.wait()
        let resumed = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--no-figures", "--on-nan", "rollback"], in: other)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try Reference.results(of: other) == Reference.results(of: scratch))
    }

    @Test func threeRollbacksAreTheMost() throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(
            Self.arguments + ["--learning-rate", "1e20", "--on-nan", "rollback"], in: scratch)
        #expect(outcome.status == 1)
        #expect(outcome.errors.components(separatedBy: "going back to the initial weights").count == 4)
        #expect(outcome.errors.contains("half the learning rate (1.25e+19)\n"))
    }

    /// A run that stopped goes on from its last whole epoch when it is told to.
    @Test func aRunThatStoppedCanRollBackLater() throws {
        let scratch = Scratch()
        let options = ["--learning-rate", "0.1"]
        #expect(try Program.vae.run(Self.arguments + options, in: scratch).status == 1)
        let resumed = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--no-figures", "--on-nan", "rollback"], in: scratch)
        #expect(resumed.status == 0, "\(resumed.errors)")
    }
}
