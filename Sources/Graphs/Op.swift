import Settings
import Tensors

/// One kind of node: its file says all that any other room needs to know of it.
///
/// Shapes are those of one image, without the batch: [height, width, channels], or [values].
package protocol Op: Hashable, Sendable {
    /// Tells types apart: the name of the op that all instances of one type share.
    static var kind: String { get }
    /// As files, errors and lists name it, and the stem of automatic names: `group_norm`.
    var name: String { get }
    /// As a summary shows it: `GroupNorm`; Keras's class where Keras has one.
    var title: String { get }
    /// One sentence for people.
    var summary: String { get }
    /// How many values it takes.
    var arity: ClosedRange<Int> { get }
    /// Names every setting once, and what it may be.
    mutating func settings(_ visit: SettingVisitor) throws(SettingError)
    /// What every test runs on it.
    var cases: [OpCase] { get }

    /// The output's shape for its inputs'.
    /// - Throws: `GraphError` where the op cannot take such inputs.
    func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape
    /// Parameters in order, for inputs that `outputShape` accepts.
    func parameters(_ inputs: [Shape]) -> [ParameterDeclaration]
    /// The definition, on one image: plain loops over Double, as short as can be. Tests run it, training does not.
    func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64
    /// Whether the output is linear in each of its inputs and parameters.
    var isLinear: Bool { get }
    /// What its backward pass reads of the values of its forward pass: the arena keeps them until then.
    var backwardReads: BackwardReads { get }
    /// True where the output is the input's memory under another shape: no step is compiled.
    var isAlias: Bool { get }
    /// Which numbers the output may be.
    var outputRange: OutputRange { get }
    /// Whether a layer of it may name an activation function as one of its settings.
    var takesActivation: Bool { get }
    /// Useful floating-point operations of one pass over one image.
    func flops(_ inputs: [Shape]) -> Int
    /// Multiplications of all passes of a plan over one image: what the planner compares.
    func products(_ inputs: [Shape], _ options: PlanOptions) -> Int
    /// The step that runs it alone.
    func compile(_ site: Site, _ memory: MemoryPlan) -> any Step
}

extension Op {
    package var name: String { Self.kind }
    package var arity: ClosedRange<Int> { 1...1 }
    package func settings(_ visit: SettingVisitor) throws(SettingError) {}
    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] { [] }
    package var isLinear: Bool { false }
    package var backwardReads: BackwardReads { .inputsAndOutput }
    package var isAlias: Bool { false }
    package var outputRange: OutputRange { .all }
    package var takesActivation: Bool { false }
    package func flops(_ inputs: [Shape]) -> Int { 0 }
    package func products(_ inputs: [Shape], _ options: PlanOptions) -> Int { flops(inputs) / 2 * options.passes }
}

/// What a step's backward pass reads of the values of its forward pass, beside memory of its own.
package enum BackwardReads: Hashable, Sendable {
    case nothing
    case inputs
    case output
    case inputsAndOutput

    var inputs: Bool { self == .inputs || self == .inputsAndOutput }
    var output: Bool { self == .output || self == .inputsAndOutput }
}

/// Which numbers an op's output may be, for objectives that need both signs.
package enum OutputRange: Hashable, Sendable {
    /// All.
    case all
    /// Those of its inputs: it moves, repeats, adds or chooses among them.
    case inputs
    /// Those on one side of a number, or between two.
    case limited
}

/// A parameter as an op declares it.
package struct ParameterDeclaration: Hashable, Sendable {
    /// Its name behind the node's: `kernel`.
    package let name: String
    package let shape: Shape
    package let initializer: Initializer

    package init(_ name: String, _ shape: Shape, _ initializer: Initializer) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
    }
}

/// An op with inputs for it: what tests run.
package struct OpCase: Hashable, Sendable, CustomStringConvertible {
    package let op: AnyOp
    package let inputs: [Shape]

    package init(_ op: some Op, _ inputs: Shape...) {
        self.op = AnyOp(op)
        self.inputs = inputs
    }

    package var description: String {
        "\(op.name) \(inputs.map { $0.description }.joined(separator: " "))" + op.settingsText
    }
}

/// An array of Float64 for definitions.
package struct Array64: Hashable, Sendable {
    package let shape: Shape
    package var values: [Double]

    /// All zero.
    package init(_ shape: Shape) {
        self.shape = shape
        values = Array(repeating: 0, count: shape.count)
    }

    package init(_ shape: Shape, _ values: [Double]) {
        requireShape(values.count == shape.count, "\(values.count) values for the shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// A value of an image.
    package subscript(y: Int, x: Int, channel: Int) -> Double {
        get { values[(y * shape[1] + x) * shape[2] + channel] }
        set { values[(y * shape[1] + x) * shape[2] + channel] = newValue }
    }
}
