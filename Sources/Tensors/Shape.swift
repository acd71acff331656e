/// The extent of each axis of a tensor, outermost first.
///
/// Images are NHWC (`[batch, height, width, channels]`), latents are `[batch, latent]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// Extents, outermost first; empty for a scalar.
    public let dimensions: [Int]

    /// Creates a shape from its extents, each zero or more.
    public init(_ dimensions: [Int]) {
        requireShape(dimensions.allSatisfy { $0 >= 0 }, "a shape has no negative extent: \(dimensions)")
        self.dimensions = dimensions
    }

    /// Creates a shape from its extents: `let latents: Shape = [64, 2]`.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The product of all extents: 1 for a scalar.
    public var count: Int { dimensions.reduce(1, *) }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The extent of one axis.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// As it is written in messages: `[64, 28, 28, 1]`.
    public var description: String { "\(dimensions)" }
}

/// The product of extents that nobody has checked yet, or nil where it, or a partial product, overflows `Int`.
package func checkedProduct(_ extents: some Sequence<Int>) -> Int? {
    var product = 1
    for extent in extents {
        let (next, overflows) = product.multipliedReportingOverflow(by: extent)
        if overflows { return nil }
        product = next
    }
    return product
}

/// Ends the program with a message where a caller's shapes do not fit: a programmer's mistake, not bad data.
///
/// Release builds drop the text of `precondition`; this keeps it.
package func requireShape(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}
