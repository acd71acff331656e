import Layers
import Tensors

/// A model as a plain value: what an execution plan is compiled from.
public struct Architecture: Hashable, Sendable, Codable {
    /// For listings: `tutorial`.
    public var name: String
    /// [height, width, channels].
    public var imageShape: Shape
    /// From an image to flat features; `mean` and `log_variance` are dense layers behind it.
    public var encoder: [Layer]
    /// Dimensions of the code z.
    public var latent: Int
    /// From z, [latent], to an image.
    public var decoder: [Layer]
    /// False for a plain autoencoder: no log variance, no sampling, no KL.
    public var isVariational: Bool

    /// An architecture from its parts; `networks()` checks that they fit.
    public init(
        name: String, imageShape: Shape, encoder: [Layer], latent: Int, decoder: [Layer], isVariational: Bool = true
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

    /// Encoder, code layers and decoder with every shape checked.
    /// - Throws: `LayerError` naming the layer that does not fit.
    public func networks() throws(LayerError) -> Networks {
        try Networks(self)
    }
}

/// An architecture's networks, shapes checked.
public struct Networks: Hashable, Sendable {
    /// Image → features.
    public let encoder: Network
    /// Features → mean, and log variance for a variational model: one dense layer each.
    public let mean: Network
    /// Nil for a plain autoencoder.
    public let logVariance: Network?
    /// Code → image.
    public let decoder: Network

    init(_ architecture: Architecture) throws(LayerError) {
        let head = [Layer.dense(Dense(units: architecture.latent))]
        encoder = try Network(name: "encoder", layers: architecture.encoder, inputShape: architecture.imageShape)
        mean = try Network(name: "mean", layers: head, inputShape: encoder.outputShape)
        logVariance =
            architecture.isVariational
            ? try Network(name: "log_variance", layers: head, inputShape: encoder.outputShape) : nil
        decoder = try Network(name: "decoder", layers: architecture.decoder, inputShape: [architecture.latent])
        guard decoder.outputShape == architecture.imageShape else {
            throw LayerError(
                "decoder",
                "its output \(decoder.outputShape) is not the image's shape \(architecture.imageShape)")
        }
    }

    /// The order of all parameters: encoder, mean, log variance, decoder.
    package var parameterLayout: ParameterLayout {
        var layout = ParameterLayout()
        encoder.declareParameters(in: &layout)
        mean.declareParameters(in: &layout)
        logVariance?.declareParameters(in: &layout)
        decoder.declareParameters(in: &layout)
        return layout
    }
}
