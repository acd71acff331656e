import Graphs
import Models
import Tensors

/// A model as a Python file for Keras 3, on any backend: `load()`, then `encode` and `decode`.
struct KerasModel {
    let architecture: Architecture
    let likelihood: Likelihood
    let encoder, decoder: PartLines

    /// What the file beside it is called.
    static let weightsName = "weights.npz"

    init(_ architecture: Architecture, _ likelihood: Likelihood, _ program: Program) {
        (self.architecture, self.likelihood) = (architecture, likelihood)
        encoder = PartLines("encoder", of: program.graph, from: program.image, as: "image")
        decoder = PartLines("decoder", of: program.graph, from: program.code.sample, as: "z")
    }

    private var latent: Int { architecture.latent }
    private var image: String { architecture.imageShape.dimensions.map { "\($0)" }.joined(separator: ", ") }

    /// The file.
    var text: String {
        ([heading] + KerasLayers.helpers(encoder.lines + decoder.lines)
            + [function(encoder: encoder), function(decoder: decoder), model, loader])
            .joined(separator: "\n\n\n") + "\n"
    }

    private var heading: String {
        """
        \"""A \(ModelWords.kind(architecture)), "\(Python.quoted(architecture.name))", with the weights that swift-vae trained.

            from model import load
            model = load()
            \(architecture.isVariational ? "mean, log_variance" : "mean") = model.encode(images)
            pictures = model.decode(mean)

        Images are float32 [batch, \(image)] with values from 0 to 1, codes [batch, \(latent)].
        \(ModelWords.output(of: likelihood, logits: "logits"))
        Needs Keras 3 with any of its backends, and NumPy.
        \"""

        from pathlib import Path

        import keras
        import numpy as np
        from keras import layers, ops
        """
    }

    private func function(encoder part: PartLines) -> String {
        let heads = architecture.isVariational ? ["mean", "log_variance"] : ["mean"]
        let what = architecture.isVariational ? "the mean and log-variance of their codes" : "their codes"
        let made = heads.map { "\($0) = layers.Dense(\(latent), name=\"\($0)\")(\(part.output))" }
        return function(
            "encoder", "Images [batch, \(image)] to \(what), [batch, \(latent)]\(heads.count == 2 ? " each" : "").",
            "image", architecture.imageShape, part, made, heads.count == 2 ? "[mean, log_variance]" : "mean")
    }

    private func function(decoder part: PartLines) -> String {
        let what = likelihood.kind.takesLogits ? "the logits of images" : "images"
        return function(
            "decoder", "Codes [batch, \(latent)] to \(what) [batch, \(image)].", "z", [latent], part, [], part.output)
    }

    private func function(
        _ name: String, _ words: String, _ input: String, _ shape: Shape, _ part: PartLines, _ more: [String],
        _ output: String
    ) -> String {
        let lines =
            ["\(input) = keras.Input(\(Python.tuple(shape.dimensions)))"]
            + part.lines.flatMap(KerasLayers.statements) + more
            + ["return keras.Model(\(input), \(output), name=\"\(name)\")"]
        return (["def build_\(name)():", "    \"\"\"\(words)\"\"\""] + lines.map { "    " + $0 }).joined(
            separator: "\n")
    }

    private var model: String {
        let sampling =
            architecture.isVariational
            ? """
                def call(self, image, training=False):
                    mean, log_variance = self.encoder(image, training=training)
                    noise = keras.random.normal(ops.shape(mean)) if training else ops.zeros_like(mean)
                    return self.decode(mean + ops.exp(0.5 * log_variance) * noise), mean, log_variance
            """
            : """
                def call(self, image, training=False):
                    return self.decode(self.encoder(image, training=training))
            """
        let decode =
            likelihood.kind.takesLogits
            ? """
                def logits(self, z):
                    return self.decoder(z)

                def decode(self, z):
                    return ops.sigmoid(self.logits(z))
            """
            : """
                def decode(self, z):
                    return self.decoder(z)
            """
        return """
            class VAE(keras.Model):
                \"""Encoder and decoder; calling it reconstructs images, in training from a sample of each code.\"""

                def __init__(self):
                    super().__init__()
                    self.encoder = build_encoder()
                    self.decoder = build_decoder()

                def encode(self, image):
                    return self.encoder(image)

            \(decode)

            \(sampling)
            """
    }

    private var loader: String {
        """
        def load(path=Path(__file__).with_name("\(Self.weightsName)")):
            \"""The trained model, ready to encode and decode.\"""
            model = VAE()
            with np.load(path) as weights:
                for part in (model.encoder, model.decoder):
                    for layer in part.layers:
                        for variable in layer.weights:
                            variable.assign(weights[f"{part.name}/{layer.name}/{variable.name}"])
            return model
        """
    }
}
