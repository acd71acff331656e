import Formats
import Graphs
import Models
import Training

/// A model's encoder and decoder as two ONNX files.
///
/// The encoder takes `image` and gives `mean` and `log_variance`, or `code` where the code is a point. The decoder takes
/// `z` and gives `image`, and the `logits` behind it where the likelihood takes logits. Neither draws noise. Images are
/// [batch, height, width, channels] or, if so wished, [batch, channels, height, width], pixels from 0 to 1; the batch
/// has any size.
package struct ONNXExport {
    /// Where axes of `image` and `logits` lie.
    package let layout: ImageLayout
    private let model: ModelFile
    private let program: Program
    private let producerVersion: String

    /// - Parameter producerVersion: This program's.
    /// - Throws: `GraphError` where the model's shapes do not fit.
    package init(
        _ model: ModelFile, layout: ImageLayout = .nhwc, producerVersion: String
    ) throws(GraphError) {
        self.model = model
        self.layout = layout
        self.producerVersion = producerVersion
        program = try model.architecture.program(Objective(likelihood: model.likelihood))
    }

    /// The files by name, `encoder.onnx` and `decoder.onnx`; equal models are equal bytes.
    /// - Throws: `ONNXError` for what ONNX cannot hold.
    package func files() throws(ONNXError) -> [(name: String, bytes: [UInt8])] {
        [
            ("encoder.onnx", try encoder().serialized()),
            ("decoder.onnx", try decoder().serialized()),
        ]
    }

    func encoder() throws(ONNXError) -> ONNXModel {
        var network = ONNXNetwork(model.parameters)
        network.input(program.image, named: "image", layout)
        let code = program.code
        try network.write(program.graph, to: [code.mean] + (code.logVariance.map { [$0] } ?? []), from: program.image)
        network.output(code.mean, named: code.logVariance == nil ? "code" : "mean", layout)
        if let logVariance = code.logVariance { network.output(logVariance, named: "log_variance", layout) }
        let gives = code.logVariance == nil ? "its code" : "the mean and the log variance of its code"
        return finished(network, "encoder", "From an image, \(axes), pixels from 0 to 1, to \(gives).")
    }

    func decoder() throws(ONNXError) -> ONNXModel {
        var network = ONNXNetwork(model.parameters)
        network.input(program.code.sample, named: "z", layout)
        try network.write(program.graph, to: [program.reconstruction], from: program.code.sample)
        var gives = "an image, \(axes)"
        if program.takesLogits {
            network.output(program.reconstruction, named: "logits", layout)
            network.firstOutput("image", "Sigmoid", of: "logits")
            gives += ", and the logits of its pixels"
        } else {
            network.output(program.reconstruction, named: "image", layout)
        }
        return finished(network, "decoder", "From a code z to \(gives).")
    }

    private var axes: String { layout == .nhwc ? "[height, width, channels]" : "[channels, height, width]" }

    private func finished(_ network: ONNXNetwork, _ name: String, _ description: String) -> ONNXModel {
        let shape = model.architecture.imageShape
        return ONNXModel(
            name: name, description: description, inputs: network.inputs, outputs: network.outputs,
            nodes: network.nodes, initializers: network.initializers,
            metadata: [
                ("image_layout", layout.rawValue.uppercased()),
                ("image_shape", "[height \(shape[0]), width \(shape[1]), channels \(shape[2])]"),
                ("latent_dimensions", "\(model.architecture.latent)"),
                ("likelihood", "\(model.likelihood)"),
                ("pixel_range", "[0, 1]"),
                ("recipe", model.architecture.name),
                ("weights_sha256", model.weightsHash),
            ], producerVersion: producerVersion)
    }
}

extension ONNXNetwork {
    /// Writes the nodes that values need where another one is given.
    mutating func write(
        _ graph: Graph, to values: [Graph.Value], from given: Graph.Value
    ) throws(ONNXError) {
        var needed = Set(values)
        for node in graph.nodes.reversed() where needed.contains(node.output) && node.output != given {
            needed.formUnion(node.inputs)
        }
        for node in graph.nodes where needed.contains(node.output) && node.output != given { try write(node) }
    }
}

extension ModelFile {
    /// The SHA-256 of all weights, Float32 in little-endian order, one after the other as in the model's list.
    package var weightsHash: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parameters.layout.count * MemoryLayout<Float>.size)
        for parameter in parameters.layout.parameters {
            for value in parameters.tensor(parameter).values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return SHA256.hex(of: bytes)
    }
}
