import Graphs
import Settings
import Tensors

/// Normalises each group of channels over an image, then scales and shifts each channel.
///
/// y = scale · (x − mean) / √(variance + ε) + shift, mean and variance over height, width and the group's channels.
/// - SeeAlso: Wu & He 2018, arXiv:1803.08494.
public struct GroupNorm: Op {
    package static let kind = "group_norm"
    /// Parts that the channels are cut into; each is normalised by itself.
    public var groups: Int
    /// Added to the variance.
    public var epsilon: Double

    /// So many groups; PyTorch's ε.
    public init(_ groups: Int = 8, epsilon: Double = 1e-5) {
        self.groups = groups
        self.epsilon = epsilon
    }

    package var title: String { "GroupNorm" }
    package var summary: String { "Normalises groups of channels over the image, then scales and shifts each channel." }
    package var backwardReads: BackwardReads { .inputs }
    package var cases: [OpCase] {
        [
            OpCase(GroupNorm(1), [5, 3, 4]), OpCase(GroupNorm(3), [2, 7, 33]), OpCase(GroupNorm(4), [1, 1, 16]),
            OpCase(GroupNorm(8, epsilon: 1e-3), [6, 5, 64]),
        ]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.integer("groups", &groups, 1...Graph.mostWeights)
        try visit.number("epsilon", &epsilon, 1e-12...1, "a number from 1e-12 to 1")
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let channels = try GraphError.image(inputs[0], for: name).channels
        try GraphError.require(
            groups > 0 && channels % groups == 0, name,
            "\(channels) channels cannot be cut into \(groups) groups: choose a divisor")
        return inputs[0]
    }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        [ParameterDeclaration("scale", [inputs[0][2]], .ones), ParameterDeclaration("shift", [inputs[0][2]], .zeros)]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        defineNorm(inputs[0], parameters, rows: 1, groups: groups, epsilon: epsilon)
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        NormStep(rows: 1, groups: groups, epsilon: epsilon, site, memory)
    }
}

/// Normalises the last axis, each pixel by itself, then scales and shifts each channel: Keras's `LayerNormalization`.
///
/// PyTorch's `LayerNorm` over a flat layer is the same; over a whole image it is `group_norm` of one group.
/// - SeeAlso: Ba et al. 2016, arXiv:1607.06450.
public struct LayerNorm: Op {
    package static let kind = "layer_norm"
    /// Added to the variance.
    public var epsilon: Double

    /// PyTorch's ε; Keras's is 1e-3.
    public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

    package var title: String { "LayerNorm" }
    package var summary: String { "Normalises the channels of each pixel, then scales and shifts each channel." }
    package var backwardReads: BackwardReads { .inputs }
    package var cases: [OpCase] {
        [OpCase(LayerNorm(), [33]), OpCase(LayerNorm(epsilon: 1e-3), [3, 2, 20])]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.number("epsilon", &epsilon, 1e-12...1, "a number from 1e-12 to 1")
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(inputs[0].rank > 0, name, "needs an axis to normalise")
        return inputs[0]
    }

    private func channels(_ shape: Shape) -> Int { shape[shape.rank - 1] }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        let shape: Shape = [channels(inputs[0])]
        return [ParameterDeclaration("scale", shape, .ones), ParameterDeclaration("shift", shape, .zeros)]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let shape = inputs[0].shape
        return defineNorm(inputs[0], parameters, rows: shape.count / channels(shape), groups: 1, epsilon: epsilon)
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        let shape = site.input.shape
        return NormStep(rows: shape.count / channels(shape), groups: 1, epsilon: epsilon, site, memory)
    }
}

