import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// What `vae train` leaves behind.
@Suite struct TrainTests {
    @Test func aRunHoldsItsSettingsMetricsAndWeights() throws {
        let run = try TrainedRun.shared.get()
        #expect(run.outcome.status == 0, "\(run.outcome.errors)")
        #expect(
            run.folder.files("run") == [
                ".lock", "checkpoints/best.safetensors", "checkpoints/epoch-0001.safetensors",
                "checkpoints/epoch-0002.safetensors", "checkpoints/last.safetensors",
                "checkpoints/previous.safetensors", "config.json", "metrics.jsonl",
            ])
        let config = try JSONValue(parsing: run.folder.bytes("run/config.json"), source: "config.json")
        #expect(config["format"] == "swift-vae run")
        #expect(config["keeps_epochs"] == "thinned")
        #expect(config["version"] == 2)
        #expect(config["training"]?["seed"] == 3)
        #expect(config["data"]?["limit"] == 256)
        #expect(config["training_images"]?["images"] == 256)
        #expect(config["validation_images"]?["images"] == 256)
        #expect(config["training_images"]?["sha256"]?.string?.count == 64)
        #expect(config["training_images"]?["sha256"] != config["validation_images"]?["sha256"])
    }

    @Test func metricsHaveALineAnEpoch() throws {
        let run = try TrainedRun.shared.get()
        let lines = try run.folder.text("run/metrics.jsonl").split(separator: "\n")
        let epochs = try lines.map { try JSONValue(parsing: Array($0.utf8), source: "metrics") }
        #expect(epochs.map { $0["epoch"]?.integer } == [1, 2])
        for epoch in epochs {
            let (loss, parts) = (try number(epoch, "loss"), try number(epoch, "reconstruction_loss"))
            #expect(abs(loss - parts - (try number(epoch, "kl_loss"))) < 1e-9)
            #expect(try number(epoch, "val_loss") > 10)
        }
        #expect(try number(epochs[1], "loss") < number(epochs[0], "loss"))
    }

    @Test func jsonEndsInOneObjectOnOneLine() throws {
        let run = try TrainedRun.shared.get()
        #expect(run.outcome.output.hasSuffix("}\n"))
        #expect(run.outcome.output.split(separator: "\n").count == 1)
        let json = try JSONValue(parsing: Array(run.outcome.output.utf8), source: "stdout")
        #expect(
            json.object?.map(\.key) == [
                "run", "epochs", "steps", "seed", "loss", "reconstruction_loss", "kl_loss", "val_loss",
                "val_reconstruction_loss", "val_kl_loss", "images_per_second", "seconds", "peak_memory_bytes",
                "threads", "isa", "collapse", "finished",
            ])
        #expect(json["epochs"] == 2)
        #expect(json["steps"] == 8)
        #expect(json["seed"] == 3)
        #expect(json["finished"] == true)
        let metrics = try run.folder.text("run/metrics.jsonl").split(separator: "\n")
        let last = try JSONValue(parsing: Array(metrics[1].utf8), source: "metrics")
        for key in ["loss", "kl_loss", "val_loss", "val_reconstruction_loss"] { #expect(json[key] == last[key]) }
        // A bound that a leak of a batch's memory an epoch, or Float32 copies of the data, would break.
        #expect(try number(json, "peak_memory_bytes") < 300e6)
    }

    @Test func progressElsewhereThanOnATerminalIsALineAnEpoch() throws {
        let errors = try TrainedRun.shared.get().outcome.errors
        #expect(!errors.contains("\r") && !errors.contains("\u{1B}"))
        #expect(errors.split(separator: "\n").filter { $0.hasPrefix("epoch ") }.count == 2)
        let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.prefix(3) == [
                "run: a variational autoencoder, tutorial, of 170,229 parameters, 2 latent dimensions",
                "loss = squared error over 784 pixels + the KL divergence averaged over the 2 latent dimensions; σ² = 0.5 "
                    + "with β = 0.5, or the same scaled: σ² = 0.25 with β = 1",
                "training on 256 images of MNIST, validated after each epoch on the test set (256 images), z sampled",
            ])
        #expect(lines[3].hasPrefix("epoch 1/2  loss "))
        #expect(lines[5].hasPrefix("explore: ") && lines[5].hasSuffix("vae explore run"))
        #expect(lines.dropFirst(6) == [""])
    }

    @Test func verboseBeginsWithEveryLayer() throws {
        let outcome = try Program.vae.run(
            ["train", "--verbose", "--limit", "64", "--epochs", "1", "--beta", "0", "--no-figures", "--out", "run"],
            in: Scratch())
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("tutorial encoder\n"))
        #expect(outcome.errors.contains("\nTotal parameters: 170,229\n"))
        #expect(outcome.errors.contains("kl_loss is 0, since β = 0: codes are sampled but not drawn towards the prior"))
        #expect(!outcome.errors.contains("σ² ="))
    }

    @Test(arguments: [
        ([], ["0001", "0002", "0003"]), (["--keep-epochs", "all"], ["0001", "0002", "0003", "0004"]),
        (["--keep-epochs"], ["0001", "0002", "0003", "0004"]), (["--keep-epochs", "none"], []),
    ])
    func theEpochsThatAreKeptCanBeChosen(_ options: [String], _ kept: [String]) throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(
            ["train", "--limit", "64", "--epochs", "4", "--no-figures", "--out", "run"] + options, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let names = scratch.files("run/checkpoints").filter { $0.hasPrefix("epoch-") }
        #expect(names == kept.map { "epoch-\($0).safetensors" })
    }

    @Test(arguments: [["--threads", "1"], ["--threads", "3"]])
    func theSameSeedGivesTheSameBytes(_ options: [String]) throws {
        try expectSameBytes(options, environment: [:])
    }

    @Test(arguments: [
        ["train", "--limit", "64", "--epochs", "1", "--no-figures", "--out", "run"],
        ["bench", "--json", "--seconds", "0.2"],
    ])
    func threadsBeyondTheWorkAreToldSo(_ command: [String]) throws {
        let scratch = Scratch()
        let busy = try Program.vae.run(command + ["--threads", "8"], in: scratch)
        #expect(busy.status == 0 && !busy.errors.contains("Warning"))
        let again = command.first == "train" ? ["--overwrite"] : []
        let idle = try Program.vae.run(command + ["--threads", "12"] + again, in: scratch)
        let warning = "Warning: a batch of 64 is work for 8 threads at the most; training leaves 4 of 12 idle\n"
        #expect(idle.status == 0 && idle.errors.contains(warning))
    }

    @Test(arguments: ["avx2", "avx512"].filter(Self.machineRuns))
    func everyInstructionSetGivesTheSameBytes(_ set: String) throws {
        try expectSameBytes([], environment: ["VAE_ISA": set])
    }

    @Test func anotherSeedGivesOtherBytes() throws {
        let scratch = Scratch()
        let arguments = TrainedRun.arguments.map { $0 == "3" ? "4" : $0 }
        #expect(try Program.vae.run(arguments + ["--out", "run"], in: scratch).status == 0)
        #expect(
            try scratch.bytes("run/checkpoints/last.safetensors")
                != TrainedRun.shared.get().folder.bytes("run/checkpoints/last.safetensors"))
    }

    @Test(arguments: [
        ["--plain-autoencoder"], ["--likelihood", "bernoulli", "--divergence", "sum"],
        ["--likelihood", "gaussian-learned", "--warm-up", "0.5"], ["--latent", "3", "--validation-split", "0.1"],
    ])
    func everyObjectiveTrainsAndEvaluates(_ options: [String]) throws {
        let scratch = Scratch()
        let arguments = ["train", "--limit", "200", "--epochs", "1", "--no-figures", "--out", "run"] + options
        let trained = try Program.vae.run(arguments, in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.output == "run\n")
        let evaluated = try Program.vae.run(["evaluate", "run", "--limit", "50", "--json"], in: scratch)
        let json = try JSONValue(parsing: Array(evaluated.output.utf8), source: "stdout")
        #expect(try number(json, "loss").isFinite)
        let isVariational = !options.contains("--plain-autoencoder")
        #expect((try json["kl_nats"] != nil && number(json, "kl_nats") > 0) == isVariational)
        #expect(json["seed"] == (isVariational ? 0 : .null))
        #expect((json["elbo"] != .null) == options.contains("--likelihood"))
    }

    private func number(_ json: JSONValue, _ key: String) throws -> Double { try #require(json[key]?.number) }

    private func expectSameBytes(_ options: [String], environment: [String: String]) throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(
            TrainedRun.arguments + options + ["--out", "run"], in: scratch, environment: environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        for name in ["last", "best"] {
            let path = "run/checkpoints/\(name).safetensors"
            #expect(try scratch.bytes(path) == TrainedRun.shared.get().folder.bytes(path))
        }
    }

    private static func machineRuns(_ set: String) -> Bool {
        let outcome = try? Program.vae.run(["summary"], in: Scratch(), environment: ["VAE_ISA": set])
        return outcome?.status == 0
    }
}
