import Formats
import Graphs
import Models
import Ops
import Tensors
import Training

/// A model's weights out of a file that another library wrote.
package struct WeightImport: Sendable {
    /// The largest file that is read, in bytes.
    package static let fileLimit = 1 << 32

    /// What the user says where a file does not.
    package struct Answers: Sendable {
        /// Layers of ours, and those of the file that they take their weights from.
        package var layers: [(ours: String, theirs: String)] = []
        /// Where batch norms stand, seen from the layer before each.
        package var batchNorm: Place?
        /// ε of batch norms; nil for the other library's default.
        package var epsilon: Double?

        package init() {}
    }

    /// Where a batch norm stands, seen from the layer before it.
    package enum Place: String, CaseIterable, Sendable {
        case beforeActivation = "before-activation"
        case afterActivation = "after-activation"
    }

    /// What the file is, for people: `Keras 3 weights, HDF5`.
    package let format: String
    /// Each layer of the model and the file's, in the model's order.
    package let layers: [(ours: String, theirs: String)]
    /// What was done that nobody asked for, a line each.
    package let remarks: [String]
    /// The model's weights.
    package let parameters: ParameterStore

    /// Reads a file's weights into a model.
    ///
    /// Values are read once all of them have a place in their shapes.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    ///   - configuration: The model, and its objective, whose own parameters keep their beginnings.
    /// - Throws: `FormatError` for a file that cannot be read, `ImportError` with everything that does not fit.
    package init(
        parsing bytes: [UInt8], source: String, into configuration: TrainingConfiguration, _ answers: Answers
    ) throws {
        let weights = try ForeignWeights(parsing: bytes, source: source)
        let program = try configuration.architecture.program()
        let targets = ImportTarget.all(of: program)
        let matching = try LayerMatching(targets, weights, answers: answers.layers, source: source)
        let folding = try BatchNormFolding(
            weights, targets, layers: matching.layers, graph: program.graph, place: answers.batchNorm, source: source)

        // The other library's default, of all its norms.
        let usual = weights.layout == .keras ? 1e-3 : 1e-5
        let epsilon = answers.epsilon ?? usual
        let layout = try configuration.layout(from: source)
        parameters = ParameterStore(layout)
        var remarks = weights.remarks
        for (place, target) in targets.enumerated() {
            let layer = weights.layers[matching.layers[place]!]
            let own = target.node.op.settings.first { $0.name == "epsilon" }?.value.number
            if let own, own != usual {
                remarks.append(
                    "\(target.name) has ε = \(own) by the recipe; \(usual) is \(weights.layout == .keras ? "Keras" : "PyTorch")'s"
                        + " default, and weights do not say it")
            }
            var tensors = try target.weights.map { weight in
                guard let variable = layer.variables[ImportTarget.role(of: weight)!] else {
                    remarks.append("\(layer.name) has no bias: 0 is taken")
                    return Tensor(weight.parameter.shape, Array(repeating: 0, count: weight.parameter.shape.count))
                }
                return weight.ours(try variable.read(), from: weights.layout)
            }
            let folds = folding.folds.filter { $0.target == place }
            if !folds.isEmpty {
                var folded = FoldedLayer(
                    kernel: tensors[0], bias: tensors[1], isTransposed: target.kind == "conv2d_transpose")
                for fold in folds {
                    let norm = weights.layers[fold.norm]
                    let vector = target.weights[fold.scalesInputs ? 0 : 1]
                    let scaling = try ChannelScaling(norm, epsilon: epsilon) { tensor in
                        Self.ours(tensor, along: vector, axis: 0, from: weights.layout)
                    }
                    fold.scalesInputs ? folded.scaleInputs(scaling) : folded.scaleOutputs(scaling)
                    remarks.append(
                        "batch norm \(norm.name) is folded into \(target.name), with ε = \(epsilon) "
                            + (fold.scalesInputs
                                ? "(behind the activation before it)" : "(before its activation, if any)"))
                }
                tensors = [
                    Tensor(tensors[0].shape, folded.kernel.map { Float($0) }),
                    Tensor(tensors[1].shape, folded.bias.map { Float($0) }),
                ]
            }
            for (weight, tensor) in zip(target.weights, tensors) {
                parameters.set(layout[weight.parameter.name]!, tensor.values)
            }
        }
        let own = layout.parameters.filter { parameter in
            !targets.contains { $0.weights.contains { $0.parameter.name == parameter.name } }
        }
        for parameter in own { remarks.append("\(parameter.name) is the objective's own, and begins anew") }
        if let parameter = parameters.firstNotFinite {
            throw ImportError(
                source: source, ["\(parameter.name): expected finite weights, found a NaN or an infinity"])
        }
        format = weights.format
        layers = zip(targets, matching.layers).map { ($0.name, weights.layers[$1!].name) }
        self.remarks = remarks
    }

    /// A batch norm's vector in the order of our flat values, where it has one value for each of them.
    private static func ours(
        _ tensor: Tensor, along weight: ModelLayout.Weight, axis: Int, from layout: WeightLayout
    ) -> Tensor {
        guard layout == .pytorch, let order = weight.flattened[axis], tensor.shape.count == order.image.count else {
            return tensor
        }
        return tensor.taking(order.pytorch, axis: 0)
    }
}
