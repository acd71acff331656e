/// A dense array of Float32 in row-major order, with value semantics.
///
/// The type that crosses the library's borders: images in, codes and pictures out. The numeric core
/// itself works in an arena (see `ExecutionPlan`) and copies in and out of tensors at its edges.
public struct Tensor: Hashable, Sendable {
    /// The extent of each axis, outermost first.
    public let shape: Shape
    /// The values, row-major; `shape.count` of them.
    public private(set) var values: [Float]

    /// Creates a tensor from row-major values.
    /// - Parameters:
    ///   - shape: The extents; their product is the number of values.
    ///   - values: Row-major values.
    public init(_ shape: Shape, _ values: [Float]) {
        requireShape(shape.count == values.count, "\(values.count) values do not fill the shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// Creates a tensor of one repeated value.
    public init(_ shape: Shape, repeating value: Float = 0) {
        self.init(shape, [Float](repeating: value, count: shape.count))
    }

    /// The extent of the first axis: images in a batch.
    public var batch: Int { shape.rank == 0 ? 1 : shape[0] }

    /// One value by its row-major position.
    public subscript(position: Int) -> Float {
        get { values[position] }
        set { values[position] = newValue }
    }

    /// The same values in another shape of the same count.
    public func reshaped(_ shape: Shape) -> Tensor {
        Tensor(shape, values)
    }

    /// The slice `range` of the first axis.
    public func rows(_ range: Range<Int>) -> Tensor {
        requireShape(
            shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
            "rows \(range) of a tensor of shape \(shape)")
        let size = shape[0] == 0 ? 0 : shape.count / shape[0]
        let slice = Array(values[range.lowerBound * size..<range.upperBound * size])
        return Tensor(Shape([range.count] + shape.dimensions.dropFirst()), slice)
    }
}
