import Foundation
import Runs
import TestSupport
import Testing

/// From where a run goes on, and from where not.
@Suite struct ResumeTests {
    @Test func aRunKilledBeforeItsFirstCheckpointBeginsAnew() throws {
        let scratch = Scratch()
        let running = try Program.vae.start(Reference.arguments + ["--out", "run"], in: scratch)
        while running.process.isRunning, !scratch.exists("run/config.json") { usleep(500) }
        kill(running.process.processIdentifier, SIGKILL)
        _ = try running.wait()
        #expect(scratch.files("run/checkpoints") == [])
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("run holds no checkpoint yet: beginning anew with its own settings\n"))
        try Reference.expectSame(scratch)
    }

    /// As kills leave it while `config.json` is written: another training takes the folder.
    @Test func aRunKilledBeforeItsConfigurationIsInNobodysWay() throws {
        let scratch = Scratch()
        try scratch.write("", to: "run/.lock")
        try scratch.write("{", to: "run/.config.json.4321-1.tmp")
        let missing = try Reference.resume(scratch)
        #expect(missing.status == 65)
        #expect(missing.errors == "Error: run: expected a run folder, found no config.json in it\n")
        #expect(try Program.vae.run(Reference.arguments + ["--out", "run"], in: scratch).status == 0)
        try Reference.expectSame(scratch)
        #expect(scratch.files("run").allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test func aRunGoesBackToItsBestOrAnyCheckpoint() throws {
        let scratch = try Reference.copy()
        // An earlier epoch is made the best, so that there is a way back.
        try scratch.copy(scratch, "run/checkpoints/previous.safetensors", as: "run/checkpoints/best.safetensors")
        let fromBest = try Reference.resume(scratch, from: "best")
        #expect(fromBest.status == 0, "\(fromBest.errors)")
        #expect(fromBest.errors.contains("going on in epoch 3, after step 40\n"))
        try Reference.expectSame(scratch)

        try scratch.copy(scratch, "run/checkpoints/previous.safetensors", as: "kept.safetensors")
        let fromFile = try Reference.resume(scratch, from: "kept.safetensors")
        #expect(fromFile.errors.contains("going on in epoch 3, after step 40\n"))
        try Reference.expectSame(scratch)
    }

    @Test(arguments: [("best", "run/checkpoints/best.safetensors"), ("no.safetensors", "no.safetensors")])
    func aCheckpointThatIsNotThereIsNamed(_ point: String, _ path: String) throws {
        let scratch = try Reference.copy()
        try FileManager.default.removeItem(atPath: scratch.path + "/run/checkpoints/best.safetensors")
        let outcome = try Reference.resume(scratch, from: point)
        #expect(outcome.status == 66)
        #expect(outcome.errors == "Error: \(path): cannot open: No such file or directory\n")
    }

    /// A file that cannot be read is not a damaged one: what is in it may be the newest of all.
    @Test(arguments: ["last", "best"])
    func aCheckpointThatCannotBeReadEndsItThere(_ name: String) throws {
        let scratch = try Reference.copy()
        let path = "run/checkpoints/\(name).safetensors"
        // A circle of links, which not even root can open.
        try FileManager.default.moveItem(atPath: "\(scratch.path)/\(path)", toPath: scratch.path + "/kept")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/\(path)", withDestinationPath: "\(name).safetensors")
        if name == "best" { try scratch.write("damaged", to: "run/checkpoints/last.safetensors") }
        let others = scratch.files("run").filter { !$0.hasSuffix("\(name).safetensors") }
        let before = try others.map { try scratch.bytes("run/" + $0) }
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == 74)
        #expect(outcome.errors == "Error: \(path): cannot open: Too many levels of symbolic links\n")
        #expect(try others.map { try scratch.bytes("run/" + $0) } == before)
        let verified = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(verified.status == 74, "\(verified.output)")
    }

    @Test(arguments: [
        ("head -2 metrics", "expected 3 epochs, as run/checkpoints/last.safetensors has seen, found 2"),
        (": >metrics", "expected 3 epochs, as run/checkpoints/last.safetensors has seen, found 0"),
        (
            "sed -n '1p;3p' metrics",
            "expected epoch 2 in line 2, as run/checkpoints/last.safetensors has seen, found epoch 3"
        ),
        (
            "sed 's/\"step\":60/\"step\":59/; s/,\"crc32\":\"[0-9a-f]*\"//' metrics",
            "expected epoch 3 to end with step 60, as run/checkpoints/last.safetensors has seen, found step 59"
        ),
    ])
    func metricsThatDoNotLeadUpToTheCheckpointAreRefused(_ command: String, _ words: String) throws {
        let scratch = try Reference.copy()
        try scratch.copy(scratch, "run/metrics.jsonl", as: "metrics")
        #expect(try Program.shell.run(["-c", "\(command) > run/metrics.jsonl"], in: scratch).status == 0)
        let before = try scratch.files("run").map { try scratch.bytes("run/" + $0) }
        let outcome = try Reference.resume(scratch, ["--epochs", "4"])
        #expect(outcome.status == 65)
        #expect(outcome.errors == "Error: run/metrics.jsonl: \(words)\n")
        #expect(try scratch.files("run").map { try scratch.bytes("run/" + $0) } == before)
    }

    @Test func aFinishedRunStaysAsItIs() throws {
        let scratch = try Reference.copy()
        func times() throws -> [Date?] {
            try scratch.files("run").filter { $0 != ".lock" }.map {
                try FileManager.default.attributesOfItem(atPath: scratch.path + "/run/" + $0)[.modificationDate]
                    as? Date
            }
        }
        let before = try times()
        let outcome = try Reference.resume(scratch, ["--epochs", "3", "--checkpoint-every", "1"])
        #expect(outcome.status == 0)
        #expect(try times() == before)
        try Reference.expectSame(scratch)
    }

    // MARK: Other settings

    @Test func moreEpochsGiveWhatALongRunGives() throws {
        let scratch = Scratch()
        let short = Reference.arguments.map { $0 == "3" ? "2" : $0 }
        #expect(try Program.vae.run(short + ["--out", "run"], in: scratch).status == 0)
        let outcome = try Reference.resume(scratch, ["--epochs", "3"])
        #expect(outcome.status == 0)
        #expect(
            outcome.errors.contains("3 epochs instead of 2: Adam goes on with its moments and learning rate\n"))
        try Reference.expectSame(scratch)
    }

    @Test func aWarmUpStaysAsItBeganAndSaysSo() throws {
        let scratch = Scratch()
        let arguments = Reference.arguments.map { $0 == "3" ? "1" : $0 } + ["--warm-up", "1", "--out", "run"]
        #expect(try Program.vae.run(arguments, in: scratch).status == 0)
        let outcome = try Reference.resume(scratch, ["--epochs", "3"])
        #expect(
            outcome.errors.contains(
                "the KL weight warms up over the first 20 steps, as the run began; a run of 3 epochs from its start would "
                    + "take 60 steps\n"))
        let factors = try scratch.text("run/metrics.jsonl").matches(of: /warm_up_factor":([0-9.]+)/).map { $0.1 }
        // Stretched, the second epoch would have ended with two thirds of the weight.
        #expect(factors == ["1", "1", "1"])
    }

    @Test(arguments: [
        (["--epochs", "2"], "  epochs: 3 in the run, 2 now\n"),
        (
            ["--learning-rate", "0.01", "--seed", "8", "--limit", "5"],
            "  learning_rate: 0.001 in the run, 0.01 now\n  seed: 7 in the run, 8 now\n  limit: 320 in the run, 5 now\n"
        ),
        (
            ["--likelihood", "gaussian", "--variance", "2", "--latent", "3"],
            "  latent: 2 in the run, 3 now\n  likelihood: squared-error in the run, gaussian now\n"
                + "  variance: none in the run, 2.0 now\n"
        ),
    ])
    func otherSettingsAreListed(_ options: [String], _ lines: String) throws {
        let scratch = try Reference.copy()
        let outcome = try Reference.resume(scratch, options)
        #expect(outcome.status == 64)
        #expect(
            outcome.errors
                == "Error: run: a run goes on with its own settings:\n\(lines)Leave these options out, or begin another "
                + "run with another --out.\n")
        try Reference.expectSame(scratch)
    }

    /// The first checkpoint would else come with the epoch's end, minutes later.
    @Test func aTimeIsAnInterval() throws {
        let scratch = Scratch()
        let running = try Program.vae.start(
            ["train", "--epochs", "1", "--no-figures", "--threads", "1", "--checkpoint-every", "1s", "--out", "run"],
            in: scratch)
        let last = "run/checkpoints/last.safetensors"
        while running.process.isRunning, !scratch.exists(last) { usleep(10_000) }
        kill(running.process.processIdentifier, SIGKILL)
        _ = try running.wait()
        let state = try RunFolder(opening: scratch.path + "/run").checkpoint(.last).state
        #expect(state.epoch == 0)
        #expect((1..<938).contains(state.step))
        #expect(!scratch.exists("run/metrics.jsonl"))
    }

    @Test(arguments: ["0", "5h", "m", "-3", "1.5m"])
    func nonsenseIntervalsAreRefused(_ interval: String) throws {
        let outcome = try Program.vae.run(["train", "--checkpoint-every=\(interval)"], in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("The value '\(interval)' is invalid for '--checkpoint-every <interval>'"))
    }
}
