import Graphs
import Settings
import Tensors

/// The same values in another shape.
public struct Reshape: Op {
    package static let kind = "reshape"
    /// The new shape, without the batch.
    public var shape: Shape

    /// A reshape to a shape of as many values.
    public init(_ shape: Shape) { self.shape = shape }

    package var title: String { "Reshape" }
    package var summary: String { "The same values in another shape." }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var isAlias: Bool { true }
    package var cases: [OpCase] { [] }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.value(
            "shape", &shape, "a list of one to four whole numbers from 1",
            read: { json in
                guard let wholes = json.wholes, (1...4).contains(wholes.count), wholes.allSatisfy({ $0 > 0 }),
                    checkedProduct(wholes) != nil
                else { return nil }
                return Shape(wholes)
            }, write: { .array($0.dimensions.map { .integer($0) }) })
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(
            shape.count == inputs[0].count, name,
            "\(inputs[0]) has \(inputs[0].count) values, \(shape) has \(shape.count)")
        return shape
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64(shape, inputs[0].values)
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { fatalError("an alias has no step") }
}

/// [height, width, channels] becomes [values].
public struct Flatten: Op {
    package static let kind = "flatten"

    /// It has no settings.
    public init() {}

    package var title: String { "Flatten" }
    package var summary: String { "All values of an image in one row." }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var isAlias: Bool { true }
    package var cases: [OpCase] { [] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape { [inputs[0].count] }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64([inputs[0].shape.count], inputs[0].values)
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { fatalError("an alias has no step") }
}
