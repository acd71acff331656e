import Graphs
import Ops
import Tensors

/// An architecture as a graph: encoder, code, decoder, one behind the other.
public struct ModelGraph: Hashable, Sendable {
    /// All of it.
    public let graph: Graph
    /// What is encoded.
    package let image: Graph.Value
    /// The code's mean, or the code of a plain autoencoder.
    package let mean: Graph.Value
    /// log σ² and σ of the code; nil for a plain autoencoder.
    package let logVariance, sigma: Graph.Value?
    /// ε of z = μ + σ · ε; nil for a plain autoencoder.
    package let epsilon: Graph.Value?
    /// The code.
    package let z: Graph.Value
    /// The decoder's output.
    package let reconstruction: Graph.Value

    /// The decoder's output, an image's shape.
    public var outputShape: Shape { reconstruction.shape }

    init(_ architecture: Architecture) throws(GraphError) {
        var builder = GraphBuilder()
        let head = [Block.dense(architecture.latent)]
        let image = try builder.input("input", architecture.imageShape, needsGradient: false)
        let features = try builder.within("encoder") { (builder) throws(GraphError) in
            try builder.apply(architecture.encoder, to: image)
        }
        mean = try builder.within("mean") { (builder) throws(GraphError) in try builder.apply(head, to: features) }
        var code = [mean]
        if architecture.isVariational {
            let logVariance = try builder.within("log_variance") { (builder) throws(GraphError) in
                try builder.apply(head, to: features)
            }
            let sigma = try builder.apply(AnyOp(StandardDeviation()), [logVariance], layer: "sigma")
            let epsilon = try builder.input("epsilon", [architecture.latent], needsGradient: false)
            code += [sigma, epsilon]
            (self.logVariance, self.sigma, self.epsilon) = (logVariance, sigma, epsilon)
        } else {
            (logVariance, sigma, epsilon) = (nil, nil, nil)
        }
        let z = try builder.apply(AnyOp(Reparameterize()), code, layer: "z")
        reconstruction = try builder.within("decoder") { (builder) throws(GraphError) in
            try builder.apply(architecture.decoder, to: z)
        }
        guard reconstruction.shape == architecture.imageShape else {
            throw GraphError(
                "decoder",
                "its output \(reconstruction.shape) is not the image's shape \(architecture.imageShape)")
        }
        (self.image, self.z) = (image, z)
        for value in [mean, logVariance, reconstruction] { if let value { builder.output(value, seeded: true) } }
        for value in [sigma, z] { if let value { builder.output(value) } }
        graph = builder.built
    }

    /// True where nothing holds the decoder's output on one side of a number, as a ReLU or a sigmoid does.
    package var endsUnlimited: Bool { graph.isUnlimited(reconstruction) }

    /// The order of the parameters: the graph's, then the likelihood's own.
    package func parameterLayout(_ likelihood: Likelihood) -> ParameterLayout {
        var layout = graph.parameterLayout
        if likelihood == .gaussianLearnedVariance { _ = layout.declare("likelihood/log_variance", [1], .zeros) }
        return layout
    }
}
