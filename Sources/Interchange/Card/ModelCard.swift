import Formats
import Graphs
import Models
import Tensors
import Training

/// What somebody reads first who is given an exported model: Markdown with Hugging Face's front matter.
///
/// No path of this machine and no time stand in it, so that the same export is the same bytes. Users' own words are
/// shown as they are, whatever Markdown or HTML would take them for, and the front matter holds none.
package struct ModelCard: Sendable {
    /// How the weights came to be: rows of words.
    package struct Training: Sendable {
        /// A name and what it was, in order.
        package var settings: [(name: String, value: String)]
        /// Means over images by their names in metrics, after the last whole epoch that the weights have seen.
        package var losses: [(name: String, training: String?, validation: String?)]
        /// How the losses were measured, in sentences.
        package var lossProtocol: String

        package init(
            settings: [(name: String, value: String)],
            losses: [(name: String, training: String?, validation: String?)], lossProtocol: String
        ) {
            (self.settings, self.losses, self.lossProtocol) = (settings, losses, lossProtocol)
        }
    }

    let model: ModelFile
    let example: LoadingExample
    let files: [ExportedFile]
    let training: Training?

    /// - Parameters:
    ///   - model: What is exported.
    ///   - example: How the files are read.
    ///   - files: What is given away beside the card.
    ///   - training: Nil where nobody knows it, as of a model's file.
    package init(of model: ModelFile, _ example: LoadingExample, files: [ExportedFile], training: Training?) {
        (self.model, self.example, self.files, self.training) = (model, example, files, training)
    }

    /// The card as a file of the export, `README.md` in a folder.
    package var file: ExportedFile { get throws(GraphError) { ExportedFile(name: "README.md", text: try text) } }

    private var text: String {
        get throws(GraphError) {
            let program = try model.architecture.program()
            let sections = [
                frontMatter, "# \(Self.plain(model.architecture.name))", subject,
                "## Files", fileTable,
                "## Reading it", example.text,
                "## Model", layerTable(program),
                "## Training", trainingText,
            ]
            return sections.joined(separator: "\n\n") + "\n"
        }
    }

    private var isVariational: Bool { model.architecture.isVariational }

    private var frontMatter: String {
        """
        ---
        \(example.library.map { "library_name: \($0)\n" } ?? "")\
        pipeline_tag: \(isVariational ? "unconditional-image-generation" : "image-feature-extraction")
        tags:
          - \(isVariational ? "variational-autoencoder" : "autoencoder")
          - image-generation
          - swift-vae
        # Under which licence you give the weights away, as Hugging Face names it:
        # license:
        ---
        """
    }

    private var subject: String {
        let (shape, latent) = (model.architecture.imageShape, model.architecture.latent)
        let kind = isVariational ? "A variational autoencoder" : "A plain autoencoder"
        let dimensions = latent == 1 ? "one dimension" : "\(latent) dimensions"
        return """
            \(kind) of \(model.parameters.layout.count) weights for images of \(shape[0]) × \(shape[1]) pixels with \
            \(shape[2] == 1 ? "one channel" : "\(shape[2]) channels"), which it turns into codes of \(dimensions) and \
            back. Made by swift-vae.
            """
    }

    private var fileTable: String {
        Self.table(
            ["file", "bytes", "SHA-256"],
            files.map { ["`\($0.name)`", "\($0.bytes.count)", "`\(SHA256.hex(of: $0.bytes))`"] })
            + "\n\nAll weights as little-endian Float32, one after the other in this program's order, have the SHA-256 "
            + "`\(model.weightsHash)`."
    }

    private func layerTable(_ program: Program) -> String {
        func rows(_ part: String, _ layers: [LayerSummary]) -> [[String]] {
            layers.map { [part, "\($0.name) (\($0.type))", "\($0.outputShape)", "\($0.parameters)"] }
        }
        return Self.table(
            ["part", "layer", "output", "weights"],
            rows("encoder", program.layers(of: "encoder")) + rows("code", program.heads)
                + rows("decoder", program.layers(of: "decoder")))
            + "\n\nLikelihood: \(Self.plain("\(model.likelihood)")). Shapes are [height, width, channels] or [values]."
    }

    private var trainingText: String {
        guard let training else { return "The file that was exported does not say how its weights came to be." }
        let settings = Self.table(["setting", "value"], training.settings.map { [$0.name, Self.plain($0.value)] })
        guard !training.losses.isEmpty else { return settings + "\n\n" + Self.plain(training.lossProtocol) }
        let losses = Self.table(
            ["loss", "training", "validation"],
            training.losses.map { [Self.plain($0.name), $0.training ?? "", $0.validation ?? ""] })
        return [settings, losses, Self.plain(training.lossProtocol)].joined(separator: "\n\n")
    }
}

// MARK: - Markdown

extension ModelCard {
    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        ([header, header.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }

    /// Words as Markdown shows them letter by letter, on one line.
    static func plain(_ words: String) -> String {
        printable(words, limit: 300).unicodeScalars.map { scalar in
            switch scalar {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\\", "`", "*", "_", "[", "]", "#", "|", "~", "!", "$": "\\\(scalar)"
            default: String(scalar)
            }
        }.joined()
    }
}
