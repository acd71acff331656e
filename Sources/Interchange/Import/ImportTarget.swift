import Graphs
import Models
import Ops
import Tensors

/// A layer of ours that wants weights.
struct ImportTarget {
    /// Where in a model it is, in the order in which models run.
    enum Part: Int {
        case encoder, mean, logVariance, decoder
    }

    /// As people name it: `encoder/conv2d`, `mean`.
    let name: String
    let part: Part
    /// The op's name: `conv2d`.
    let kind: String
    /// Its parameters, in the order of our files.
    fileprivate(set) var weights: [ModelLayout.Weight]
    /// The node that has the parameters.
    let node: Graph.Node

    /// All layers with weights, in the order of a model's graph.
    static func all(of program: Program) -> [ImportTarget] {
        let nodes = Dictionary(program.graph.nodes.map { ($0.layer, $0) }) { first, _ in first }
        var targets: [ImportTarget] = []
        for weight in ModelLayout(program.graph).weights {
            let path = weight.parameter.name.split(separator: "/").dropLast()
            // A head is alone in its part, and its own name says nothing more.
            let isHead = path.count == 2 && ["mean", "log_variance"].contains(path[0])
            let name =
                isHead ? String(path[0]) : "\(path[0])/\(path.dropFirst().joined(separator: "_"))"
            if targets.last?.name == name {
                targets[targets.count - 1].weights.append(weight)
                continue
            }
            let layer = weight.parameter.name.split(separator: "/").dropLast().joined(separator: "/")
            let part: Part =
                switch weight.parameter.name.split(separator: "/").first {
                case "encoder": .encoder
                case "mean": .mean
                case "log_variance": .logVariance
                default: .decoder
                }
            targets.append(
                ImportTarget(name: name, part: part, kind: weight.row.op, weights: [weight], node: nodes[layer]!))
        }
        return targets
    }

    /// What a parameter of ours is in files of other libraries.
    static func role(of weight: ModelLayout.Weight) -> ForeignWeights.Role? {
        ForeignWeights.Role(rawValue: weight.row.ours)
    }

    /// Whether a layer has this one's kind, variables and shapes; a bias may be missing, since it is then 0.
    func fits(_ layer: ForeignWeights.Layer, _ layout: WeightLayout) -> Bool {
        guard !layer.isBatchNorm, layer.kind ?? kind == kind else { return false }
        let roles = weights.compactMap(Self.role)
        return layer.variables.keys.allSatisfy(roles.contains)
            && weights.allSatisfy { weight in
                guard let role = Self.role(of: weight) else { return false }
                guard let variable = layer.variables[role] else { return role == .bias }
                return variable.shape == weight.shape(in: layout).dimensions
            }
    }

    /// Whether a layer may be in this one's part of a model.
    func isBeside(_ layer: ForeignWeights.Layer) -> Bool {
        switch layer.part {
        case nil: true
        case .encoder?: part != .decoder
        case .decoder?: part == .decoder
        }
    }

    /// Whether factors and shifts of channels can be multiplied into it: it has a bias, and each output sees all inputs.
    var takesScaling: Bool {
        guard weights.count == 2, Self.role(of: weights[1]) == .bias else { return false }
        let (kernel, bias) = (weights[0].parameter.shape, weights[1].parameter.shape)
        let isTransposed = kind == "conv2d_transpose"
        let axes = (inputs: kernel.rank - (isTransposed ? 1 : 2), outputs: kernel.rank - (isTransposed ? 2 : 1))
        return kernel[axes.outputs] == bias.count && kernel[axes.inputs] == node.inputs[0].shape.dimensions.last
    }

    /// For people: `kernel [3, 3, 1, 32], bias [32]`.
    func words(_ layout: WeightLayout) -> String {
        weights.map { "\($0.row.name(in: layout)) \($0.shape(in: layout).dimensions)" }.joined(separator: ", ")
    }
}

extension ForeignWeights.Layer {
    /// For people: `z_mean (kernel [16, 2], bias [2])`.
    func words(_ layout: WeightLayout) -> String {
        let parts = ForeignWeights.Role.allCases.compactMap { role in
            variables[role].map {
                "\($0.name.split { "/.".contains($0) }.last.map(String.init) ?? role.rawValue) \($0.shape)"
            }
        }
        return "\(name) (\(parts.joined(separator: ", ")))"
    }
}
