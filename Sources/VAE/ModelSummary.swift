import Graphs
import Models
import Tensors

extension Architecture {
    /// Every layer with its output's shape and its parameters, as Keras prints it.
    /// - Throws: `GraphError` naming the layer that does not fit.
    public func summary() throws(GraphError) -> ModelSummary {
        ModelSummary(try program(), name: name)
    }
}

/// A model's layers, shapes and parameters as tables.
public struct ModelSummary: Hashable, Sendable, CustomStringConvertible {
    /// One network of the model.
    public struct Part: Hashable, Sendable {
        /// "encoder" or "decoder".
        public let name: String
        /// The input first.
        public let layers: [LayerSummary]
        /// Trainable values.
        public let parameters: Int

        init(name: String, layers: [LayerSummary]) {
            self.name = name
            self.layers = layers
            parameters = layers.reduce(0) { $0 + $1.parameters }
        }
    }

    /// The architecture's name.
    public let name: String
    /// The encoder, the code's dense layers among it, and the decoder.
    public let parts: [Part]
    /// Trainable values of the whole model; a learned variance of the likelihood would be one more.
    public let parameters: Int

    init(_ model: Program, name: String) {
        self.name = name
        func input(_ shape: Shape) -> LayerSummary {
            LayerSummary(name: "input", type: "Input", outputShape: shape, parameters: 0)
        }
        parts = [
            Part(
                name: "encoder",
                layers: [input(model.image.shape)] + model.layers(of: "encoder") + model.heads),
            Part(name: "decoder", layers: [input(model.code.sample.shape)] + model.layers(of: "decoder")),
        ]
        parameters = parts.reduce(0) { $0 + $1.parameters }
    }

    /// The tables, ready to be printed, without a line break at the end.
    public var description: String {
        let header = ["Layer (type)", "Output Shape", "Param #"]
        let tables = parts.map { part in
            part.layers.map { ["\($0.name) (\($0.type))", "\($0.outputShape)", grouped($0.parameters)] }
        }
        let widths = (0..<3).map { column in
            (tables.flatMap { $0 } + [header]).map { $0[column].count }.max() ?? 0
        }
        func line(_ row: [String]) -> String {
            let left = zip(row, widths).dropLast().map { $0 + spaces($1 - $0.count) }
            return (left + [spaces(widths[2] - row[2].count) + row[2]]).joined(separator: "  ")
        }
        let rule = String(repeating: "─", count: widths.reduce(4, +))
        let lines = zip(parts, tables).flatMap { part, rows in
            ["\(name) \(part.name)", rule, line(header), rule] + rows.map(line)
                + [rule, line(["\(part.name), total", "", grouped(part.parameters)]), ""]
        }
        return (lines + ["Total parameters: \(grouped(parameters))"]).joined(separator: "\n")
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }
}
