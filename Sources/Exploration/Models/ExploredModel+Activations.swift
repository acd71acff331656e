import Formats
import Graphs
import Models
import Tensors

extension ExploredModel {
    /// Every layer's output for an image.
    /// - Parameters:
    ///   - image: One row.
    ///   - epsilon: ε of z = μ + σ · ε; nil takes z = μ. A plain autoencoder has none.
    package func activations(image: Rows, epsilon: Rows?) async throws -> ActivationsAnswer {
        let values = try image.images("image", of: imageShape).values
        let epsilon = try epsilon?.codes("epsilon", latent: latent).values
        let inside = try await withLayers { $0.activations(image: values, epsilon: epsilon) }
        return try answer(
            inside.outputs, epsilon: epsilon, reconstructionLoss: inside.reconstruction,
            klLoss: inside.others)
    }

    /// Every layer's output of the decoder for a code.
    package func activations(z: Rows) async throws -> ActivationsAnswer {
        let code = try z.codes("z", latent: latent).values
        return try answer(try await withLayers { $0.activations(code: code) })
    }

    private func answer(
        _ outputs: [String: Tensor], epsilon: [Float]? = nil, reconstructionLoss: Double? = nil, klLoss: Double? = nil
    ) throws -> ActivationsAnswer {
        let model = try architecture.program()
        var layers: [ActivationsAnswer.LayerOutput] = []
        func flat(_ name: String) -> [Float]? { outputs[name]?.values }
        func append(_ part: String, input: [Float]) -> [Float] {
            var values = input
            for layer in model.layers(of: part) {
                // Layers that only change the shape have no output of their own.
                values = flat("\(part)/\(layer.name)") ?? values
                layers.append(
                    .init(
                        name: layer.name, part: part, type: layer.type, output: Tensor(layer.outputShape, values)))
            }
            return values
        }
        if let input = flat("input") {
            _ = append("encoder", input: input)
            for head in model.heads {
                guard let values = flat(head.name + "/dense") else { continue }
                let output = Tensor(head.outputShape, values)
                layers.append(.init(name: head.name, part: "encoder", type: head.type, output: output))
            }
        }
        let z = flat("z") ?? []
        var image = append("decoder", input: z)
        if live.likelihood.kind.takesLogits {
            image.withUnsafeMutableBufferPointer { Kernels.shared.sigmoid($0.baseAddress!, count: $0.count) }
        }
        return ActivationsAnswer(
            layers: layers, mean: flat("mean/dense"), logVariance: flat("log_variance/dense"),
            epsilon: architecture.isVariational ? epsilon : nil, z: z, image: Tensor(imageShape, image),
            reconstructionLoss: reconstructionLoss, klLoss: klLoss)
    }
}
