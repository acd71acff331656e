import Models
import Tensors
import Training

/// How somebody reads an exported model: a few lines of Python, and what stands for what.
package struct LoadingExample: Sendable {
    private let format: ExportFormat
    private let architecture: Architecture
    private let takesLogits: Bool
    private let layout: WeightLayout
    private let imageLayout: ImageLayout

    /// - Parameters:
    ///   - layout: Names and axes of `.safetensors`.
    ///   - imageLayout: How the axes of images lie in `.onnx`.
    package init(
        _ format: ExportFormat, of model: ModelFile, layout: WeightLayout, imageLayout: ImageLayout
    ) {
        (self.format, architecture, takesLogits) = (format, model.architecture, model.likelihood.kind.takesLogits)
        (self.layout, self.imageLayout) = (layout, imageLayout)
    }

    /// As Hugging Face names the library; nil where it names none.
    var library: String? {
        switch format {
        case .onnx: "onnx"
        case .keras: "keras"
        case .pytorch, .safetensors: nil
        }
    }

    /// Markdown.
    var text: String { "```python\n\(python)\n```\n\n\(words)" }

    private var python: String {
        switch format {
        case .onnx: onnxruntime
        case .pytorch:
            """
            import torch
            from model import load  # model.py of this folder

            model = load()
            with torch.no_grad():
                pictures = model.decode(torch.randn(16, \(architecture.latent)))  # \(images(.nchw))
                \(code) = model.encode(pictures)
            """
        case .keras:
            """
            import keras
            from model import load  # model.py of this folder

            model = load()
            pictures = model.decode(keras.random.normal((16, \(architecture.latent))))  # \(images(.nhwc))
            \(code) = model.encode(pictures)
            """
        case .safetensors:
            """
            from safetensors.numpy import load_file

            weights = load_file("weights.safetensors")
            """
        }
    }

    private var onnxruntime: String {
        let outputs = isVariational ? "[\"mean\", \"log_variance\"]" : "[\"code\"]"
        return """
            import numpy as np
            import onnxruntime

            decoder = onnxruntime.InferenceSession("decoder.onnx")
            z = np.random.default_rng(0).standard_normal((16, \(architecture.latent)), dtype=np.float32)
            pictures = decoder.run(["image"], {"z": z})[0]  # \(images(imageLayout))

            encoder = onnxruntime.InferenceSession("encoder.onnx")
            \(code)\(isVariational ? "" : ",") = encoder.run(\(outputs), {"image": pictures})
            """
    }

    private var words: String {
        if format == .safetensors {
            return switch layout {
            case .ours: "Names and axes are swift-vae's, which reads the whole model from this file."
            case .keras: "Names and axes are Keras's."
            case .pytorch: "Names and axes are PyTorch's."
            }
        }
        var sentences = ["Pixels are float32 from 0 to 1, in a batch of any size."]
        if format == .onnx, isVariational {
            sentences.append("No noise is drawn inside: a sample is `mean + exp(log_variance / 2) * noise`.")
        }
        if format == .onnx, takesLogits {
            sentences.append("The decoder's second output, `logits`, is what likelihoods are computed from.")
        }
        return sentences.joined(separator: " ")
    }

    private var isVariational: Bool { architecture.isVariational }
    private var code: String { isVariational ? "mean, log_variance" : "code" }

    /// The shape of images in a comment.
    private func images(_ layout: ImageLayout) -> String {
        let shape = architecture.imageShape
        return layout == .nhwc
            ? "[16, \(shape[0]), \(shape[1]), \(shape[2])]" : "[16, \(shape[2]), \(shape[0]), \(shape[1])]"
    }
}
