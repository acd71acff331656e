import Graphs
import Settings
import Tensors

/// Drops values while training, and scales the others so that the mean stays.
///
/// Which values are dropped is named by image and epoch, as a code's noise is: the same whatever the batch and the
/// number of threads. Outside a training it is the identity.
/// - SeeAlso: Srivastava et al. 2014, JMLR 15.
public struct Dropout: Op {
    package static let kind = "dropout"
    /// The probability that a value is dropped.
    public var rate: Double

    /// Drops so many of all values.
    public init(_ rate: Double = 0.5) { self.rate = rate }

    package var title: String { "Dropout" }
    package var summary: String { "Sets values to zero at random while training, and scales the others up." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] { [OpCase(self, [3, 2, 5])] }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.number("rate", &rate, 0...0.999, "a probability from 0 to 0.999")
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }

    /// Outside a training.
    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 { inputs[0] }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        DropoutStep(rate, number: memory.nextDropout(), site)
    }
}

final class DropoutStep: Step {
    let layers: [String]
    private let rate: Double
    /// Which of the graph's dropouts it is.
    private let number: Int
    private let input, output: Slot
    private let write: GradientWrite

    init(_ rate: Double, number: Int, _ site: Site) {
        layers = site.layers
        (self.rate, self.number) = (rate, number)
        (input, output, write) = (site.input, site.output, site.gradients[0])
    }

    func forward(_ lane: Lane) { apply(lane, input.values(lane), output.values(lane), adding: false) }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        apply(lane, dOutput, dInput, adding: write == .add)
    }

    /// The same mask forward and backward.
    private func apply(_ lane: Lane, _ from: Floats, _ to: Floats, adding: Bool) {
        for image in 0..<lane.images {
            let (from, to) = (from + image * input.count, to + image * input.count)
            if let drops = lane.drops, rate > 0 {
                drops.random.dropout(
                    into: to, from: from, count: input.count, rate: rate, epoch: drops.epoch,
                    index: drops.images[image], sample: number, adding: adding)
            } else if adding {
                Kernels.shared.add(from, to: to, count: input.count)
            } else {
                to.update(from: from, count: input.count)
            }
        }
    }
}
