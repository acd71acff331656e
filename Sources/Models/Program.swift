import Graphs
import Ops
import Tensors

/// A model as a graph, encoder, code and decoder one behind the other, and what is minimised: what the rest of the house
/// sees of it.
public struct Program: Hashable, Sendable {
    /// All of it.
    public let graph: Graph
    /// What is encoded.
    package let image: Graph.Value
    /// What an image becomes.
    package let code: Code
    /// The decoder's output.
    package let reconstruction: Graph.Value
    /// What is minimised; none where no objective was given.
    package let terms: [Term]
    /// Whether the decoder's output is the logits of pixels, by the objective's likelihood.
    package let takesLogits: Bool

    /// A code's values.
    package struct Code: Hashable, Sendable {
        /// The mean, or the code itself where it is a point.
        package let mean: Graph.Value
        /// log σ² and ε of z = μ + σ · ε; nil where it is a point.
        package let logVariance, epsilon: Graph.Value?
        /// z.
        package let sample: Graph.Value
    }

    /// A part of the loss: one number an image, whose mean over a batch counts so much.
    package struct Term: Hashable, Sendable {
        /// `reconstruction`, `kl`.
        package let name: String
        package let value: Graph.Value
        /// Once any warm-up is over.
        package let weight: Double
        /// The objective's setting that decides the weight; empty where none does.
        package let weighedBy: String
        /// Whether the weight grows from zero in an objective's warm-up.
        package let warmsUp: Bool
        /// Whether the value is in nats.
        package let isNats: Bool
        /// Whether the value is never below 0, but for rounding.
        package let isNonnegative: Bool

        package init(
            _ name: String, _ value: Graph.Value, weight: Double = 1, weighedBy: String = "",
            warmsUp: Bool = false, isNats: Bool = true, isNonnegative: Bool = false
        ) {
            (self.name, self.value, self.weight, self.weighedBy) = (name, value, weight, weighedBy)
            (self.warmsUp, self.isNats, self.isNonnegative) = (warmsUp, isNats, isNonnegative)
        }
    }

    /// The decoder's output, an image's shape.
    public var outputShape: Shape { reconstruction.shape }

    init(_ architecture: Architecture, _ objective: Objective?) throws(GraphError) {
        var builder = GraphBuilder()
        let image = try builder.input("input", architecture.imageShape, needsGradient: false)
        let features = try builder.within("encoder") { (builder) throws(GraphError) in
            try builder.apply(architecture.encoder, to: image)
        }
        let code = try Code(of: features, architecture, &builder)
        let reconstruction = try builder.within("decoder") { (builder) throws(GraphError) in
            try builder.apply(architecture.decoder, to: code.sample)
        }
        guard reconstruction.shape == architecture.imageShape else {
            throw GraphError(
                "decoder",
                "its output \(reconstruction.shape) is not the image's shape \(architecture.imageShape)")
        }
        for value in [code.mean, code.logVariance, code.sample, reconstruction] {
            if let value { builder.output(value) }
        }
        let values = ObjectiveValues(image: image, code: code, reconstruction: reconstruction)
        takesLogits = objective?.likelihood.kind.takesLogits ?? false
        terms = try objective?.terms(values, &builder) ?? []
        for term in terms { builder.output(term.value, seeded: true) }
        (self.image, self.code, self.reconstruction) = (image, code, reconstruction)
        graph = builder.built
    }

    /// True where nothing holds the decoder's output on one side of a number, as a ReLU or a sigmoid does.
    package var endsUnlimited: Bool { graph.isUnlimited(reconstruction) }

    /// What each term counts.
    /// - Parameter factor: The part of the warm-up that is done: 1 once it is over.
    package func weights(warmUp factor: Double) -> [Double] {
        terms.map { $0.warmsUp ? $0.weight * factor : $0.weight }
    }
}

extension Program.Code {
    /// Dense layers from the features to μ and log σ², and z = μ + σ · ε; or the first alone.
    fileprivate init(
        of features: Graph.Value, _ architecture: Architecture, _ builder: inout GraphBuilder
    ) throws(GraphError) {
        func head(_ name: String) throws(GraphError) -> Graph.Value {
            try builder.within(name) { (builder) throws(GraphError) in
                try builder.apply([.dense(architecture.latent)], to: features)
            }
        }
        mean = try head("mean")
        guard architecture.isVariational else {
            (logVariance, epsilon) = (nil, nil)
            sample = try builder.apply(AnyOp(Reparameterize()), [mean], layer: "z")
            return
        }
        let logVariance = try head("log_variance")
        let sigma = try builder.apply(AnyOp(StandardDeviation()), [logVariance], layer: "sigma")
        let epsilon = try builder.input("epsilon", [architecture.latent], needsGradient: false)
        (self.logVariance, self.epsilon) = (logVariance, epsilon)
        sample = try builder.apply(AnyOp(Reparameterize()), [mean, sigma, epsilon], layer: "z")
    }
}
