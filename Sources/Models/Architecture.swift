import Graphs
import Tensors

/// A model as a plain value: what an execution plan is compiled from.
public struct Architecture: Hashable, Sendable {
    /// For listings: `tutorial`.
    public var name: String
    /// [height, width, channels].
    public var imageShape: Shape
    /// From an image to flat features; `mean` and `log_variance` are dense layers behind it.
    public var encoder: [Block]
    /// Dimensions of the code z.
    public var latent: Int
    /// From z, [latent], to an image.
    public var decoder: [Block]
    /// False for a plain autoencoder: no log variance, no sampling, no KL.
    public var isVariational: Bool

    /// An architecture from its parts; `graph()` checks that they fit.
    public init(
        name: String, imageShape: Shape, encoder: [Block], latent: Int, decoder: [Block], isVariational: Bool = true
    ) {
        self.name = name
        self.imageShape = imageShape
        self.encoder = encoder
        self.latent = latent
        self.decoder = decoder
        self.isVariational = isVariational
    }

    /// The same model without sampling and KL.
    public var plainAutoencoder: Architecture {
        var copy = self
        copy.isVariational = false
        return copy
    }

    /// The model as a graph with every shape checked.
    /// - Parameter objective: What is minimised, whose terms are then part of the graph; nil for the model alone.
    /// - Throws: `GraphError` naming the node that does not fit.
    public func program(_ objective: Objective? = nil) throws(GraphError) -> Program {
        try Program(self, objective)
    }
}
