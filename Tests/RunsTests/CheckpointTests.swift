import Formats
import Graphs
import Ops
import Models
import Tensors
import Testing
import Training

/// Checkpoints that somebody made to do harm, with a hash that is right: refused in exact words, before memory is taken.
@Suite struct CheckpointTests {
    private static let configuration = TrainingConfiguration(
        architecture: Architecture(
            name: "small", imageShape: [2, 2, 1], encoder: [.flatten, .dense(3)], latent: 1,
            decoder: [.dense(4), .reshape([2, 2, 1])]),
        objective: .tutorial, epochs: 2)

    private static func whole() throws -> Checkpoint {
        let layout = try configuration.layout(from: "test")
        let parameters = ParameterStore(layout)
        parameters.initialize(RandomSource(seed: 1))
        return Checkpoint(
            configuration: configuration, dataHash: "of images", state: TrainingState(), parameters: parameters,
            adam: Adam(layout))
    }

    /// A checkpoint with its contents changed and its hash made right again.
    private static func changed(_ change: (inout SafetensorsFile) throws -> Void) throws -> [UInt8] {
        var file = try SafetensorsFile(parsing: try whole().serialized(), source: "whole")
        file.metadata["sha256"] = String(repeating: "0", count: 64)
        try change(&file)
        if file.metadata["sha256"] != nil { file.metadata["sha256"] = SHA256.hex(of: file.serialized()) }
        return file.serialized()
    }

    private static func fault(_ change: (inout SafetensorsFile) throws -> Void) throws -> String {
        let bytes = try changed(change)
        let error = #expect(throws: FormatError.self) { try Checkpoint(parsing: bytes, source: "c") }
        return error?.description ?? "no error"
    }

    @Test func `reads what it writes, and writes the same again`() throws {
        let bytes = try Self.changed { _ in }
        #expect(try Self.whole().serialized() == bytes)
        let read = try Checkpoint(parsing: bytes, source: "c")
        #expect(try read.serialized() == bytes)
        #expect(read.firstNotFinite == nil)
        #expect(read.configuration == Self.configuration && read.dataHash == "of images")
    }

