import Graphs
import Models
import Ops
import Tensors

/// Every parameter of a model in each layout.
///
/// For PyTorch an image is flattened channel by channel, as `nn.Flatten` does, where only dense layers see the order, by
/// way of activations, dropouts and layer norms at most: their weights are then in that order, and so are those of a
/// dense layer before a reshape to an image. Where something else reads the flat values, their order stays ours, and a
/// PyTorch model has to flatten pixel by pixel (`flattensPixels`).
package struct ModelLayout: Sendable {
    /// One parameter of a model.
    package struct Weight: Hashable, Sendable {
        /// As our files have it.
        package let parameter: Parameter
        /// The kind's row in the table.
        package let row: ParameterLayoutRow
        /// Of its axes of flat values, those in PyTorch's order; our numbers of axes.
        package fileprivate(set) var flattened: [Int: FlattenOrder] = [:]

        /// Its name in a file.
        package func name(in layout: WeightLayout) -> String {
            guard layout != .ours else { return parameter.name }
            let path = parameter.name.split(separator: "/").dropLast()
            // The code's layers are the encoder's there; each is alone, and its own name says nothing more.
            let isHead = ["mean", "log_variance"].contains(path[0])
            let part = isHead ? "encoder" : path[0]
            let layer = isHead ? String(path[0]) : path.dropFirst().joined(separator: "_")
            return [String(part), layer, row.name(in: layout)].filter { !$0.isEmpty }
                .joined(separator: layout == .keras ? "/" : ".")
        }

        /// Its shape in a file.
        package func shape(in layout: WeightLayout) -> Shape { row.shape(parameter.shape, in: layout) }

        /// A tensor of ours as a layout has it.
        package func tensor(_ tensor: Tensor, in layout: WeightLayout) -> Tensor {
            var tensor = tensor
            if layout == .pytorch { for (axis, order) in flattened { tensor = tensor.taking(order.ours, axis: axis) } }
            return row.tensor(tensor, in: layout)
        }

        /// A layout's tensor as ours.
        package func ours(_ tensor: Tensor, from layout: WeightLayout) -> Tensor {
            var tensor = row.ours(tensor, from: layout)
            if layout == .pytorch {
                for (axis, order) in flattened { tensor = tensor.taking(order.pytorch, axis: axis) }
            }
            return tensor
        }
    }

    /// An axis of a parameter of this name.
    private struct Axis {
        let parameter: String
        let number: Int

        init(_ parameter: String, _ number: Int) { (self.parameter, self.number) = (parameter, number) }

        static func ofNorm(_ node: Graph.Node) -> [Axis] {
            node.parameters.map { Axis("\(node.layer)/\($0.name)", 0) }
        }
    }

    /// In the order of our files.
    package private(set) var weights: [Weight] = []
    /// Flattenings and reshapes between an image and flat values that keep our order, pixel by pixel, by node name.
    package private(set) var flattensPixels: Set<String> = []

    /// The layout of a model's graph, with the objective's parameters where the graph has one.
    package init(_ graph: Graph) {
        var flattened: [String: [Int: FlattenOrder]] = [:]
        let readers = Dictionary(grouping: graph.nodes.flatMap { node in node.inputs.map { ($0, node) } }) { $0.0 }
            .mapValues { $0.map { $0.1 } }
        let makers = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.output, $0) })

        /// Who knows the order of a flat value that was an image: parameters' axes; nil where others see it too.
        func below(_ flat: Graph.Value) -> [Axis]? {
            var (axes, open): ([Axis], [Graph.Value]) = ([], [flat])
            while let value = open.popLast() {
                guard !graph.outputs.contains(value), let nodes = readers[value] else { return nil }
                for node in nodes {
                    if node.op.unwrap(Dense.self) != nil {
                        axes.append(Axis("\(node.layer)/kernel", 0))
                    } else if Self.keepsOrder(node) {
                        axes += Axis.ofNorm(node)
                        open.append(node.output)
                    } else {
                        return nil
                    }
                }
            }
            return axes
        }

        /// The same of a flat value that becomes an image.
        func above(_ flat: Graph.Value) -> [Axis]? {
            var (axes, value): ([Axis], Graph.Value) = ([], flat)
            while !graph.outputs.contains(value), readers[value]?.count == 1, let node = makers[value] {
                if node.op.unwrap(Dense.self) != nil {
                    return axes + [Axis("\(node.layer)/kernel", 1), Axis("\(node.layer)/bias", 0)]
                }
                guard Self.keepsOrder(node) else { return nil }
                axes += Axis.ofNorm(node)
                value = node.inputs[0]
            }
            return nil
        }

        for node in graph.nodes where node.op.isAlias {
            let (from, to) = (node.inputs[0].shape, node.output.shape)
            let order: FlattenOrder?
            let axes: [Axis]?
            switch (from.rank, to.rank) {
            case (3, 1): (order, axes) = (FlattenOrder(from), below(node.output))
            case (1, 3): (order, axes) = (FlattenOrder(to), above(node.inputs[0]))
            default: continue
            }
            guard let order else { continue }
            guard let axes else {
                flattensPixels.insert(node.name)
                continue
            }
            for axis in axes { flattened[axis.parameter, default: [:]][axis.number] = order }
        }

        let kinds = Dictionary(
            graph.nodes.flatMap { node in node.parameters.map { ("\(node.layer)/\($0.name)", (node.op.kind, $0.name)) }
            }
        ) { first, _ in first }
        weights = graph.parameterLayout.parameters.map { parameter in
            let (kind, name) = kinds[parameter.name]!
            guard let row = ParameterLayoutRow.of(op: kind, parameter: name) else {
                fatalError("\(kind) has no row for \(name) in ParameterLayoutRow.all")
            }
            return Weight(parameter: parameter, row: row, flattened: flattened[parameter.name] ?? [:])
        }
    }

    /// Whether a node takes each flat value by itself, or all of them alike whatever their order.
    private static func keepsOrder(_ node: Graph.Node) -> Bool {
        node.op.unwrap(Activation.self) != nil || node.op.unwrap(Dropout.self) != nil
            || node.op.unwrap(LayerNorm.self) != nil
    }
}
