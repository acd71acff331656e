import Graphs
import Settings
import Tensors

/// A fully connected layer: y = x · W + b, kernel [in, out].
public struct Dense: Op {
    package static let kind = "dense"
    /// Output values.
    public var units: Int
    /// Whether each output has a number of its own added.
    public var bias: Bool

    /// A layer of `units` outputs.
    public init(_ units: Int, bias: Bool = true) {
        self.units = units
        self.bias = bias
    }

    package var title: String { "Dense" }
    package var summary: String { "Each output is a weighted sum of all inputs." }
    package var backwardReads: BackwardReads { .inputs }
    package var isLinear: Bool { true }
    package var takesActivation: Bool { true }
    package var cases: [OpCase] {
        [OpCase(Dense(16), [32]), OpCase(Dense(70), [33]), OpCase(Dense(2, bias: false), [7])]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.integer("units", &units, 1...Graph.mostWeights)
        try visit.flag("bias", &bias)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(units > 0, name, "needs units, 1 or more")
        try GraphError.require(
            inputs[0].rank == 1, name, "needs a flat input, not \(inputs[0]): flatten it first")
        try GraphError.requireSize([inputs[0][0], units], of: "the kernel", atMost: Graph.mostWeights, name)
        return [units]
    }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        [ParameterDeclaration("kernel", [inputs[0][0], units], .glorotUniform)]
            + (bias ? [ParameterDeclaration("bias", [units], .zeros)] : [])
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let (x, kernel) = (inputs[0].values, parameters[0].values)
        return Array64(
            [units],
            (0..<units).map { j in
                x.indices.reduce(bias ? parameters[1].values[j] : 0) { $0 + x[$1] * kernel[$1 * units + j] }
            })
    }

    package func flops(_ inputs: [Shape]) -> Int { 2 * inputs[0][0] * units }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { compileConvolution(site, memory) }
}
