import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// `vae import` as its users run it, on files that Keras and PyTorch wrote.
@Suite struct ImportCommandTests {
    private static let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "InterchangeTests/Goldens").path

    private static let recipe = """
        name: small
        image: [8, 8, 1]
        encoder:
          - conv2d: {channels: 4, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d: {channels: 6, kernel: 3, stride: 2, padding: same, activation: relu}
          - flatten
          - dense: {units: 5, activation: relu}
        latent: 2
        decoder:
          - dense: {units: 24, activation: relu}
          - reshape: [2, 2, 6]
          - conv2d_transpose: {channels: 6, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d_transpose: {channels: 4, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d_transpose: {channels: 1, kernel: 3, padding: same}
        objective: {likelihood: bernoulli}
        training: {epochs: 1, batch_size: 8}
        """

    /// A folder with the small models' recipe and images, and one of their files.
    private static func scratch(_ file: String) throws -> Scratch {
        let scratch = Scratch()
        try scratch.write(Array(recipe.utf8), to: "small.yaml")
        for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
            try scratch.write(try FileBytes.read("\(goldens)/\(name)", limit: 1 << 20), to: "data/\(name)")
        }
        let packed = try? FileBytes.read("\(goldens)/\(file).gz", limit: 1 << 20)
        let bytes =
            try packed.map { try Gzip.inflate($0, source: file, limit: 1 << 20) }
            ?? FileBytes.read("\(goldens)/\(file)", limit: 1 << 20)
        try scratch.write(bytes, to: file)
        return scratch
    }

    private static func arguments(_ file: String, _ more: [String] = []) -> [String] {
        ["import", file, "--recipe", "small.yaml", "--data", "data", "--out", "run"] + more
    }

    /// Every command takes the run, and a training goes on from its weights.
    @Test func `what is imported is a run`() throws {
        let scratch = try Self.scratch("torch-norms.pt")
        let outcome = try Program.vae.run(
            Self.arguments("torch-norms.pt", ["--batch-norm", "before-activation"]), in: scratch)
        #expect(outcome.status == 0 && outcome.output == "run\n")
        #expect(
            outcome.errors == """
                torch-norms.pt: PyTorch state dict
                  encoder/conv2d             from encoder.0.inner
                  encoder/conv2d_1           from encoder.3.inner
                  encoder/dense              from encoder.7
                  mean                       from fc_mu
                  log_variance               from fc_logvar
                  decoder/dense              from decoder.0
                  decoder/conv2d_transpose   from decoder.3.inner
                  decoder/conv2d_transpose_1 from decoder.6.inner
                  decoder/conv2d_transpose_2 from decoder.9
                encoder.0.inner has no bias: 0 is taken
                batch norm encoder.1 is folded into encoder/conv2d, with ε = 1e-05 (before its activation, if any)
                encoder.3.inner has no bias: 0 is taken
                batch norm encoder.4 is folded into encoder/conv2d_1, with ε = 1e-05 (before its activation, if any)
                batch norm encoder.8 is folded into encoder/dense, with ε = 1e-05 (before its activation, if any)
                batch norm decoder.4 is folded into decoder/conv2d_transpose, with ε = 1e-05 (before its activation, if any)
                batch norm decoder.7 is folded into decoder/conv2d_transpose_1, with ε = 1e-05 (before its activation, if any)
                measure: vae evaluate run --mean

                """)
        #expect(try scratch.text("run/config.json").contains("\"imported\""))
        // A card says nothing of a training that nobody knows.
        _ = try Program.vae.run(["export", "run", "--format", "safetensors", "--out", "w.safetensors"], in: scratch)
        let card = try scratch.text("w.md")
        #expect(card.contains("imported from torch-norms.pt (PyTorch state dict), SHA-256"))
        #expect(!card.contains("learning rate") && !card.contains("epochs"))
        for arguments in [
            ["verify", "run"], ["sample", "run", "--n", "4", "--out", "a.png"], ["embed", "run", "--out", "codes.csv"],
            ["grid", "run", "--out", "a.svg"], ["explore", "run", "--export", "page.html"],
            ["evaluate", "run", "--mean"],
            ["train", "--resume", "last", "--out", "run"], ["verify", "run"], ["evaluate", "run"], ["report", "run"],
        ] {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            if arguments[0] == "evaluate" {
                #expect(outcome.output.contains(", imported from torch-norms.pt (PyTorch state dict)"))
            }
        }
    }

    @Test func `one object tells what was matched`() throws {
        let scratch = try Self.scratch("torch-nameless.pt")
        let outcome = try Program.vae.run(
            Self.arguments(
                "torch-nameless.pt", ["--map", "mean=fc21", "--map", "log_variance=fc22", "--json"]), in: scratch)
        #expect(outcome.status == 0)
        let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
        #expect(json["format"] == "PyTorch state dict" && json["layers"]?["mean"] == "fc21")
        let score = try Program.vae.run(["evaluate", "run", "--mean", "--json"], in: scratch)
        let protocolled = try JSONValue(parsing: Array(score.output.utf8), source: "stdout")["protocol"]
        #expect(protocolled?["imported_from"] == "torch-nameless.pt" && protocolled?["epoch"] == 0)
    }

    /// Status and words, and nothing on the disk.
    @Test(
        arguments: [
            (
                "torch-nameless.pt", [], 65,
                """
                Error: torch-nameless.pt: which of fc21, fc22 is mean and which log_variance (weight [2, 5], bias [2])? Neither \
                names nor order say; answer with
                  --map mean=fc21 --map log_variance=fc22
                  --map mean=fc22 --map log_variance=fc21

                """
            ),
            (
                "torch-module.pt", [], 65,
                """
                Error: torch-module.pt/torch-module/data.pkl, byte 2: expected numbers: save model.state_dict(), found \
                torch.nn.modules.conv.Conv2d, which is code

                """
            ),
            (
                "torch.pt", ["--map", "mean"], 64,
                "Error: The value 'mean' is invalid for '--map <ours=theirs>': expected a layer of the model and one of the file"
            ),
            (
                "torch.pt", ["--batch-norm", "behind"], 64,
                "Error: The value 'behind' is invalid for '--batch-norm <batch-norm>'"
            ),
        ] as [(String, [String], Int32, String)])
    func `what cannot be imported leaves nothing`(file: String, more: [String], status: Int32, words: String) throws {
        let scratch = try Self.scratch(file)
        let outcome = try Program.vae.run(Self.arguments(file, more), in: scratch)
        #expect(outcome.status == status && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix(words), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/run"))
    }

    @Test func `a file that is not there, and a run that is`() throws {
        let scratch = try Self.scratch("torch.pt")
        let missing = try Program.vae.run(Self.arguments("none.pt"), in: scratch)
        #expect(missing.status == 66 && missing.errors == "Error: none.pt: cannot open: No such file or directory\n")
        #expect(try Program.vae.run(Self.arguments("torch.pt"), in: scratch).status == 0)
        let twice = try Program.vae.run(Self.arguments("torch.pt"), in: scratch)
        #expect(twice.status == 64 && twice.errors.hasPrefix("Error: run"))
        #expect(try Program.vae.run(Self.arguments("torch.pt", ["--overwrite"]), in: scratch).status == 0)
        #expect(try Program.vae.run(["verify", "run"], in: scratch).status == 0)
    }
}
