import Formats
import Tensors
import TestSupport
import Testing

/// What `vae export` writes and refuses.
@Suite struct ExportTests {
    private static func export(_ arguments: String, in scratch: Scratch) throws -> Program.Outcome {
        try Program.vae.run(["export"] + arguments.split(separator: " ").map(String.init), in: scratch)
    }

    private static func contents(_ scratch: Scratch) throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try scratch.files("").map { ($0, try scratch.bytes($0)) })
    }

    @Test(arguments: [("pytorch", "weights.safetensors"), ("keras", "weights.npz")])
    func `a folder has the model in Python and its weights`(format: String, weights: String) throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Self.export("run --format \(format) --out digits", in: scratch)
        #expect(outcome.status == 0 && outcome.output == "")
        #expect(outcome.errors.hasPrefix("wrote digits/\(weights)\nwrote digits/model.py\n"))
        #expect(Set(scratch.files("digits")).isSuperset(of: ["model.py", weights]))

        let first = try Self.contents(scratch)
        let again = try Self.export("run --format \(format) --out digits/", in: scratch)
        #expect(again.status == 64)
        #expect(again.errors == "Error: digits/: an export is already here; --overwrite replaces it\n")
        #expect(try Self.contents(scratch) == first)

        let replaced = try Self.export(
            "run --checkpoint previous --format \(format) --out digits --overwrite", in: scratch)
        #expect(replaced.status == 0, "\(replaced.errors)")
        #expect(try scratch.bytes("digits/model.py") == first["digits/model.py"])
        #expect(try scratch.bytes("digits/\(weights)") != first["digits/\(weights)"])
    }

    @Test func `weights alone are the same from a run, a checkpoint and a model`() throws {
        let scratch = try TrainedRun.copy()
        for (source, out) in [("run", "a"), ("run/checkpoints/last.safetensors", "b"), ("a", "c")] {
            let outcome = try Self.export("\(source) --format safetensors --out \(out)", in: scratch)
            #expect(outcome.status == 0 && outcome.errors.hasPrefix("wrote \(out)\n"))
        }
        #expect(try scratch.bytes("a") == scratch.bytes("b"))
        #expect(try scratch.bytes("a") == scratch.bytes("c"))
        let own = try SafetensorsFile(parsing: try scratch.bytes("a"), source: "a")
        #expect(own.metadata["architecture"]?.contains("conv2d_transpose") == true)
        #expect(own.tensors.count == 22 && own["encoder/conv2d/kernel"]?.shape == [5, 5, 1, 64])
        // No moments of the optimizer.
        #expect(own.tensors.reduce(0) { $0 + $1.tensor.shape.count } == 170_229)

        #expect(try Self.export("a --format safetensors --layout pytorch --out p", in: scratch).status == 0)
        let pytorch = try SafetensorsFile(parsing: try scratch.bytes("p"), source: "p")
        #expect(pytorch["encoder.conv2d.weight"]?.shape == [64, 1, 5, 5])
    }

    @Test(arguments: [
        ("nowhere --format pytorch --out x", 66, "Error: nowhere: no such run\n"),
        ("full --format pytorch --out x", 65, "Error: full: expected a run folder, found no config.json in it\n"),
        (
            "full/diary.txt --format pytorch --out x", 65,
            "Error: full/diary.txt, byte 0: expected a safetensors header length (8 bytes), found 5 bytes\n"
        ),
        (
            "run --format pytorch --out full --overwrite", 64,
            "Error: full: expected a new or empty folder, found diary.txt in it\n"
        ),
        (
            "run --format keras --out full/diary.txt", 64,
            "Error: full/diary.txt: expected a folder for keras, found a file\n"
        ),
        ("run --format safetensors --out full", 64, "Error: full: expected a file for safetensors, found a folder\n"),
        (
            "run --format safetensors --out full/diary.txt", 64,
            "Error: full/diary.txt: a file is already here; --overwrite replaces it\n"
        ),
        ("run --format keras --out no/where", 74, "Error: no/where: cannot create: No such file or directory\n"),
        (
            "run --checkpoint epoch-0009 --format keras --out x", 66,
            "Error: run/checkpoints/epoch-0009.safetensors: cannot open: No such file or directory\n"
        ),
        (
            "run/checkpoints/last.safetensors --checkpoint best --format keras --out x", 64,
            "Error: --checkpoint goes with a run: run/checkpoints/last.safetensors is a file\n"
        ),
        ("run --format keras --layout keras --out x", 64, "Error: --layout goes with --format safetensors.\n"),
        (
            "run --format pytorhc --out x", 64,
            "Error: The value 'pytorhc' is invalid for '--format <format>': expected safetensors, pytorch, keras"
        ),
        (
            "run --format safetensors --out run/checkpoints/best.safetensors --overwrite", 64,
            "Error: --out: expected a file that is no part of a run, found checkpoints/best.safetensors of run\n"
        ),
    ]) func `what cannot be exported is refused and nothing changes`(
        arguments: String, status: Int32, message: String
    ) throws {
        let scratch = try TrainedRun.copy()
        try scratch.write("dear\n", to: "full/diary.txt")
        let before = try Self.contents(scratch)
        let outcome = try Self.export(arguments, in: scratch)
        #expect(outcome.status == status)
        #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
        #expect(outcome.errors.contains("; did you mean pytorch?") == arguments.contains("pytorhc"))
        #expect(try Self.contents(scratch) == before)
    }

    @Test func `weights in another layout are no model of ours`() throws {
        let scratch = try TrainedRun.copy()
        #expect(try Self.export("run --format safetensors --layout keras --out weights", in: scratch).status == 0)
        // A file of ours alone says what model it is.
        let outcome = try Self.export("weights --format pytorch --out x", in: scratch)
        #expect(outcome.status == 65)
        #expect(
            outcome.errors
                == "Error: weights: expected a swift-vae model or checkpoint, found a safetensors file of another kind\n"
        )
    }
}
