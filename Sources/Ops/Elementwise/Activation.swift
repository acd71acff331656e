import Graphs
import Settings
import Tensors

/// A function of each value by itself.
public enum ActivationFunction: String, Hashable, Sendable, CaseIterable {
    /// max(x, 0); a NaN stays one.
    case relu
    /// x, or slope · x where x is negative (Maas et al. 2013).
    case leakyRelu = "leaky_relu"
    /// x, or α (eˣ − 1) where x is negative (Clevert et al. 2015, arXiv:1511.07289).
    case elu
    /// 1.0507 x, or 1.7581 (eˣ − 1) where x is negative (Klambauer et al. 2017, arXiv:1706.02515).
    case selu
    /// x · sigmoid(x), also called swish (Elfwing et al. 2017, arXiv:1702.03118).
    case silu
    /// x · Φ(x), with the normal distribution's own Φ (Hendrycks & Gimpel 2016, arXiv:1606.08415).
    case gelu
    /// GELU by a tanh: ½x (1 + tanh(√(2/π) (x + 0.044715 x³))).
    case geluTanh = "gelu_tanh"
    /// The hyperbolic tangent.
    case tanh
    /// 1 / (1 + e⁻ˣ).
    case sigmoid
    /// log(1 + eˣ).
    case softplus

    /// All that the house says of it: a line each.
    private var row: Row {
        switch self {
        case .relu: Row(.relu, "ReLU", "max(x, 0)", .limited) { x, _ in max(x, 0) }
        case .leakyRelu:
            Row(.leaky_relu, "LeakyReLU", "x, or slope · x below 0", ("slope", 0.01, 0...0.999999)) { max($0, $0 * $1) }
        case .elu:
            Row(.elu, "ELU", "x, or alpha · (eˣ − 1) below 0", ("alpha", 1, 0...1e6), .limited) {
                $0 > 0 ? $0 : $1 * DefinitionMath.exponentialMinus1($0)
            }
        case .selu:
            Row(.selu, "SELU", "1.0507 x, or 1.7581 (eˣ − 1) below 0", .limited) { x, _ in
                1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * DefinitionMath.exponentialMinus1(x))
            }
        case .silu: Row(.silu, "SiLU", "x · sigmoid(x)", .limited) { x, _ in x * DefinitionMath.sigmoid(x) }
        case .gelu: Row(.gelu, "GELU", "x · Φ(x)", .limited) { x, _ in x * DefinitionMath.normalDistribution(x) }
        case .geluTanh:
            Row(.gelu_tanh, "GELUTanh", "½x (1 + tanh(√(2/π) (x + 0.044715 x³)))", .limited) { x, _ in
                x * DefinitionMath.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))
            }
        case .tanh: Row(.tanh, "Tanh", "tanh(x)", .limited) { x, _ in DefinitionMath.hyperbolicTangent(x) }
        case .sigmoid: Row(.sigmoid, "Sigmoid", "1 / (1 + e⁻ˣ)", .limited) { x, _ in DefinitionMath.sigmoid(x) }
        case .softplus:
            Row(.softplus, "Softplus", "log(1 + eˣ)", .limited) { x, _ in
                max(x, 0) + DefinitionMath.logarithm1Plus(DefinitionMath.exponential(-abs(x)))
            }
        }
    }

    fileprivate typealias Setting = (name: String, value: Double, range: ClosedRange<Double>)

    private struct Row {
        let kernel: PointwiseFunction
        let title, formula: String
        let setting: Setting?
        let range: OutputRange
        let value: (Double, Double) -> Double

        init(
            _ kernel: PointwiseFunction, _ title: String, _ formula: String, _ setting: Setting? = nil,
            _ range: OutputRange = .all, value: @escaping (_ x: Double, _ setting: Double) -> Double
        ) {
            self.kernel = kernel
            (self.title, self.formula) = (title, formula)
            self.setting = setting
            self.range = range
            self.value = value
        }

        init(
            _ kernel: PointwiseFunction, _ title: String, _ formula: String, _ range: OutputRange,
            value: @escaping (_ x: Double, _ setting: Double) -> Double
        ) {
            self.init(kernel, title, formula, nil, range, value: value)
        }
    }

    fileprivate var setting: Setting? { row.setting }
    fileprivate var title: String { row.title }
    fileprivate var formula: String { row.formula }
    fileprivate var range: OutputRange { row.range }
    fileprivate var value: (Double, Double) -> Double { row.value }
    var kernel: PointwiseFunction { row.kernel }

    fileprivate var backwardReads: BackwardReads {
        let kernel = kernel
        return kernel.readsInput ? (kernel.readsOutput ? .inputsAndOutput : .inputs) : .output
    }
}

