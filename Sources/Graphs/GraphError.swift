import Tensors

/// A node cannot take the shapes that it is given, or its own settings make no sense.
public struct GraphError: Error, Hashable, CustomStringConvertible {
    /// The node's name, or its op's where it has none yet.
    public let node: String
    /// What is wrong, with the shapes.
    public let reason: String

    /// One line for the user.
    public var description: String { "\(node): \(reason)" }

    package init(_ node: String, _ reason: String) {
        self.node = node
        self.reason = reason
    }

    /// The same error of a node whose name is known now.
    func named(_ node: String) -> GraphError { GraphError(node, reason) }

    package static func require(
        _ condition: Bool, _ op: String, _ reason: @autoclosure () -> String
    ) throws(GraphError) {
        if !condition { throw GraphError(op, reason()) }
    }

    /// The three extents of an image shape.
    package static func image(_ shape: Shape, for op: String) throws(GraphError) -> (
        height: Int, width: Int, channels: Int
    ) {
        guard shape.rank == 3 else {
            throw GraphError(op, "needs an input [height, width, channels], not \(shape)")
        }
        return (shape[0], shape[1], shape[2])
    }

    /// Checks the size of a node's image or weights, whose product may overflow; returns it.
    @discardableResult
    package static func requireSize(
        _ extents: [Int], of what: String, atMost limit: Int, _ op: String
    ) throws(GraphError) -> Int {
        guard let count = checkedProduct(extents), count <= limit else {
            throw GraphError(op, "\(what) \(extents) has more than \(limit) values")
        }
        return count
    }
}
