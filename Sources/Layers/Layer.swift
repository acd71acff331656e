import Tensors

/// One layer of a network, as a value: what it computes, not how.
///
/// Shapes are those of one image, without the batch: [height, width, channels], or [values] after `flatten`.
public enum Layer: Hashable, Sendable {
    /// A fully connected layer.
    case dense(Dense)
    /// A 2-D convolution.
    case conv2D(Conv2D)
    /// A transposed 2-D convolution.
    case convTranspose2D(ConvTranspose2D)
    /// Max-pooling.
    case maxPool2D(MaxPool2D)
    /// Nearest-neighbour upsampling.
    case upsample2D(Upsample2D)
    /// An activation function on its own.
    case activation(ActivationFunction)
    /// [height, width, channels] becomes [values].
    case flatten
    /// The same values in another shape.
    case reshape(Shape)

    /// What the layer does to shapes, parameters and plans.
    package var kind: any LayerKind {
        switch self {
        case .dense(let layer): layer
        case .conv2D(let layer): layer
        case .convTranspose2D(let layer): layer
        case .maxPool2D(let layer): layer
        case .upsample2D(let layer): layer
        case .activation(let function): Activate(function: function)
        case .flatten: Reshape(target: nil)
        case .reshape(let shape): Reshape(target: shape)
        }
    }
}

/// What each kind of layer says of itself: everything but the arithmetic, which is its `Operation`'s.
package protocol LayerKind: Sendable {
    /// Keras's class name: `Conv2D`.
    var typeName: String { get }
    /// The stem of automatic names: `conv2d`.
    var stem: String { get }
    /// The output's shape for an input's, without the batch.
    /// - Throws: `LayerError` where the layer cannot take such an input.
    func outputShape(for input: Shape) throws(LayerError) -> Shape
    /// Parameters in order, for an input of a shape that `outputShape` accepts.
    func declareParameters(_ name: String, input: Shape, in layout: inout ParameterLayout)
    /// Appends the layer's operations to a plan.
    func lower(_ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder)
        -> Activation
}

extension LayerKind {
    package func declareParameters(_ name: String, input: Shape, in layout: inout ParameterLayout) {}
}

/// A layer cannot take the shape that it is given, or its own settings make no sense.
public struct LayerError: Error, Hashable, CustomStringConvertible {
    /// The layer's type.
    public let layer: String
    /// What is wrong, with the shapes.
    public let reason: String

    /// One line for the user.
    public var description: String { "\(layer): \(reason)" }

    package init(_ layer: String, _ reason: String) {
        self.layer = layer
        self.reason = reason
    }

    /// The three extents of an image shape.
    static func image(_ shape: Shape, for layer: String) throws(LayerError) -> (
        height: Int, width: Int, channels: Int
    ) {
        guard shape.rank == 3 else {
            throw LayerError(layer, "needs an input [height, width, channels], not \(shape)")
        }
        return (shape[0], shape[1], shape[2])
    }

    /// Checks the pixels of a kernel, a stride or an upsampling, before anything is computed from them.
    static func requireWindow(_ extents: [Int], _ layer: String) throws(LayerError) {
        try require(
            extents.allSatisfy { $0 <= Network.mostWindow }, layer,
            "kernel, stride and factor must be at most \(Network.mostWindow)")
    }

    /// Checks the size of a layer's image or weights, whose product may overflow; returns it.
    @discardableResult
    static func requireSize(
        _ extents: [Int], of what: String, atMost limit: Int, _ layer: String
    ) throws(LayerError) -> Int {
        guard let count = checkedProduct(extents), count <= limit else {
            throw LayerError(layer, "\(what) \(extents) has more than \(limit) values")
        }
        return count
    }

    static func require(_ condition: Bool, _ layer: String, _ reason: @autoclosure () -> String) throws(LayerError) {
        if !condition { throw LayerError(layer, reason()) }
    }
}
