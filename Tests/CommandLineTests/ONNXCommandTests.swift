import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// `vae export --format onnx`, and the card that stands beside every export.
@Suite struct ONNXCommandTests {
    private func export(_ words: String, in scratch: Scratch) throws -> Program.Outcome {
        try Program.vae.run(["export"] + words.split(separator: " ").map(String.init), in: scratch)
    }

    @Test func `a run becomes two files and a card, wherever it lies`() throws {
        let (scratch, other) = (try TrainedRun.copy(), try TrainedRun.copy())
        let outcome = try export("run --format onnx --out digits", in: scratch)
        #expect(outcome.status == 0 && outcome.output == "")
        #expect(outcome.errors == "wrote digits/encoder.onnx\nwrote digits/decoder.onnx\nwrote digits/README.md\n")
        #expect(scratch.files("digits").sorted() == ["README.md", "decoder.onnx", "encoder.onnx"])
        #expect(try export("run --format onnx --out \(other.path)/else", in: other).status == 0)
        for name in ["README.md", "decoder.onnx", "encoder.onnx"] {
            #expect(try scratch.bytes("digits/\(name)") == other.bytes("else/\(name)"))
        }
        // The version of the program that made them.
        let version = try Program.vae.run(["--version"], in: scratch).output.dropLast()
        #expect(String(decoding: try scratch.bytes("digits/encoder.onnx").prefix(40), as: UTF8.self).contains(version))
    }

    @Test func `the card tells of the training and of no path`() throws {
        let scratch = try TrainedRun.copy()
        #expect(try export("run --format onnx --out digits --checkpoint previous", in: scratch).status == 0)
        let card = try scratch.text("digits/README.md")
        #expect(!card.contains(scratch.path) && !card.contains("/tmp") && !card.contains(NSHomeDirectory()))
        let line = try #require(try scratch.text("run/metrics.jsonl").split(separator: "\n").first)
        let metrics = try JSONValue(parsing: Array(line.utf8), source: "line")
        let loss = try #require(metrics["loss"]?.number)
        let validation = try #require(metrics["val_loss"]?.number)
        #expect(card.contains(String(format: "| loss | %.4f | %.4f |", loss, validation)))
        for row in [
            "| recipe | tutorial |", "| seed | 3 |", "| epochs | 1 of 2 |",
            "| weights | previous, those after epoch 1 |",
            "| training images | MNIST: 256 images, SHA-256 ",
        ] { #expect(card.contains(row), "\(row)") }
    }

    @Test func `a single file has its card beside it, and takes no other file's place`() throws {
        let scratch = try TrainedRun.copy()
        let first = try export("run --format safetensors --out weights.safetensors", in: scratch)
        #expect(first.status == 0 && first.errors == "wrote weights.safetensors\nwrote weights.md\n")
        try scratch.write("mine", to: "notes.md")
        let refused = try export("run --format safetensors --out notes.safetensors", in: scratch)
        #expect(refused.status == 64)
        #expect(
            refused.errors
                == "Error: notes.safetensors: its card would take the place of notes.md; --overwrite replaces both\n")
        #expect(try scratch.text("notes.md") == "mine" && !scratch.exists("notes.safetensors"))
        #expect(try export("run --format safetensors --overwrite --out weights.safetensors", in: scratch).status == 0)
        let piped = try Program.shell.run(
            ["-c", "'\(Program.vae.path)' export run --format safetensors --out /dev/stdout | wc -c"], in: scratch)
        #expect(Int(piped.output.filter(\.isNumber)) == (try scratch.bytes("weights.safetensors").count))
    }

    @Test func `images may have their channels first`() throws {
        let scratch = try TrainedRun.copy()
        #expect(try export("run --format onnx --image-layout nchw --out digits", in: scratch).status == 0)
        #expect(String(decoding: try scratch.bytes("digits/encoder.onnx"), as: UTF8.self).contains("NCHW"))
        #expect(try scratch.text("digits/README.md").contains("[16, 1, 28, 28]"))
    }

    @Test(arguments: [
        ("run --format keras --image-layout nchw --out x", "--image-layout goes with --format onnx."),
        ("run --format onnx --layout keras --out x", "--layout goes with --format safetensors."),
        ("run --format onnx --image-layout chw --out x", "expected nhwc, nchw"),
        ("run --format onxn --out x", "did you mean onnx?"),
        ("run --format onnx", "--out"),
        ("run --format onnx --out run", "expected a new or empty folder"),
    ])
    func `a command that cannot be meant writes nothing`(_ words: String, _ message: String) throws {
        let scratch = try TrainedRun.copy()
        let outcome = try export(words, in: scratch)
        #expect(outcome.status == 64 && outcome.output == "")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(!scratch.exists("x"))
    }

    @Test(arguments: [("nothing", 66), ("run", 65)])
    func `a run that is none is named`(_ name: String, _ status: Int) throws {
        let scratch = try TrainedRun.copy()
        try scratch.write("{}", to: "run/config.json")
        let outcome = try export("\(name) --format onnx --out x", in: scratch)
        #expect(Int(outcome.status) == status && outcome.errors.contains(name))
        #expect(!scratch.exists("x"))
    }
}
