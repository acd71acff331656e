import Tensors

/// Makes a graph, node by node, and checks every shape.
public struct GraphBuilder {
    private var graph = Graph()
    /// Values of all outputs so far, for one image.
    private var values = 0
    private var names: Set<String> = []
    private var scope: [Scope] = []

    private struct Scope {
        let name: String
        var seen: [String: Int] = [:]

        /// `conv2d` for the first of a kind, then `conv2d_1`: as Keras numbers layers.
        mutating func next(_ stem: String) -> String {
            let number = seen[stem, default: 0]
            seen[stem] = number + 1
            return number == 0 ? stem : "\(stem)_\(number)"
        }
    }

    /// An empty graph.
    public init() {
        scope = [Scope(name: "")]
    }

    private mutating func newValue(_ shape: Shape, _ name: String) throws(GraphError) -> Graph.Value {
        try GraphError.require(
            shape.dimensions.allSatisfy { $0 > 0 }, name, "needs a shape without empty axes, not \(shape)")
        values += try GraphError.requireSize(
            shape.dimensions, of: "the output", atMost: Graph.mostValues - values, name)
        defer { graph.valueCount += 1 }
        return Graph.Value(id: graph.valueCount, shape: shape)
    }

    /// A value from outside.
    /// - Parameter needsGradient: False for images, to which no gradient goes back.
    /// - Throws: `GraphError` for an empty or too large shape.
    public mutating func input(
        _ name: String, _ shape: Shape, needsGradient: Bool = true
    ) throws(GraphError) -> Graph.Value {
        let value = try newValue(shape, name)
        graph.inputs.append(Graph.Input(name: name, value: value, needsGradient: needsGradient))
        return value
    }

    /// A name of this kind, numbered among those of the scope.
    package mutating func stem(_ kind: String) -> String { scope[scope.count - 1].next(kind) }

    /// A name for a layer of this kind, numbered among those of the scope; whole as a path.
    package mutating func name(_ kind: String) -> String { path(stem(kind)) }

    private func path(_ name: String) -> String {
        let outer = scope[scope.count - 1].name
        return outer.isEmpty ? name : outer + "/" + name
    }

    /// Runs a body whose layers' names stand behind `name/`, numbered anew.
    public mutating func within<Result>(
        _ name: String, _ body: (inout GraphBuilder) throws(GraphError) -> Result
    ) throws(GraphError) -> Result {
        scope.append(Scope(name: path(name)))
        let result = try body(&self)
        scope.removeLast()
        return result
    }

    /// The output of an op.
    /// - Parameters:
    ///   - layer: The layer that the node belongs to, whole as a path; nil for a layer of its own.
    /// - Throws: `GraphError` naming the node that cannot take such inputs.
    package mutating func apply(
        _ op: AnyOp, _ inputs: [Graph.Value], layer: String? = nil
    ) throws(GraphError) -> Graph.Value {
        let own = layer ?? name(op.name)
        let name = names.contains(own) ? own + "/" + op.name : own
        names.insert(name)
        try GraphError.require(
            graph.nodes.count < Graph.mostNodes, name, "the graph has more than \(Graph.mostNodes) nodes")
        try GraphError.require(
            op.arity.contains(inputs.count), name,
            "\(op.name) takes \(op.arity.lowerBound) values or more, not \(inputs.count)")
        let output: Graph.Value
        do throws(GraphError) {
            output = try newValue(try op.outputShape(inputs.map { $0.shape }), name)
        } catch { throw error.named(name) }
        graph.nodes.append(Graph.Node(name: name, layer: own, op: op, inputs: inputs, output: output))
        return output
    }

    /// Keeps a value in memory, to be read from outside.
    /// - Parameter seeded: Its gradient is written from outside before a backward pass.
    public mutating func output(_ value: Graph.Value, seeded: Bool = false) {
        if !graph.outputs.contains(value) { graph.outputs.append(value) }
        if seeded && !graph.seeds.contains(value) { graph.seeds.append(value) }
    }

    /// The graph so far.
    public var built: Graph { graph }
}
