import Formats
import Foundation
import Graphs
import Models
import Ops
import Settings
import Tensors
import TestSupport
import Testing

@testable import Interchange

/// ONNX files by their bytes.
///
/// What they compute is `make interop`'s: ONNX Runtime gives the same numbers, and approves
/// the files whose hashes stand in `Approved/onnx.json`.
@Suite struct ONNXTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    @Test func `every op that a list of layers can name has a way into ONNX, and every other is refused`() throws {
        let joins = Set([Add.kind, Multiply.kind, Concatenate.kind])
        let written = Set(ONNXNetwork.ops.map { $0.kind })
        #expect(written == Set(Ops.all.map(\.kind)).union(joins))
        for op in Ops.inner where !joins.contains(op.kind) {
            let shapes = try #require(op.cases().first).inputs
            var builder = GraphBuilder()
            let inputs = try shapes.enumerated().map { try builder.input("input_\($0)", $1) }
            _ = try builder.apply(op, inputs)
            let graph = builder.built
            var network = ONNXNetwork(ParameterStore(graph.parameterLayout))
            for input in inputs { network.input(input, named: "input_\(input.id)", .nhwc) }
            #expect(throws: ONNXError.unsupported(node: op.name, op: op.name)) { try network.write(graph.nodes[0]) }
        }
    }

    /// The bytes that ONNX Runtime was given: another byte needs its approval anew.
    @Test(arguments: ONNXCase.all) func `files are those that ONNX Runtime was held to`(one: ONNXCase) throws {
        let path = Self.folder.appending(path: "Approved/onnx.json")
        let approved = try JSONValue(parsing: [UInt8](Data(contentsOf: path)), source: path.path)
        let files = try one.files()
        for file in files {
            let hash = approved["files"]?["\(one.name)/\(file.name)"]?.string
            #expect(SHA256.hex(of: file.bytes) == hash, "\(one.name)/\(file.name): make interop approves it")
        }
        #expect(try one.files().map(\.bytes) == files.map(\.bytes))
    }

    /// What names promise: each value made once and before it is read, each read by somebody, no two nodes of one name.
    @Test(arguments: ONNXCase.all) func `graphs are in order`(one: ONNXCase) throws {
        for file in try one.files() {
            let onnx = try ONNXFile(file.bytes)
            #expect(onnx.irVersion == 10 && onnx.opset == 21 && onnx.producer == "swift-vae")
            var known = Set(onnx.inputs.map(\.name)).union(onnx.initializers.keys)
            #expect(known.count == onnx.inputs.count + onnx.initializers.count)
            var read = Set(onnx.outputs.map(\.name))
            for node in onnx.nodes {
                for input in node.inputs where !input.isEmpty {
                    #expect(known.contains(input), "\(node.name) reads \(input)")
                    read.insert(input)
                }
                for output in node.outputs { #expect(known.insert(output).inserted, "\(output) is made twice") }
                #expect(node.attributes["auto_pad"] == nil)
                #expect(node.attributes["pads"].map { $0.integers.allSatisfy { $0 >= 0 } } ?? true)
            }
            #expect(known.isSubset(of: read.union(onnx.inputs.map(\.name))), "\(known.subtracting(read))")
            #expect(Set(onnx.nodes.map(\.name)).count == onnx.nodes.count)
            for value in onnx.inputs + onnx.outputs { #expect(value.extents.first == "batch") }
        }
    }

    @Test func `the tutorial's files say what they are`() throws {
        let model = try ONNXCase.model(.tutorial, .tutorial)
        let files = try ONNXExport(model.file, producerVersion: "1.2.3").files()
        #expect(files.map(\.name) == ["encoder.onnx", "decoder.onnx"])
        let (encoder, decoder) = (try ONNXFile(files[0].bytes), try ONNXFile(files[1].bytes))
        #expect(encoder.name == "encoder" && decoder.name == "decoder" && encoder.producerVersion == "1.2.3")
        #expect(encoder.inputs == [.init(name: "image", extents: ["batch", "28", "28", "1"])])
        #expect(
            encoder.outputs == [
                .init(name: "mean", extents: ["batch", "2"]), .init(name: "log_variance", extents: ["batch", "2"]),
            ])
        #expect(decoder.inputs == [.init(name: "z", extents: ["batch", "2"])])
        #expect(decoder.outputs == [.init(name: "image", extents: ["batch", "28", "28", "1"])])
        for onnx in [encoder, decoder] {
            #expect(
                onnx.metadata == [
                    "image_layout": "NHWC", "image_shape": "[height 28, width 28, channels 1]",
                    "latent_dimensions": "2", "likelihood": "squared_error", "pixel_range": "[0, 1]",
                    "recipe": "tutorial", "weights_sha256": model.file.weightsHash,
                ])
            #expect(!onnx.nodes.contains { $0.type.hasPrefix("Random") })
        }
        #expect(
            encoder.nodes.map(\.type) == [
                "Reshape", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Reshape",
                "Gemm", "Gemm", "Gemm",
            ])
    }

    /// Initializers are the weights, kernels with ONNX's axes.
    @Test func `initializers are the weights`() throws {
        let model = try ONNXCase.model(.tutorial, .tutorial)
        let found = try ONNXExport(model.file, producerVersion: "test").files()
            .map { try ONNXFile($0.bytes).initializers }.reduce(into: [:]) { all, one in all.merge(one) { $1 } }
        for parameter in model.parameterList {
            let initializer = try #require(found[parameter.name], "\(parameter.name)")
            let ours = try #require(model.parameter(parameter.name))
            let isKernel = ours.shape.rank == 4
            #expect(initializer.floats == (isKernel ? ours.transposed([3, 2, 0, 1]) : ours).values)
            #expect(initializer.shape == (isKernel ? [3, 2, 0, 1].map { ours.shape[$0] } : ours.shape.dimensions))
        }
        #expect(
            found.filter { !$0.key.hasSuffix("/scales") }.values.reduce(0) { $0 + $1.floats.count }
                == model.parameterCount)
    }

    /// ONNX Runtime 1.32's Sigmoid is exactly 0 at and below −18: the logits tell pixels apart that it does not.
    @Test func `logits come out beside the picture where the likelihood takes them`() throws {
        var architecture = Architecture.tutorial(output: nil)
        architecture.name = "\"--- \n<script>"
        let model = try ONNXCase.model(architecture, Objective(likelihood: .bernoulli))
        let onnx = try ONNXFile(ONNXExport(model.file, layout: .nchw, producerVersion: "test").files()[1].bytes)
        #expect(onnx.outputs.map(\.name) == ["image", "logits"])
        #expect(onnx.outputs.allSatisfy { $0.extents == ["batch", "1", "28", "28"] })
        let sigmoid = try #require(onnx.nodes.last)
        #expect(sigmoid.type == "Sigmoid" && sigmoid.inputs == ["logits"] && sigmoid.outputs == ["image"])
        #expect(onnx.metadata["likelihood"] == "bernoulli" && onnx.metadata["image_layout"] == "NCHW")
        #expect(onnx.metadata["recipe"] == architecture.name)
    }

    /// The rule of Keras 3.15.1's `Conv2DTranspose(padding="same")`: pads of max(k − s, 0) in all, the smaller half
    /// first, and an output padding of max(s − k, 0); ONNX 1.23.2's own wants it below the stride.
    @Test(arguments: 1...6, 1...5) func `transposed convolutions pad as Keras does`(kernel: Int, stride: Int) throws {
        let attributes = try transposed(KernelWindow(kernel, stride: stride, padding: .same))
        let (total, behind) = (max(kernel - stride, 0), max(stride - kernel, 0))
        #expect(attributes["pads"]?.integers == [total / 2, total / 2, total - total / 2, total - total / 2])
        #expect(attributes["output_padding"]?.integers == [behind, behind])
        #expect(attributes["kernel_shape"]?.integers == [kernel, kernel])
    }

    @Test func `an output padding that ONNX does not take becomes zeros behind the kernel`() throws {
        let attributes = try transposed(KernelWindow(2, stride: 3), outputPadding: 2)
        #expect(attributes["output_padding"]?.integers == [2, 2])
        #expect(attributes["kernel_shape"]?.integers == [3, 3])
    }

    private func transposed(
        _ window: KernelWindow, outputPadding: Int = 0
    ) throws -> [String: ONNXFile.Attribute] {
        var builder = GraphBuilder()
        let input = try builder.input("input", [4, 3, 2])
        let layer = AnyOp(Conv2DTranspose(5, window, outputPadding: outputPadding))
        _ = try builder.apply(layer, [input])
        let graph = builder.built
        var network = ONNXNetwork(ParameterStore(graph.parameterLayout))
        network.input(input, named: "input", .nhwc)
        try network.write(graph.nodes[0])
        network.output(graph.nodes[0].output, named: "output", .nhwc)
        let model = ONNXModel(
            name: "one", description: "", inputs: network.inputs, outputs: network.outputs, nodes: network.nodes,
            initializers: network.initializers, metadata: [], producerVersion: "test")
        return try ONNXFile(model.serialized()).node("conv2d_transpose").attributes
    }

    @Test func `a file beyond Protocol Buffers' limit is refused by name`() throws {
        let encoder = try ONNXExport(ONNXCase.model(.tutorial, .tutorial).file, producerVersion: "test").encoder()
        let size = try encoder.serialized().count
        #expect(try encoder.serialized(limit: size).count == size)
        #expect(throws: ONNXError.tooLarge(part: "encoder", bytes: size, limit: size - 1)) {
            try encoder.serialized(limit: size - 1)
        }
        // By its weights alone, before it is written.
        let weights = try #require(throws: ONNXError.self) { try encoder.serialized(limit: 1000) }
        #expect("\(weights)".contains("encoder.onnx: expected at most 1000 bytes"))
        #expect(ONNXModel.mostBytes == 2_147_483_647)
    }
}
