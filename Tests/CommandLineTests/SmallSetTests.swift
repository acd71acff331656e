import Formats
import TestSupport
import Testing

/// Sets of one image, and of fewer than a batch.
@Suite struct SmallSetTests {
    @Test func oneImageIsASet() throws {
        let scratch = Scratch()
        let pixels = (0..<784).map { UInt8($0 % 251) }
        for part in ["train", "t10k"] {
            try scratch.write(
                [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28] + pixels, to: "one/\(part)-images-idx3-ubyte")
            try scratch.write([0, 0, 8, 1, 0, 0, 0, 1, 7], to: "one/\(part)-labels-idx1-ubyte")
        }
        let training = try Program.vae.run(["train", "--data", "one", "--epochs", "2", "--out", "run"], in: scratch)
        #expect(training.status == 0, "\(training.errors)")
        #expect(training.errors.contains("training on 1 image of "))
        #expect(try scratch.text("run/metrics.jsonl").split(separator: "\n").count == 2)
        #expect(scratch.exists("run/report.html"))
        for command in [["evaluate"], ["embed", "--out", "codes.csv"], ["reconstruct", "--out", "a.png"]] {
            let outcome = try Program.vae.run([command[0], "run", "--data", "one"] + command.dropFirst(), in: scratch)
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
        }
        #expect(try scratch.text("codes.csv").split(separator: "\n").count == 2)
    }

    /// A batch of ten images, however many it might hold.
    @Test func aBatchMayBeLargerThanTheSet() throws {
        let scratch = Scratch()
        var weights: [[UInt8]] = []
        for size in ["10", "64", "65536"] {
            let outcome = try Program.vae.run(
                ["train", "--limit", "10", "--epochs", "2", "--no-figures", "--batch-size", size, "--out", size],
                in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let path = "\(size)/checkpoints/last.safetensors"
            var file = try SafetensorsFile(parsing: scratch.bytes(path), source: path)
            file.metadata = [:]
            weights.append(file.serialized())
        }
        #expect(weights[1] == weights[0])
        #expect(weights[2] == weights[0])
    }
}
