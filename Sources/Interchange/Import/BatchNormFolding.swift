import Graphs
import Models
import Ops
import Tensors

/// What a trained batch norm does: a factor and a shift of each channel, exactly as its running statistics have it.
struct ChannelScaling {
    let factors, shifts: [Double]

    /// γ / √(σ² + ε) and β − μ γ / √(σ² + ε).
    /// - Parameter ours: Brings a vector into the order of our channels.
    init(
        _ layer: ForeignWeights.Layer, epsilon: Double, ours: (Tensor) -> Tensor
    ) throws {
        func values(_ role: ForeignWeights.Role, _ missing: Double) throws -> [Double] {
            guard let variable = layer.variables[role] else { return Array(repeating: missing, count: layer.channels) }
            return ours(try variable.read()).values.map(Double.init)
        }
        let (scale, shift) = (try values(.scale, 1), try values(.shift, 0))
        let (mean, variance) = (try values(.mean, 0), try values(.variance, 1))
        let factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
        self.factors = factors
        shifts = shift.indices.map { shift[$0] - mean[$0] * factors[$0] }
    }
}

/// A layer's kernel and bias, in our order of axes, while batch norms are multiplied into them.
struct FoldedLayer {
    private(set) var kernel, bias: [Double]
    private let shape: Shape
    private let isTransposed: Bool

    init(kernel: Tensor, bias: Tensor, isTransposed: Bool) {
        self.kernel = kernel.values.map(Double.init)
        self.bias = bias.values.map(Double.init)
        (shape, self.isTransposed) = (kernel.shape, isTransposed)
    }

    /// Behind the layer, y · factor + shift.
    ///
    /// Values of a layer that becomes an image have its channels in turn.
    mutating func scaleOutputs(_ scaling: ChannelScaling) {
        let channels = scaling.factors.count
        // A transposed kernel ends with its inputs.
        let inner = isTransposed ? shape[shape.rank - 1] : 1
        for place in kernel.indices { kernel[place] *= scaling.factors[place / inner % bias.count % channels] }
        for place in bias.indices {
            bias[place] = bias[place] * scaling.factors[place % channels] + scaling.shifts[place % channels]
        }
    }

    /// Before the layer, which sees every input in every output: x · factor + shift.
    mutating func scaleInputs(_ scaling: ChannelScaling) {
        let channels = scaling.factors.count
        let (inputs, outputs) = (shape[shape.rank - 2], shape[shape.rank - 1])
        for place in kernel.indices {
            let channel = place / outputs % inputs % channels
            bias[place % outputs] += kernel[place] * scaling.shifts[channel]
            kernel[place] *= scaling.factors[channel]
        }
    }
}

/// Where the file's batch norms go: each into the layer before it, or where it stands behind that one's activation into
/// the layer after it.
struct BatchNormFolding {
    typealias Place = WeightImport.Place

    /// A batch norm's place in the file, and that of the target among all.
    struct Fold {
        let norm, target: Int
        let scalesInputs: Bool
    }

    let folds: [Fold]

    /// - Parameter place: Where batch norms stand whose place neither names nor the model say.
    init(
        _ weights: ForeignWeights, _ targets: [ImportTarget], layers: [Int?], graph: Graph, place: Place?,
        source: String
    ) throws(ImportError) {
        var (folds, reasons, asks): ([Fold], [String], Bool) = ([], [], false)
        for norm in weights.layers.indices where weights.layers[norm].isBatchNorm {
            let layer = weights.layers[norm]
            let before =
                weights.isOrdered
                ? Self.layerBefore(norm, weights, layers)
                : Self.onlyLayerBefore(norm, weights, targets, layers)
            guard let before, Self.channels(behind: targets[before], graph).contains(layer.channels),
                layer.variables.values.allSatisfy({ $0.shape == [layer.channels] })
            else {
                reasons.append(
                    "\(layer.name): the model has no batch norm, and the file does not say which layer this one, of "
                        + "\(layer.channels) channels, stands behind: it cannot be folded into another")
                continue
            }
            guard targets[before].takesScaling else {
                reasons.append(
                    "\(layer.name): to be folded into \(targets[before].name), that layer needs a bias, and no groups")
                continue
            }
            let known = Self.place(of: layer.name, behind: weights.layers[layers[before]!].name)
            switch Self.activated(targets[before], graph) == nil ? .beforeActivation : known ?? place {
            case nil:
                reasons.append(
                    "\(layer.name): does it stand before the activation of \(targets[before].name), or after it?")
                asks = true
            case .beforeActivation?:
                folds.append(Fold(norm: norm, target: before, scalesInputs: false))
            case .afterActivation?:
                guard let after = Self.layerAfter(targets[before], targets, graph), targets[after].takesScaling else {
                    reasons.append(
                        "\(layer.name): behind the activation of \(targets[before].name) it can be folded only into a dense "
                            + "layer or a convolution without padding right after it, and there is none")
                    continue
                }
                folds.append(Fold(norm: norm, target: after, scalesInputs: true))
            }
        }
        if !reasons.isEmpty {
            let answers = Place.allCases.map { "--batch-norm \($0.rawValue)" }
            throw ImportError(source: source, reasons, answers: asks ? answers : [])
        }
        self.folds = folds
    }