/// An activation function as a node.
public struct Activation: Op {
    package static let kind = "activation"
    /// Which one.
    public let function: ActivationFunction
    /// The slope of `leakyRelu`, the α of `elu`; 0 for the others, which have no setting.
    public var parameter: Double

    /// A node of this function.
    /// - Parameter parameter: Nil for the usual one.
    public init(_ function: ActivationFunction, parameter: Double? = nil) {
        self.function = function
        self.parameter = parameter ?? function.setting?.value ?? 0
    }

    package var name: String { function.rawValue }
    package var title: String { function.title }
    package var summary: String { "Of each value: \(function.formula)." }
    package var backwardReads: BackwardReads { function.backwardReads }
    package var outputRange: OutputRange { function.range }
    package var cases: [OpCase] {
        [OpCase(self, [5, 3, 7]), OpCase(self, [33])]
            + (function.setting == nil ? [] : [OpCase(Activation(function, parameter: 0.3), [20])])
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        guard let setting = function.setting else { return }
        try visit.number(
            setting.name, &parameter, setting.range,
            "a number from \(setting.range.lowerBound) to \(setting.range.upperBound)")
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let value = function.value
        return Array64(inputs[0].shape, inputs[0].values.map { value($0, parameter) })
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { ActivationStep(self, site) }

    /// Whether pooling may come before it, and the pooling kernels apply it.
    var isPooled: Bool { function == .relu }

    /// Whether a step may overwrite what it is applied to: training needs it where the gradient reads the input.
    func isInPlace(_ options: PlanOptions) -> Bool { !options.trains || !function.kernel.readsInput }

    /// In place, on rows of `channels` values.
    /// - Parameter stride: From one row to the next, in floats; nil where nothing stands between them.
    func apply(_ y: Floats, rows: Int, channels: Int, stride: Int? = nil) {
        Kernels.shared.apply(
            function.kernel, into: y, from: y, rows: rows, channels: channels, stride: stride ?? channels,
            inputStride: stride ?? channels, parameter: Float(parameter))
    }

    /// In place: `d` at the output becomes `d` at the input, by way of the output alone.
    func backward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        Kernels.shared.applyBackward(
            function.kernel, into: d, from: d, input: nil, output: output, count: count, parameter: Float(parameter),
            adding: false)
    }
}

/// An activation function that nothing before it can take in.
final class ActivationStep: Step {
    let layers: [String]
    private let activation: Activation
    private let input, output: Slot
    private let write: GradientWrite

    init(_ activation: Activation, _ site: Site) {
        layers = site.layers
        self.activation = activation
        (input, output, write) = (site.input, site.output, site.gradients[0])
    }

    func forward(_ lane: Lane) {
        Kernels.shared.apply(
            activation.function.kernel, into: output.values(lane), from: input.values(lane),
            count: lane.images * input.count, parameter: Float(activation.parameter))
    }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        Kernels.shared.applyBackward(
            activation.function.kernel, into: dInput, from: dOutput, input: input.values(lane),
            output: output.values(lane), count: lane.images * input.count, parameter: Float(activation.parameter),
            adding: write == .add)
    }
}
