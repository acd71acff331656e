import Graphs
import Settings
import Tensors

/// ½ Σ x² of a value: what keeps the codes of a deterministic autoencoder small.
/// - SeeAlso: Ghosh et al. 2020, "From variational to deterministic autoencoders", section 3, arXiv:1903.12436.
public struct HalfSquaredNorm: Op {
    package static let kind = "half_squared_norm"

    /// It has no settings.
    public init() {}

    package var title: String { "HalfSquaredNorm" }
    package var summary: String { "Half the sum of all values' squares." }
    package var backwardReads: BackwardReads { .inputs }
    package var cases: [OpCase] { [OpCase(self, [2]), OpCase(self, [3, 5, 2])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape { [1] }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64([1], [inputs[0].values.reduce(0) { $0 + $1 * $1 / 2 }])
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { HalfSquaredNormStep(site) }
}

final class HalfSquaredNormStep: Step {
    let layers: [String]
    private let input, output: Slot
    private let write: GradientWrite

    init(_ site: Site) {
        layers = site.layers
        (input, output, write) = (site.input, site.output, site.gradients[0])
    }

    func forward(_ lane: Lane) {
        let (values, count) = (input.values(lane), input.count)
        for image in 0..<lane.images {
            let squares = (image * count..<(image + 1) * count).reduce(0.0) { $0 + Double(values[$1] * values[$1]) }
            output.values(lane)[image] = Float(squares / 2)
        }
    }

    func backward(_ lane: Lane) {
        guard write != .none, let to = input.gradients(lane), let slope = output.gradients(lane) else { return }
        let values = input.values(lane)
        for i in 0..<lane.images * input.count {
            let own = slope[i / input.count] * values[i]
            to[i] = write == .add ? to[i] + own : own
        }
    }
}