    // MARK: The layer before

    /// Where layers stand in the model's order.
    private static func layerBefore(_ norm: Int, _ weights: ForeignWeights, _ layers: [Int?]) -> Int? {
        norm > 0 ? layers.firstIndex(of: norm - 1) : nil
    }

    /// Where names alone give an order: if the batch norms of a part fit its layers in order in one way only.
    private static func onlyLayerBefore(
        _ norm: Int, _ weights: ForeignWeights, _ targets: [ImportTarget], _ layers: [Int?]
    ) -> Int? {
        let part = weights.layers[norm].part
        let norms = weights.layers.indices.filter { weights.layers[$0].isBatchNorm && weights.layers[$0].part == part }
        let places = targets.indices.filter { place in
            layers[place].map { weights.layers[$0].part == part } ?? false
                && ImportTarget.role(of: targets[place].weights[0]) == .kernel
        }
        func fit(_ norms: [Int], _ places: [Int]) -> [Int: Int]? {
            var (fits, rest): ([Int: Int], [Int]) = ([:], places)
            for norm in norms {
                guard let next = rest.firstIndex(where: { outputs(of: targets[$0]) == weights.layers[norm].channels })
                else { return nil }
                fits[norm] = rest[next]
                rest.removeSubrange(...next)
            }
            return fits
        }
        guard let first = fit(norms, places), let last = fit(norms.reversed(), places.reversed()), first == last else {
            return nil
        }
        return first[norm]
    }

    /// `0` and `1` of one sequence stand next to each other; what else stands between others, names do not say.
    private static func place(of norm: String, behind layer: String) -> Place? {
        let (one, other) = (layer.split(separator: "."), norm.split(separator: "."))
        guard one.dropLast() == other.dropLast(), let first = one.last.flatMap({ Int($0) }),
            let second = other.last.flatMap({ Int($0) })
        else { return nil }
        return second == first + 1 ? .beforeActivation : nil
    }

    // MARK: The model

    private static func outputs(of target: ImportTarget) -> Int { target.node.output.shape.dimensions.last ?? 0 }

    /// The channels that a batch norm behind a layer may have: its own, or an image's that it is reshaped to.
    private static func channels(behind target: ImportTarget, _ graph: Graph) -> Set<Int> {
        var channels: Set = [outputs(of: target)]
        var value = target.node.output
        while let reader = graph.nodes.first(where: { $0.inputs.contains(value) }),
            reader.op.unwrap(Activation.self) != nil || reader.op.isAlias
        {
            value = reader.output
            channels.insert(value.shape.dimensions.last ?? 0)
        }
        return channels
    }

    /// What a layer's output is after its activation; nil where it has none.
    private static func activated(_ target: ImportTarget, _ graph: Graph) -> Graph.Value? {
        var value = target.node.output
        while let reader = graph.nodes.first(where: { $0.inputs.contains(value) }) {
            if reader.op.unwrap(Activation.self) != nil { return reader.output }
            guard reader.op.isAlias else { return nil }
            value = reader.output
        }
        return nil
    }

    /// The layer that alone sees a layer's activated output, each value of it in each of its own.
    private static func layerAfter(_ target: ImportTarget, _ targets: [ImportTarget], _ graph: Graph) -> Int? {
        guard var value = activated(target, graph) else { return nil }
        while true {
            let readers = graph.nodes.filter { $0.inputs.contains(value) }
            guard readers.count == 1 else { return nil }
            if readers[0].op.isAlias || readers[0].op.unwrap(Dropout.self) != nil {
                value = readers[0].output
                continue
            }
            let isWhole = readers[0].op.unwrap(Dense.self) != nil
            let isValid = readers[0].op.unwrap(Conv2D.self).map { $0.window.padding == .valid } ?? false
            guard isWhole || isValid else { return nil }
            return targets.firstIndex { $0.node == readers[0] }
        }
    }
}
