import Formats
import Foundation
import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Models saved and loaded.
@Suite struct ModelFileTests {
    private static let architecture = Architecture(
        name: "small", imageShape: [2, 2, 1], encoder: [.flatten, .dense(3)], latent: 1,
        decoder: [.dense(4), .reshape([2, 2, 1])])

    private static func file(_ likelihood: Likelihood = .squaredError, seed: UInt64 = 1) throws -> ModelFile {
        let model = try VariationalAutoencoder(architecture, likelihood: likelihood, seed: seed, threads: 1)
        return ModelFile(architecture: architecture, likelihood: likelihood, parameters: model.parameters)
    }

    private static func fault(_ change: (inout SafetensorsFile) throws -> Void) throws -> String {
        var contents = try SafetensorsFile(parsing: try file().serialized(), source: "whole")
        contents.metadata["sha256"] = String(repeating: "0", count: 64)
        try change(&contents)
        contents.metadata["sha256"] = SHA256.hex(of: contents.serialized())
        let bytes = contents.serialized()
        return #expect(throws: FormatError.self) { try ModelFile(parsing: bytes, source: "m") }?.description ?? "none"
    }

    @Test(arguments: [.squaredError, .gaussian(variance: 0.25), .gaussianLearnedVariance, .bernoulli] as [Likelihood])
    func `a model comes back with every bit`(likelihood: Likelihood) throws {
        let scratch = Scratch()
        let path = scratch.path + "/model.safetensors"
        let model = try VariationalAutoencoder(Self.architecture, likelihood: likelihood, seed: 5, threads: 1)
        try model.save(to: path)
        let read = try VariationalAutoencoder(contentsOf: path, threads: 2)
        #expect(read.architecture == model.architecture && read.likelihood == likelihood)
        #expect(read.parameterList == model.parameterList)
        for parameter in model.parameterList {
            #expect(read.parameter(parameter.name) == model.parameter(parameter.name))
        }
        let images = Tensor([3, 2, 2, 1], (0..<12).map { Float($0) / 11 })
        #expect(read.encode(images).mean == model.encode(images).mean)
        #expect(scratch.files("") == ["model.safetensors"])

        let before = try scratch.bytes("model.safetensors")
        try read.save(to: path)
        #expect(try scratch.bytes("model.safetensors") == before)
    }

    @Test func `a checkpoint is a model too`() throws {
        let configuration = TrainingConfiguration(
            architecture: Self.architecture, objective: Objective(likelihood: .bernoulli), epochs: 2)
        let file = try Self.file(.bernoulli)
        let checkpoint = Checkpoint(
            configuration: configuration, dataHash: "of images", state: TrainingState(), parameters: file.parameters,
            adam: Adam(file.parameters.layout))
        let read = try ModelFile(parsing: try checkpoint.serialized(), source: "c")
        #expect(try read.serialized() == file.serialized())
        let model = try file.serialized()
        let error = #expect(throws: FormatError.self) { try Checkpoint(parsing: model, source: "m") }
        #expect(error?.description == "m: expected a swift-vae checkpoint, found a safetensors file of another kind")
    }

    @Test func `a file that is not there, and a folder that is not there`() throws {
        let scratch = Scratch()
        let missing = #expect(throws: FileError.self) {
            try VariationalAutoencoder(contentsOf: scratch.path + "/no.safetensors", threads: 1)
        }
        #expect(missing?.description == "\(scratch.path)/no.safetensors: cannot open: No such file or directory")
        let model = try VariationalAutoencoder(Self.architecture, threads: 1)
        let nowhere = #expect(throws: FileError.self) { try model.save(to: scratch.path + "/no/m.safetensors") }
        #expect(nowhere?.description == "\(scratch.path)/no/m.safetensors: cannot create: No such file or directory")
    }

    // MARK: Hostile files

    @Test(
        arguments: [
            ("version", "3", "m: expected model version 2 or older, found version 3"),
            ("format", "pt", "m: expected a swift-vae model or checkpoint, found a safetensors file of another kind"),
            ("architecture", nil, "m (architecture), byte 0: expected a JSON value, found the end"),
            ("architecture", "{}", "m (architecture): expected a model, found no name"),
            ("likelihood", "{}", "m (likelihood): expected a likelihood, found "),
            (
                "likelihood", #"{"gaussian":{"variance":-1}}"#,
                "m (likelihood): expected a likelihood, found "
            ),
        ] as [(String, String?, String)])
    func `foreign metadata is refused`(key: String, value: String?, expected: String) throws {
        #expect(try Self.fault { $0.metadata[key] = value }.hasPrefix(expected))
    }

    /// A model within every limit, of a gigabyte of weights, of which the file has none.
    @Test func `a large model takes no memory before its tensors are there`() throws {
        let text = try Self.fault { file in
            file.metadata["architecture"] = try #require(file.metadata["architecture"])
                .replacing(#""units":3"#, with: #""units":60000000"#)
        }
        #expect(text == "m: expected encoder/dense/kernel of shape [4, 60000000], found [4, 3]")
    }

    @Test func `a missing and an extra tensor are named`() throws {
        #expect(
            try Self.fault { $0.tensors.removeAll { $0.name == "mean/dense/bias" } }
                == "m: expected a tensor mean/dense/bias of shape [1], found none")
        #expect(
            try Self.fault { $0.tensors.append(("stowaway", Tensor([1]))) }
                == "m: expected the model's 8 tensors, found 9")
    }

    @Test func `a flipped bit anywhere is refused`() throws {
        let bytes = try Self.file().serialized()
        for position in bytes.indices {
            var flipped = bytes
            flipped[position] ^= 1 << (position % 8)
            #expect(throws: FormatError.self) { try ModelFile(parsing: flipped, source: "m") }
        }
    }

    @Test func `weights that are not finite load and are named`() throws {
        let file = try Self.file()
        let bias = try #require(file.parameters.layout["mean/dense/bias"])
        file.parameters.set(bias, [.nan])
        let scratch = Scratch()
        try scratch.write(try file.serialized(), to: "nan.safetensors")
        let model = try VariationalAutoencoder(contentsOf: scratch.path + "/nan.safetensors", threads: 1)
        #expect(model.firstNotFinite == "mean/dense/bias")
    }
}
