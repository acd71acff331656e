import Graphs
import Tensors

/// One row of a model summary.
public struct LayerSummary: Hashable, Sendable {
    /// Its automatic name: `conv2d_1`; a path inside a residual block.
    public let name: String
    /// Its type, as Keras names it: `Conv2D`.
    public let type: String
    /// Its output's shape, without the batch.
    public let outputShape: Shape
    /// Trainable values.
    public let parameters: Int

    /// A row from its parts.
    package init(name: String, type: String, outputShape: Shape, parameters: Int) {
        self.name = name
        self.type = type
        self.outputShape = outputShape
        self.parameters = parameters
    }
}

extension Program {
    /// The dense layers of the code: `mean`, and `log_variance` where there is one.
    package var heads: [LayerSummary] {
        ["mean", "log_variance"].flatMap { part in
            layers(of: part).map {
                LayerSummary(name: part, type: $0.type, outputShape: $0.outputShape, parameters: $0.parameters)
            }
        }
    }

    /// The layers of a part of the model, `encoder` or `decoder`, in order.
    public func layers(of part: String) -> [LayerSummary] {
        var rows: [LayerSummary] = []
        let prefix = part + "/"
        var open: (layer: String, nodes: [Graph.Node])?
        func close() {
            guard let (layer, nodes) = open else { return }
            rows.append(
                LayerSummary(
                    name: String(layer.dropFirst(prefix.count)),
                    type: nodes[0].op.title, outputShape: nodes[nodes.count - 1].output.shape,
                    parameters: nodes.reduce(0) { sum, node in
                        sum + node.parameters.reduce(0) { $0 + $1.shape.count }
                    }))
        }
        for node in graph.nodes where node.layer.hasPrefix(prefix) {
            if open?.layer == node.layer {
                open?.nodes.append(node)
            } else {
                close()
                open = (node.layer, [node])
            }
        }
        close()
        return rows
    }
}
