import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// Folders of images of all kinds, from training to the last picture.
@Suite struct ImageFolderTests {
    private static func idx(_ sizes: [UInt32], _ values: [UInt8] = []) -> [UInt8] {
        [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 255) } }
            + values
    }

    /// Pictures of noise, `most` the largest byte.
    private static func noise(_ count: Int, most: UInt32 = 255) -> [UInt8] {
        (0..<UInt32(count * 784)).map { UInt8(($0 &* 2_654_435_761 >> 7) % (most + 1)) }
    }

    /// Neither a test set nor labels: everything that asks for a test set takes the images set apart.
    @Test func aFolderOfTrainingImagesAloneIsAWholeRun() throws {
        let scratch = Scratch()
        try scratch.write(
            Self.idx([40, 28, 28], Self.noise(40)), to: "half/train-images-idx3-ubyte")
        let training = try Program.vae.run(
            ["train", "--data", "half", "--validation-split", "0.25", "--epochs", "1", "--json", "--out", "run"],
            in: scratch)
        #expect(training.status == 0, "\(training.errors)")
        #expect(try JSONValue(parsing: Array(training.output.utf8), source: "stdout")["finished"] == true)
        #expect(try scratch.text("run/report.html").contains("Latent codes of the validation images"))
        for arguments in [
            ["report", "run"], ["evaluate", "run"], ["reconstruct", "run", "--out", "a.png"],
            ["embed", "run", "--out", "codes.csv"], ["grid", "run", "--out", "a.svg"], ["verify", "run"],
            ["interpolate", "run", "--from", "0", "--to", "9", "--out", "a.png"],
            ["explore", "run", "--export", "page.html"],
        ] {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        #expect(try scratch.text("codes.csv").split(separator: "\n").count == 11)
        #expect(try scratch.text("page.html").contains("data-"))
        for (part, count) in [("training", 30), ("train", 30), ("validation", 10), ("test", 10)] {
            let outcome = try Program.vae.run(["evaluate", "run", "--split", part, "--json"], in: scratch)
            let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
            #expect(json["images"] == .integer(count))
            #expect(json["protocol"]?["set"]?.string == (count == 30 ? "training" : "validation"))
            #expect(json["protocol"]?["images_of_the_run"] == true)
        }
        let beyond = try Program.vae.run(
            ["reconstruct", "run", "--split", "validation", "--indices", "10", "--out", "b.png"], in: scratch)
        #expect(beyond.status == 64)
        #expect(beyond.errors == "Error: no image 10: the set has 10, counted from 0\n")
    }

    @Test func otherImagesThanTheRunsAreNamed() throws {
        let scratch = try TrainedRun.copy()
        try scratch.write(Self.idx([300, 28, 28], Self.noise(300)), to: "other/t10k-images-idx3-ubyte")
        let outcome = try Program.vae.run(["evaluate", "run", "--data", "other"], in: scratch)
        #expect(outcome.status == 0)
        #expect(
            outcome.errors
                == "Warning: other: these are not the images, with their labels, that the run was validated on\n")
        #expect(outcome.output.contains("z                    sampled once an image, seed 3, noise of its own\n"))
        #expect(
            outcome.output.contains("\nelbo                 none: the squared error is a density up to scale only\n"))
        #expect(outcome.output.contains("z sampled with that epoch's noise: another draw"))
        // Fewer than the run took tell nothing.
        let few = try Program.vae.run(["evaluate", "run", "--data", "other", "--limit", "9", "--json"], in: scratch)
        #expect(few.errors == "")
        #expect(try JSONValue(parsing: Array(few.output.utf8), source: "o")["protocol"]?["images_of_the_run"] == .null)
    }

    @Test func aGridOfTwoDimensionsNeedsNoImages() throws {
        let scratch = try TrainedRun.copy()
        let arguments = ["grid", "run", "--n", "3", "--out", "a.svg"]
        let outcome = try Program.vae.run(arguments + ["--data", "nowhere"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let own = try scratch.bytes("a.svg")
        #expect(try Program.vae.run(arguments, in: scratch).status == 0)
        #expect(try scratch.bytes("a.svg") == own)
    }

    @Test func bytesOfZeroAndOneAreNamedBeforeTheTraining() throws {
        let scratch = Scratch()
        for part in ["train", "t10k"] {
            try scratch.write(Self.idx([32, 28, 28], Self.noise(32, most: 1)), to: "bits/\(part)-images-idx3-ubyte")
        }
        let outcome = try Program.vae.run(
            ["train", "--data", "bits", "--epochs", "1", "--no-figures", "--out", "run"], in: scratch)
        let lines = outcome.errors.split(separator: "\n")
        let warning = lines.firstIndex {
            $0.hasPrefix("Warning: training images: pixels are 0 to 1 of 255, ") && $0.hasSuffix("Multiply them by 255")
        }
        let epoch = try #require(lines.firstIndex { $0.hasPrefix("epoch 1/1") })
        #expect(try #require(warning) < epoch)
    }

    // MARK: Files that are larger than what is asked of them

    /// A set of 640,000 images, which no disk space is taken for.
    @Test func aLimitReadsNoMoreThanItself() throws {
        let scratch = Scratch()
        let count = 640_000
        for part in ["train", "t10k"] {
            let path = "large/\(part)-images-idx3-ubyte"
            try scratch.write(Self.idx([UInt32(count), 28, 28], Self.noise(100)), to: path)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.path + "/" + path))
            try file.truncate(atOffset: UInt64(16 + count * 784))
            try file.close()
        }
        let outcome = try Program.vae.run(
            ["train", "--data", "large", "--limit", "1000", "--epochs", "1", "--no-figures", "--json", "--out", "run"],
            in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
        #expect(try #require(json["peak_memory_bytes"]?.integer) < 200_000_000)
    }

    /// A gzip file of 1.2 MB that declares 1.25 GB, in its header and its trailer.
    private static let boast: [UInt8] = {
        let header = idx([1_600_000, 28, 28])
        var bytes = Gzip.compress(header + [UInt8](repeating: 0, count: 1000))
        bytes.insert(contentsOf: [UInt8](repeating: 0, count: 1_220_000), at: bytes.count - 8)
        let size = UInt32(16 + 1_600_000 * 784)
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 8, 16, 24].map { UInt8(size >> $0 & 255) })
        return bytes
    }()

    #if os(Linux)
        /// Under a limit that the images would not fit into.
        @Test(
            arguments: [
                (
                    [2],
                    "bad/t10k-labels-idx1-ubyte: expected a label for each of the 1600000 images in "
                        + "bad/t10k-images-idx3-ubyte.gz, found 2 labels"
                ),
                (
                    nil,
                    "bad/t10k-images-idx3-ubyte.gz: expected images that differ, which take 3 bytes of gzip each or more, "
                        + "found 1600000 in "
                ),
            ] as [([UInt32]?, String)])
        func whatAFileDeclaresIsJudgedBeforeItIsInflated(_ labels: [UInt32]?, _ message: String) throws {
            let scratch = try TrainedRun.copy()
            try scratch.write(Self.boast, to: "bad/t10k-images-idx3-ubyte.gz")
            if let labels {
                let values = [UInt8](repeating: 1, count: Int(labels[0]))
                try scratch.write(Self.idx(labels, values), to: "bad/t10k-labels-idx1-ubyte")
            }
            let outcome = try Program.shell.run(
                ["-c", "ulimit -v 900000; exec \"$0\" evaluate run --data bad", Program.vae.path], in: scratch)
            #expect(outcome.status == 65)
            #expect(outcome.errors.hasPrefix("Error: \(message)"), "\(outcome.errors)")
        }
    #endif
}
