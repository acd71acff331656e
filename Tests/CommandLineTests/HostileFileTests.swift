import Formats
import Foundation
import Tensors
import TestSupport
import Testing

/// What the built program does with broken and hostile files: status 65, exact words, nothing on the disk changed.
@Suite struct HostileFileTests {
    // MARK: Images

    private static let images = "t10k-images-idx3-ubyte"
    private static let labels = "t10k-labels-idx1-ubyte"

    private static func idx(type: UInt8 = 8, _ sizes: [UInt32], _ values: [UInt8] = []) -> [UInt8] {
        [0, 0, type, UInt8(sizes.count)] + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 255) } }
            + values
    }

    private static func bytes(_ base64: String) -> [UInt8] { [UInt8](Data(base64Encoded: base64)!) }

    /// A header of two images and 200,000 zeros, by gzip.
    private static let bomb = bytes(
        "H4sIAAAAAAACA+3DMQ0AIADAsAUeROBfJxwY4G+T1prVuPcL" + String(repeating: "A", count: 257)
            + "Hw6lA+TdFANAwA=")
    /// Two black images.
    private static let whole = bytes("H4sIAAAAAAACA2Ng4GBmYGBgAmIZKB4Fo2AUjIJRMAowAAAuF4+AMAYAAA==")
    /// A header of 65,536 images and one byte.
    private static let boast = bytes("H4sIAAAAAAACA2Ng4GBmYGQAARkQZgQApfvGBBEAAAA=")

    struct Images: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let command: [String]
        let files: [String: [UInt8]]
        let message: String
    }

    private static let sets = [
        Images(
            testDescription: "gzip bomb", command: ["evaluate"], files: [images + ".gz": bomb],
            message: "\(images).gz, byte N: expected at most 1584 bytes inflated, found more"),
        Images(
            testDescription: "truncated gzip", command: ["embed", "--out", "codes.csv"],
            files: [images + ".gz": whole.dropLast(9)],
            message: "\(images).gz, byte N: expected more compressed data, found the end"),
        Images(
            testDescription: "junk behind gzip", command: ["evaluate"], files: [images + ".gz": whole + [0]],
            message: "\(images).gz, byte N: expected the end of the compressed data, found 1 more byte"),
        Images(
            testDescription: "a small file that boasts", command: ["reconstruct", "--out", "a.png"],
            files: [images + ".gz": boast],
            message:
                "\(images).gz (inflated), byte N: expected the values of [65536, 28, 28] (51380224 bytes), found a "
                + "gzip file of 32 bytes"),
        Images(
            testDescription: "bad magic", command: ["embed", "--out", "codes.csv"],
            files: [images: [0x89, 0x50, 8, 3]],
            message: "\(images), byte N: expected IDX magic 0000, found 8950"),
        Images(
            testDescription: "bad type", command: ["evaluate"], files: [images: idx(type: 13, [2, 28, 28])],
            message: "\(images), byte N: expected IDX element type 08 (unsigned byte), found 0d (float)"),
        Images(
            testDescription: "sizes that overflow", command: ["reconstruct", "--out", "a.png"],
            files: [images: idx([.max, .max, .max])],
            message: "\(images), byte N: expected at most 4294967296 values, found [4294967295, 4294967295, 4294967295]"
        ),
        Images(
            testDescription: "shorter than its sizes", command: ["evaluate"], files: [images: idx([60_000, 28, 28])],
            message: "\(images), byte N: expected the values of [60000, 28, 28] (47040000 bytes), found 0 bytes"),
        Images(
            testDescription: "counts that differ", command: ["evaluate"],
            files: [images + ".gz": whole, labels: idx([3], [1, 2, 3])],
            message: "\(labels): expected a label for each of the 2 images in bad/\(images).gz, found 3 labels"),
        Images(
            testDescription: "no image", command: ["embed", "--out", "codes.csv"], files: [images: idx([0, 28, 28])],
            message: "\(images): expected at least one image, found none"),
    ]

    @Test(arguments: sets)
    func imagesAreRefused(_ example: Images) throws {
        let scratch = try TrainedRun.copy()
        try scratch.write(Self.idx([2], [3, 4]), to: "bad/\(Self.labels)")
        for (name, bytes) in example.files { try scratch.write(bytes, to: "bad/\(name)") }
        let before = scratch.files("")
        let arguments = [example.command[0], "run", "--data", "bad"] + example.command.dropFirst()
        let outcome = try Program.vae.run(arguments, in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.errors.replacing(/byte \d+:/, with: "byte N:") == "Error: bad/\(example.message)\n")
        #expect(outcome.output == "")
        #expect(scratch.files("") == before)
    }

    // MARK: Checkpoints

    private static let last = "run/checkpoints/last.safetensors"

    /// The run's last checkpoint with its contents changed and its hash made right again.
    private static func change(_ scratch: Scratch, _ change: (inout SafetensorsFile) throws -> Void) throws {
        var file = try SafetensorsFile(parsing: try scratch.bytes(last), source: last)
        file.metadata["sha256"] = String(repeating: "0", count: 64)
        try change(&file)
        file.metadata["sha256"] = SHA256.hex(of: file.serialized())
        try scratch.write(file.serialized(), to: last)
    }

    private static func header(_ text: String, _ data: Int = 0) -> [UInt8] {
        withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian, Array.init) + Array(text.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    private static let entry = #""w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

    @Test(
        arguments: [
            (
                [0, 225, 245, 6] + [UInt8](repeating: 0, count: 4),
                "byte 0: expected a header of at most 100000000 bytes, found one of 116777216"
            ),
            ([9, 0, 0, 0, 0, 0, 0, 0, 1], "byte 8: expected a safetensors header (9 bytes), found 1 byte"),
            (header("{\(entry),\(entry)}", 8), #"byte 62: expected each key once, found "w" again"#),
            (
                header(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
                #"byte 62: expected the next tensor's bytes, found "w" at data offset 4"#
            ),
            (
                header("{\(entry)," + entry.replacing("w", with: "v") + "}", 8),
                #"byte 119: expected the next tensor's bytes, found "v" at data offset 0"#
            ),
            (header("{\(entry)}", 5), "byte 66: expected the end after the last tensor, found 1 more byte"),
            (
                header(#"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4),
                #"byte 8: expected fewer than 2^63 bytes for tensor "w" of shape [4294967296, 4294967296], found 4 bytes"#
            ),
            (
                header(#"{"a":"# + String(repeating: "[", count: 1_000_000)),
                "byte 76: expected JSON nested at most 64 deep, found a deeper value"
            ),
            (
                [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9],
                "byte 0: expected a safetensors file (safetensors.torch.save_file writes one from a state_dict), found a "
                    + "pickle"
            ),
            (
                [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0],
                "byte 0: expected a safetensors file (safetensors.torch.save_file writes one from a state_dict), found a "
                    + "ZIP archive"
            ),
        ] as [([UInt8], String)])
    func checkpointsAreRefused(_ bytes: [UInt8], _ message: String) throws {
        let scratch = try TrainedRun.copy()
        // With a sound one beside it, going on would fall back.
        for name in ["best", "previous", "epoch-0001", "epoch-0002"] {
            try FileManager.default.removeItem(atPath: scratch.path + "/run/checkpoints/\(name).safetensors")
        }
        try scratch.write(bytes, to: Self.last)
        for arguments in [["evaluate", "run"], ["train", "--resume", "last", "--out", "run"]] {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 65)
            #expect(outcome.errors == "Error: \(Self.last), \(message)\n")
        }
        #expect(try scratch.bytes(Self.last) == bytes)
    }

    @Test func aMissingAndAMisshapenTensorAreNamed() throws {
        for (change, message) in [
            (
                { (file: inout SafetensorsFile) in file.tensors.removeAll { $0.name == "mean/dense/bias" } },
                "expected a tensor mean/dense/bias of shape [2], found none"
            ),
            (
                { file in
                    let place = try #require(file.tensors.firstIndex { $0.name == "mean/dense/kernel" })
                    file.tensors[place].tensor = file.tensors[place].tensor.reshaped([2, 16])
                }, "expected mean/dense/kernel of shape [16, 2], found [2, 16]"
            ),
            ({ file in file.metadata["version"] = "7" }, "expected checkpoint version 2 or older, found version 7"),
        ] as [((inout SafetensorsFile) throws -> Void, String)] {
            let scratch = try TrainedRun.copy()
            try Self.change(scratch, change)
            let outcome = try Program.vae.run(["sample", "run", "--out", "a.png"], in: scratch)
            #expect(outcome.status == 65)
            #expect(outcome.errors == "Error: \(Self.last): \(message)\n")
            #expect(!scratch.exists("a.png"))
        }
    }

    // MARK: Weights that are not finite

    @Test func weightsThatAreNotFiniteAreWarnedOfAndNotTrainedFurther() throws {
        let scratch = try TrainedRun.copy()
        try Self.change(scratch) { file in
            let place = try #require(file.tensors.firstIndex { $0.name == "encoder/dense/bias" })
            file.tensors[place].tensor[1] = .nan
        }
        let before = try scratch.bytes(Self.last)
        let warning = "Warning: \(Self.last): encoder/dense/bias holds a NaN or an infinity\n"
        for arguments in [
            ["evaluate", "run", "--limit", "20"], ["reconstruct", "run", "--out", "a.png"],
            ["embed", "run", "--limit", "20", "--out", "a.csv"], ["grid", "run", "--out", "a.svg"],
            ["sample", "run", "--out", "b.png"], ["interpolate", "run", "--from", "1", "--to", "2", "--out", "c.png"],
            ["report", "run"],
        ] {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix(warning), "\(arguments): \(outcome.errors)")
        }
        let resumed = try Program.vae.run(["train", "--resume", "last", "--out", "run"], in: scratch)
        #expect(resumed.status == 65)
        #expect(
            resumed.errors
                == "Error: \(Self.last): expected finite values to go on from, found a NaN or an infinity in "
                + "encoder/dense/bias\n")
        #expect(try scratch.bytes(Self.last) == before)
    }

    // MARK: metrics.jsonl

    /// Figures count to the last epoch.
    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "0", "1000001"])
    func anEpochThatNoTrainingReachesIsRefused(_ epoch: String) throws {
        let scratch = try TrainedRun.copy()
        let lines = try scratch.text("run/metrics.jsonl")
        try scratch.write(lines.replacing(#""epoch":1,"#, with: "\"epoch\":\(epoch),"), to: "run/metrics.jsonl")
        let outcome = try Program.vae.run(["report", "run"], in: scratch)
        #expect(outcome.status == 65)
        #expect(
            outcome.errors
                == "Error: run/metrics.jsonl, byte 0: expected an epoch of 1 to 1000000, found \(epoch)\n")
    }

    // MARK: config.json

    @Test(arguments: [
        (
            #""channels" : 32"#, #""channels" : 9223372036854775807"#,
            ": expected a run's configuration, found at training.architecture.encoder: [4].conv2d.channels: expected a "
                + "whole number from 1 to 268435456, found 9223372036854775807"
        ),
        (
            #""kernel" : 5"#, #""kernel" : 1025"#,
            ": expected a run's configuration, found at training.architecture.encoder: [0].conv2d.kernel: expected a "
                + "whole number from 1 to 1024, or a list of height and width, found 1025"
        ),
        (
            #""latent" : 2"#, #""latent" : -2"#,
            ": expected settings that can be trained with, found mean/dense: needs units, 1 or more"
        ),
        (
            #""units" : 64"#, #""units" : 1e300"#,
            ": expected a run's configuration, found at training.architecture.decoder: [0].dense.units: expected a whole "
                + "number from 1 to 268435456, found 1e+300"
        ),
        (#""seed" : 3"#, #""seed" : [[[["#, ", byte N: expected"),
        (#""version" : 2"#, #""version" : 8"#, ": expected run version 2 or older, found version 8"),
    ])
    func aConfigurationIsRefused(_ old: String, _ new: String, _ message: String) throws {
        let scratch = try TrainedRun.copy()
        let text = try scratch.text("run/config.json")
        #expect(text.contains(old))
        try scratch.write(text.replacing(old, with: new), to: "run/config.json")
        for command in ["summary", "evaluate"] {
            let outcome = try Program.vae.run([command, "run"], in: scratch)
            #expect(outcome.status == 65)
            let errors = outcome.errors.replacing(/byte \d+:/, with: "byte N:")
            #expect(errors.hasPrefix("Error: run/config.json\(message)"), "\(errors)")
        }
    }
}
