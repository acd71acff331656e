import Tensors

/// Values and the ops between them, each node behind those whose outputs it reads.
///
/// A value itself: equal graphs have equal plans.
public struct Graph: Hashable, Sendable {
    /// What a node makes, or what comes from outside.
    public struct Value: Hashable, Sendable {
        /// Its place among all values of its graph.
        package let id: Int
        /// One image's shape, without the batch.
        public let shape: Shape
    }

    /// A value that comes from outside.
    public struct Input: Hashable, Sendable {
        /// As the plan and its users call it.
        public let name: String
        /// What the nodes read.
        public let value: Value
        /// Whether anybody wants the loss's gradient with respect to it.
        package let needsGradient: Bool
    }

    /// One op at work.
    public struct Node: Hashable, Sendable {
        /// Its own name, a path: `encoder/conv2d/relu`.
        public let name: String
        /// The layer that it belongs to, which names its output: `encoder/conv2d` of a convolution and its activation.
        public let layer: String
        /// What it computes.
        public let op: AnyOp
        /// What it reads.
        public let inputs: [Value]
        /// What it makes.
        public let output: Value

        package var inputShapes: [Shape] { inputs.map { $0.shape } }
        package var parameters: [ParameterDeclaration] { op.parameters(inputShapes) }
        package var flops: Int { op.flops(inputShapes) }
    }

    /// Values from outside.
    public internal(set) var inputs: [Input] = []
    /// In an order in which they can run.
    public internal(set) var nodes: [Node] = []
    /// Values that are read from outside: they are always in memory.
    public internal(set) var outputs: [Value] = []
    /// Outputs whose gradient comes from outside, and is there when a backward pass begins.
    public internal(set) var seeds: [Value] = []
    var valueCount = 0

    /// The most nodes of a graph.
    package static let mostNodes = 4000
    /// The most pixels of a kernel's side, a stride or an upsampling's factor.
    package static let mostWindow = 1024
    /// The most values that all nodes' outputs for one image have together, and a padded image alone.
    package static let mostValues = 1 << 27
    /// The most weights of one node.
    package static let mostWeights = 1 << 28

    init() {}

    /// The node that makes a value; nil for one from outside.
    package func maker(of value: Value) -> Node? { nodes.first { $0.output == value } }

    /// True where a value may be any number, of either sign.
    ///
    /// Ops that only move, repeat, add or choose among values pass on what those before them do.
    package func isUnlimited(_ value: Value) -> Bool {
        guard let node = maker(of: value) else { return true }
        switch node.op.outputRange {
        case .all: return true
        case .inputs: return node.inputs.contains { isUnlimited($0) }
        case .limited: return false
        }
    }

    /// The order of all parameters: the nodes', one after the other.
    package var parameterLayout: ParameterLayout {
        var layout = ParameterLayout()
        for node in nodes {
            for parameter in node.parameters {
                _ = layout.declare(node.layer + "/" + parameter.name, parameter.shape, parameter.initializer)
            }
        }
        return layout
    }
}
