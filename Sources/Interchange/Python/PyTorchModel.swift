import Graphs
import Models
import Tensors

/// A model as a Python file for PyTorch: `load()`, then `encode` and `decode`.
struct PyTorchModel {
    let architecture: Architecture
    let likelihood: Likelihood
    let program: Program
    let layers: PyTorchLayers

    /// What the file beside it is called.
    static let weightsName = "weights.safetensors"

    init(_ architecture: Architecture, _ likelihood: Likelihood, _ program: Program) {
        (self.architecture, self.likelihood, self.program) = (architecture, likelihood, program)
        layers = PyTorchLayers(flattensPixels: ModelLayout(program.graph).flattensPixels)
    }

    private var latent: Int { architecture.latent }
    private var image: String { PyTorchLayers.shape(architecture.imageShape).map { "\($0)" }.joined(separator: ", ") }

    /// The file.
    var text: String {
        ([heading] + ["", "", encoder, "", "", decoder, "", "", model, "", "", loader]).joined(separator: "\n") + "\n"
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
        Needs torch and safetensors.
        \"""

        from pathlib import Path

        import torch
        import torch.nn.functional as F
        from safetensors.torch import load_file
        from torch import nn
        """
    }

    private var encoder: String {
        let part = PartLines("encoder", of: program.graph, from: program.image, as: "image")
        let features = program.graph.maker(of: program.code.mean)!.inputShapes[0].count
        let heads = architecture.isVariational ? ["mean", "log_variance"] : ["mean"]
        let what = architecture.isVariational ? "the mean and log-variance of their codes" : "their codes"
        return class_(
            "Encoder", "Images [batch, \(image)] to \(what), [batch, \(latent)]\(heads.count == 2 ? " each" : "").",
            part, "image", declarations: heads.map { "self.\($0) = nn.Linear(\(features), \(latent))" },
            result: heads.map { "self.\($0)(\(part.output))" }.joined(separator: ", "))
    }

    private var decoder: String {
        let part = PartLines("decoder", of: program.graph, from: program.code.sample, as: "z")
        let what = likelihood.kind.takesLogits ? "the logits of images" : "images"
        return class_(
            "Decoder", "Codes [batch, \(latent)] to \(what) [batch, \(image)].", part, "z", declarations: [],
            result: part.output)
    }

    private func class_(
        _ name: String, _ words: String, _ part: PartLines, _ input: String, declarations: [String], result: String
    ) -> String {
        let made = part.lines.compactMap { line in layers.declaration(line).map { "self.\(line.name) = \($0)" } }
        let lines =
            [
                "class \(name)(nn.Module):", "    \"\"\"\(words)\"\"\"", "", "    def __init__(self):",
                "        super().__init__()",
            ] + (made + declarations).map { "        " + $0 } + ["", "    def forward(self, \(input)):"]
            + part.lines.flatMap(layers.statements).map { "        " + $0 } + ["        return \(result)"]
        return lines.joined(separator: "\n")
    }

    private var model: String {
        let sampling =
            architecture.isVariational
            ? """
                def forward(self, image):
                    mean, log_variance = self.encode(image)
                    noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
                    return self.decode(mean + torch.exp(0.5 * log_variance) * noise), mean, log_variance
            """
            : """
                def forward(self, image):
                    return self.decode(self.encode(image))
            """
        let decode =
            likelihood.kind.takesLogits
            ? """
                def logits(self, z):
                    return self.decoder(z)

                def decode(self, z):
                    return torch.sigmoid(self.logits(z))
            """
            : """
                def decode(self, z):
                    return self.decoder(z)
            """
        return """
            class VAE(nn.Module):
                \"""Encoder and decoder; calling it reconstructs images, in training from a sample of each code.\"""

                def __init__(self):
                    super().__init__()
                    self.encoder = Encoder()
                    self.decoder = Decoder()

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
            model.load_state_dict(load_file(path))
            return model.eval()
        """
    }
}

/// What every generated file says of its model.
enum ModelWords {
    static func kind(_ architecture: Architecture) -> String {
        architecture.isVariational ? "variational autoencoder" : "plain autoencoder"
    }

    /// What the decoder's output is, a line each.
    static func output(of likelihood: Likelihood, logits: String) -> String {
        likelihood.kind.takesLogits
            ? "Pictures are the sigmoid of the decoder's output, which `\(logits)` returns as it is."
            : "Pictures are the decoder's output: each pixel's mean."
    }
}
