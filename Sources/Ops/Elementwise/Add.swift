import Graphs
import Settings
import Tensors

/// The sum of several values of one shape: where a shortcut comes back.
public struct Add: Op {
    package static let kind = "add"

    /// It has no settings.
    public init() {}

    package var title: String { "Add" }
    package var summary: String { "The sum of values of one shape." }
    package var backwardReads: BackwardReads { .nothing }
    package var arity: ClosedRange<Int> { 2...64 }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] { [OpCase(self, [3, 2, 5], [3, 2, 5]), OpCase(self, [17], [17], [17])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try requireOneShape(inputs, name)
        return inputs[0]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        var sum = inputs[0]
        for other in inputs.dropFirst() { for i in sum.values.indices { sum.values[i] += other.values[i] } }
        return sum
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { AddStep(site) }
}

func requireOneShape(_ inputs: [Shape], _ op: String) throws(GraphError) {
    try GraphError.require(
        inputs.allSatisfy { $0 == inputs[0] }, op,
        "takes values of one shape, not \(inputs.map { $0.description }.joined(separator: " and "))")
}

/// A sum with the activation behind it, where there is one.
final class AddStep: Step {
    let layers: [String]
    private let inputs: [Slot]
    private let output: Slot
    private let gradients: [GradientWrite]
    private let activation: Activation?

    init(_ site: Site) {
        layers = site.layers
        (inputs, output, gradients) = (site.inputs, site.output, site.gradients)
        activation = site.nodes.last!.op.unwrap(Activation.self)
    }

    func forward(_ lane: Lane) {
        let (sum, count) = (output.values(lane), lane.images * output.count)
        Kernels.shared.add(inputs[0].values(lane), and: inputs[1].values(lane), into: sum, count: count)
        for input in inputs.dropFirst(2) { Kernels.shared.add(input.values(lane), to: sum, count: count) }
        activation?.apply(sum, rows: 1, channels: count)
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        let count = lane.images * output.count
        activation?.backward(dOutput, output: output.values(lane), count: count)
        for (input, write) in zip(inputs, gradients) {
            guard write != .none, let dInput = input.gradients(lane) else { continue }
            if write == .add {
                Kernels.shared.add(dOutput, to: dInput, count: count)
            } else {
                dInput.update(from: dOutput, count: count)
            }
        }
    }
}

/// The product of two values of one shape, value by value: a gate.
public struct Multiply: Op {
    package static let kind = "multiply"

    /// It has no settings.
    public init() {}

    package var title: String { "Multiply" }
    package var summary: String { "The product of two values of one shape, value by value." }
    package var backwardReads: BackwardReads { .inputs }
    package var arity: ClosedRange<Int> { 2...2 }
    package var cases: [OpCase] { [OpCase(self, [3, 2, 5], [3, 2, 5]), OpCase(self, [33], [33])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try requireOneShape(inputs, name)
        return inputs[0]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64(inputs[0].shape, zip(inputs[0].values, inputs[1].values).map { $0 * $1 })
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { MultiplyStep(site) }
}

final class MultiplyStep: Step {
    let layers: [String]
    private let inputs: [Slot]
    private let output: Slot
    private let gradients: [GradientWrite]

    init(_ site: Site) {
        layers = site.layers
        (inputs, output, gradients) = (site.inputs, site.output, site.gradients)
    }

    func forward(_ lane: Lane) {
        Kernels.shared.multiply(
            inputs[0].values(lane), by: inputs[1].values(lane), into: output.values(lane),
            count: lane.images * output.count, adding: false)
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        for (input, other) in [(0, 1), (1, 0)] {
            guard gradients[input] != .none, let dInput = inputs[input].gradients(lane) else { continue }
            Kernels.shared.multiply(
                dOutput, by: inputs[other].values(lane), into: dInput, count: lane.images * output.count,
                adding: gradients[input] == .add)
        }
    }
}

extension Pattern {
    static let sums: [Pattern] = [
        Pattern(
            "add + activation", [Add.kind, Activation.kind],
            fits: { $0.op(1, Activation.self).isInPlace($0.options) }, backwardReads: .output,
            compile: { site, _ in AddStep(site) })
    ]
}