    @Test(
        arguments: [
            ("version", "3", "c: expected checkpoint version 2 or older, found version 3"),
            ("version", "0", "c: expected checkpoint version 2 or older, found version 0"),
            (
                "version", "99999999999999999999",
                "c: expected checkpoint version 2 or older, found version 99999999999999999999"
            ),
            ("version", nil, "c: expected checkpoint version 2 or older, found none"),
            ("format", "another", "c: expected a swift-vae checkpoint, found a safetensors file of another kind"),
            ("sha256", nil, "c: expected a SHA-256 of the file in its metadata, found \"\""),
            ("configuration", nil, "c (configuration), byte 0: expected a JSON value, found the end"),
            ("configuration", "{}", "c (configuration): expected a training's configuration, found no architecture"),
            (
                "configuration", String(repeating: "[", count: 100_000),
                "c (configuration), byte 64: expected JSON nested at most 64 deep, found a deeper value"
            ),
            ("state", #"{"epoch":1,"epoch":2}"#, #"c (state), byte 11: expected each key once, found "epoch" again"#),
        ] as [(String, String?, String)])
    func `refuses foreign metadata`(key: String, value: String?, expected: String) throws {
        #expect(try Self.fault { $0.metadata[key] = value } == expected)
    }

    @Test(arguments: [
        (
            #""units":4"#, #""units":9223372036854775807"#,
            "a training's configuration, found at architecture.decoder: [0].dense.units: expected a whole number from "
                + "1 to 268435456, found 9223372036854775807"
        ),
        (
            #""latent":1"#, #""latent":-7"#,
            "settings that can be trained with, found mean/dense: needs units, 1 or more"
        ),
        (
            #""latent":1"#, #""latent":9223372036854775807"#,
            "settings that can be trained with, found mean/dense: the kernel [3, 9223372036854775807] has more than "
                + "268435456 values"
        ),
        (
            #""imageShape":[2,2,1]"#, #""imageShape":[-2,2,1]"#,
            "a training's configuration, found at architecture.imageShape: a shape has extents of 0 or more whose "
                + "product fits 63 bits, not [-2, 2, 1]"
        ),
        (
            #""imageShape":[2,2,1]"#, #""imageShape":[4294967296,4294967296,1]"#,
            "a training's configuration, found at architecture.imageShape: a shape has extents of 0 or more whose "
                + "product fits 63 bits, not [4294967296, 4294967296, 1]"
        ),
        (
            #""imageShape":[2,2,1]"#, #""imageShape":[0,2,1]"#,
            "settings that can be trained with, found input: needs a shape without empty axes, not [0, 2, 1]"
        ),
        (
            #""epochs":2"#, #""epochs":9223372036854775807"#,
            "settings that can be trained with, found epochs: expected at most 1000000, found 9223372036854775807"
        ),
        (#""epochs":2"#, #""epochs":null"#, "a training's configuration, found null at epochs"),
        (#""epochs":2"#, #""epochs":"2""#, "a training's configuration, found no Int at epochs"),
        (
            #""batchSize":64"#, #""batchSize":0"#,
            "settings that can be trained with, found batch size: expected 1 to 65536, found 0"
        ),
    ])
    func `refuses a model that cannot be`(old: String, new: String, expected: String) throws {
        let text = try Self.fault { file in
            let configuration = try #require(file.metadata["configuration"])
            #expect(configuration.contains(old))
            file.metadata["configuration"] = configuration.replacing(old, with: new)
        }
        #expect(text == "c (configuration): expected " + expected)
    }

    @Test func `a configuration that names no precision means Float32`() throws {
        var configuration = TrainingConfiguration.tutorial
        configuration.precision = .bf16
        let text = String(decoding: try JSONCoding.encode(configuration), as: UTF8.self)
        func read(_ text: String) throws -> TrainingConfiguration {
            try JSONCoding.decode(TrainingConfiguration.self, from: Array(text.utf8), source: "text", "settings")
        }
        #expect(try read(text) == configuration)
        #expect(text.contains(#""precision":"bf16""#))
        let older = text.replacing(#""precision":"bf16","#, with: "").replacing(#","precision":"bf16""#, with: "")
        #expect(try read(older) == .tutorial)
    }

    /// A model within every limit, of a gigabyte of weights, of which the file has none.
    @Test func `a large model takes no memory before its tensors are there`() throws {
        let text = try Self.fault { file in
            file.metadata["configuration"] = try #require(file.metadata["configuration"])
                .replacing(#""units":3"#, with: #""units":60000000"#)
        }
        #expect(text == "c: expected encoder/dense/kernel of shape [4, 60000000], found [4, 3]")
    }

    @Test(arguments: [
        (#""epoch":0"#, #""epoch":-1"#, "epoch of 0 to 1099511627776, found -1"),
        (
            #""stepInEpoch":0"#, #""stepInEpoch":9223372036854775807"#,
            "stepInEpoch of 0 to 1099511627776, found 9223372036854775807"
        ),
        (#""step":0"#, #""step":9223372036854775807"#, "step of 0 to 1099511627776, found 9223372036854775807"),
        (#""images":0"#, #""images":-5"#, "running.images of 0 to 1099511627776, found -5"),
        (#"{"epoch":0"#, #"{"best":{"epoch":-1,"value":1},"epoch":0"#, "best.epoch of 0 to 1099511627776, found -1"),
    ])
    func `refuses a position where no training stands`(old: String, new: String, expected: String) throws {
        let text = try Self.fault { file in
            let state = try #require(file.metadata["state"])
            #expect(state.contains(old))
            file.metadata["state"] = state.replacing(old, with: new)
        }
        #expect(text == "c (state): expected " + expected)
    }

    @Test func `a missing, misshapen or extra tensor is named`() throws {
        #expect(
            try Self.fault { $0.tensors.removeAll { $0.name == "adam/v/mean/dense/bias" } }
                == "c: expected a tensor adam/v/mean/dense/bias of shape [1], found none")
        #expect(
            try Self.fault { file in
                let place = try #require(file.tensors.firstIndex { $0.name == "mean/dense/kernel" })
                file.tensors[place].tensor = file.tensors[place].tensor.reshaped([1, 3])
            } == "c: expected mean/dense/kernel of shape [3, 1], found [1, 3]")
        #expect(
            try Self.fault { $0.tensors.append(("stowaway", Tensor([1]))) }
                == "c: expected the model's 24 tensors, found 25")
    }

    @Test func `values that are not finite are named, weights and moments`() throws {
        for (name, value) in [("mean/dense/bias", Float.nan), ("adam/v/decoder/dense/kernel", -.infinity)] {
            let bytes = try Self.changed { file in
                let place = try #require(file.tensors.firstIndex { $0.name == name })
                file.tensors[place].tensor[0] = value
            }
            let read = try Checkpoint(parsing: bytes, source: "c")
            #expect(read.firstNotFinite == name)
            #expect(try read.model(threads: 1).firstNotFinite == (value.isNaN ? name : nil))
        }
    }

    @Test func `a flipped bit anywhere is refused`() throws {
        let bytes = try Self.whole().serialized()
        for position in bytes.indices {
            var flipped = bytes
            flipped[position] ^= 1 << (position % 8)
            #expect(throws: FormatError.self) { try Checkpoint(parsing: flipped, source: "c") }
        }
    }
}
