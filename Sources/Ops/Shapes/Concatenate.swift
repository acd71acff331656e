import Graphs
import Settings
import Tensors

/// Values side by side along the last axis: the channels of images of one size, or flat values.
public struct Concatenate: Op {
    package static let kind = "concatenate"

    /// It has no settings.
    public init() {}

    package var title: String { "Concatenate" }
    package var summary: String { "The channels of several values side by side." }
    package var backwardReads: BackwardReads { .nothing }
    package var arity: ClosedRange<Int> { 2...64 }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] {
        [OpCase(self, [3, 2, 5], [3, 2, 17]), OpCase(self, [4], [1], [20])]
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let first = inputs[0]
        try GraphError.require(
            first.rank > 0
                && inputs.allSatisfy {
                    $0.rank == first.rank && $0.dimensions.dropLast() == first.dimensions.dropLast()
                },
            name,
            "takes values that differ in their last axis alone, not \(inputs.map { $0.description }.joined(separator: " and "))"
        )
        return Shape(first.dimensions.dropLast() + [inputs.reduce(0) { $0 + $1[$1.rank - 1] }])
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let rows = inputs[0].shape.count / inputs[0].shape[inputs[0].shape.rank - 1]
        let values = (0..<rows).flatMap { row in
            inputs.flatMap { input in
                let channels = input.shape[input.shape.rank - 1]
                return input.values[row * channels..<(row + 1) * channels]
            }
        }
        let shapes = inputs.map { $0.shape }
        return Array64(
            Shape(shapes[0].dimensions.dropLast() + [shapes.reduce(0) { $0 + $1[$1.rank - 1] }]), values)
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { ConcatenateStep(site) }
}

/// Values side by side, with the activation behind them, where there is one.
final class ConcatenateStep: Step {
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

    /// Calls with each input's number, its channels, and its first channel among all.
    private func eachPart(_ body: (_ input: Int, _ channels: Int, _ first: Int) -> Void) {
        var first = 0
        for (number, input) in inputs.enumerated() {
            let channels = input.shape[input.shape.rank - 1]
            body(number, channels, first)
            first += channels
        }
    }

    private var allChannels: Int { output.shape[output.shape.rank - 1] }

    func forward(_ lane: Lane) {
        let rows = lane.images * output.count / allChannels
        eachPart { number, channels, first in
            Kernels.shared.copyRows(
                into: output.values(lane) + first, from: inputs[number].values(lane), rows: rows, channels: channels,
                stride: allChannels, inputStride: channels, adding: false)
        }
        activation?.apply(output.values(lane), rows: 1, channels: lane.images * output.count)
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        let rows = lane.images * output.count / allChannels
        activation?.backward(dOutput, output: output.values(lane), count: lane.images * output.count)
        eachPart { number, channels, first in
            guard gradients[number] != .none, let dInput = inputs[number].gradients(lane) else { return }
            Kernels.shared.copyRows(
                into: dInput, from: dOutput + first, rows: rows, channels: channels, stride: channels,
                inputStride: allChannels, adding: gradients[number] == .add)
        }
    }
}

extension Pattern {
    /// Branches side by side and the activation behind them: it is applied in place.
    static let concatenations: [Pattern] = [
        Pattern(
            "concatenate + activation", [Concatenate.kind, Activation.kind],
            fits: { $0.op(1, Activation.self).isInPlace($0.options) }, backwardReads: .output,
            compile: { site, _ in ConcatenateStep(site) })
    ]
}