/// - Parameter rows: Parts of the image that are normalised by themselves.
private func defineNorm(
    _ x: Array64, _ parameters: [Array64], rows: Int, groups: Int, epsilon: Double
) -> Array64 {
    let (scale, shift) = (parameters[0].values, parameters[1].values)
    let (channels, row) = (scale.count, x.values.count / rows)
    var y = x
    for part in 0..<rows {
        for group in 0..<groups {
            let places = (part * row..<(part + 1) * row).filter { $0 % channels * groups / channels == group }
            let mean = places.reduce(0) { $0 + x.values[$1] } / Double(places.count)
            let variance =
                places.reduce(0) { $0 + (x.values[$1] - mean) * (x.values[$1] - mean) } / Double(places.count)
            for i in places {
                let c = i % channels
                y.values[i] = scale[c] * (x.values[i] - mean) / (variance + epsilon).squareRoot() + shift[c]
            }
        }
    }
    return y
}

/// A normalisation with the activation behind it, where there is one.
final class NormStep: Step {
    let layers: [String]
    /// Parts of an image that are normalised by themselves.
    private let rows: Int
    private let channels, groups: Int
    private let epsilon: Float
    private let activation: Activation?
    private let input, output: Slot
    private let write: GradientWrite
    private let scale, shift: Parameter
    private let statistics: Int

    init(rows: Int, groups: Int, epsilon: Double, _ site: Site, _ memory: MemoryPlan) {
        layers = site.layers
        (input, output, write) = (site.input, site.output, site.gradients[0])
        (self.rows, self.groups, self.epsilon) = (rows, groups, Float(epsilon))
        activation = site.nodes.last!.op.unwrap(Activation.self)
        scale = memory.parameter("scale", of: site.nodes[0])!
        shift = memory.parameter("shift", of: site.nodes[0])!
        channels = scale.shape.count
        statistics = memory.allocate(
            memory.options.microBatch * rows * GroupNormalization.statisticsCount(groups: groups))
        memory.allocateScratch(GroupNormalization.scratchCount(channels: channels))
    }

    private func norm(_ lane: Lane) -> GroupNormalization {
        GroupNormalization(
            pixels: input.count / rows / channels, channels: channels, groups: groups, epsilon: epsilon,
            scale: lane.parameters + scale.offset, shift: lane.parameters + shift.offset,
            function: activation?.function.kernel, parameter: Float(activation?.parameter ?? 0))
    }

    /// Calls with each part's place among the values, and where its statistics stand.
    private func eachRow(_ lane: Lane, _ body: (_ place: Int, _ statistics: Floats) -> Void) {
        let (size, count) = (input.count / rows, GroupNormalization.statisticsCount(groups: groups))
        for row in 0..<lane.images * rows { body(row * size, lane.arena + statistics + row * count) }
    }

    func forward(_ lane: Lane) {
        let (norm, x, y) = (norm(lane), input.values(lane), output.values(lane))
        eachRow(lane) { place, statistics in
            Kernels.shared.groupStatistics(into: statistics, of: x + place, norm, scratch: lane.scratch)
            Kernels.shared.groupNorm(
                into: y + place, from: x + place, statistics: statistics, norm, scratch: lane.scratch)
        }
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        let (norm, x) = (norm(lane), input.values(lane))
        let dInput = write == .none ? nil : input.gradients(lane)
        eachRow(lane) { place, statistics in
            Kernels.shared.groupNormBackward(
                into: dInput.map { $0 + place }, from: dOutput + place, input: x + place, statistics: statistics, norm,
                scaleGradient: lane.gradients + scale.offset, shiftGradient: lane.gradients + shift.offset,
                addingParameters: lane.addsGradients || place > 0, adding: write == .add, scratch: lane.scratch)
        }
    }
}

extension Pattern {
    /// A normalisation and the activation behind it in one pass; the gradient computes the normalised values again.
    static let norms: [Pattern] = [
        Pattern(
            "group_norm + activation", [GroupNorm.kind, Activation.kind], backwardReads: .inputs,
            compile: { $0.op(0, GroupNorm.self).compile($0, $1) }),
        Pattern(
            "layer_norm + activation", [LayerNorm.kind, Activation.kind], backwardReads: .inputs,
            compile: { $0.op(0, LayerNorm.self).compile($0, $1) }),
    ]
}
