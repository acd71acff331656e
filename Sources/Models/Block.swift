import Graphs
import Ops
import Tensors

/// An entry of a list of layers: all the structure that a chain can have.
public indirect enum Block: Hashable, Sendable {
    /// One op with one input, and an activation function that belongs to it where there is one.
    case op(AnyOp, activation: Activation?)
    /// A part of the list beside a shortcut from its input to its output, where both are added; an empty shortcut is
    /// the input itself.
    case residual([Block], shortcut: [Block])
    /// Several lists of one input, their outputs joined by an op of several values: `Add`, `Multiply`, `Concatenate`.
    case branches(AnyOp, [[Block]])
    /// The list so many times, one after the other, each with parameters of its own.
    case times(Int, [Block])

    init(_ op: some Op, _ activation: ActivationFunction?) {
        self = .op(AnyOp(op), activation: activation.map { Activation($0) })
    }
}

/// Blocks as programs write them.
extension Block {
    /// A fully connected layer of `units` outputs.
    public static func dense(_ units: Int, activation: ActivationFunction? = nil) -> Block {
        Block(Dense(units), activation)
    }

    /// A convolution with a square kernel, and the same stride both ways.
    public static func conv2D(
        _ channels: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid,
        activation: ActivationFunction? = nil
    ) -> Block {
        .conv2D(Conv2D(channels, KernelWindow(kernel, stride: stride, padding: padding)), activation: activation)
    }

    /// A convolution of any window.
    public static func conv2D(_ op: Conv2D, activation: ActivationFunction? = nil) -> Block { Block(op, activation) }

    /// A transposed convolution with a square kernel, and the same stride both ways.
    public static func conv2DTranspose(
        _ channels: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid,
        activation: ActivationFunction? = nil
    ) -> Block {
        .conv2DTranspose(
            Conv2DTranspose(channels, KernelWindow(kernel, stride: stride, padding: padding)), activation: activation)
    }

    /// A transposed convolution of any window.
    public static func conv2DTranspose(_ op: Conv2DTranspose, activation: ActivationFunction? = nil) -> Block {
        Block(op, activation)
    }

    /// Max-pooling over square windows.
    public static func maxPooling2D(_ size: Int = 2) -> Block { Block(MaxPooling2D(size), nil) }

    /// Max-pooling over windows of `height` × `width` pixels.
    public static func maxPooling2D(height: Int, width: Int) -> Block {
        Block(MaxPooling2D(height: height, width: width), nil)
    }

    /// Upsampling.
    public static func upSampling2D(
        _ factor: Int = 2, interpolation: UpSampling2D.Interpolation = .nearest
    ) -> Block {
        Block(UpSampling2D(factor, interpolation: interpolation), nil)
    }

    /// An activation function on its own.
    public static func activation(_ function: ActivationFunction) -> Block { Block(Activation(function), nil) }

    /// The mean over square windows.
    public static func averagePooling2D(_ size: Int = 2) -> Block { Block(AveragePooling2D(size), nil) }

    /// The mean of each channel over the whole image.
    public static var globalAveragePooling2D: Block { Block(GlobalAveragePooling2D(), nil) }

    /// Group normalisation.
    public static func groupNorm(_ groups: Int = 8) -> Block { Block(GroupNorm(groups), nil) }

    /// Layer normalisation of the last axis.
    public static var layerNorm: Block { Block(LayerNorm(), nil) }

    /// Drops values while training.
    public static func dropout(_ rate: Double) -> Block { Block(Dropout(rate), nil) }

    /// A part of the list beside a shortcut that is its input itself: x + body(x).
    public static func residual(_ body: [Block]) -> Block { .residual(body, shortcut: []) }

    /// Lists of one input, their channels side by side.
    public static func concatenate(_ lists: [[Block]]) -> Block { .branches(AnyOp(Concatenate()), lists) }

    /// Two lists of one input, multiplied value by value.
    public static func multiply(_ first: [Block], _ second: [Block]) -> Block {
        .branches(AnyOp(Multiply()), [first, second])
    }

    /// [height, width, channels] becomes [values].
    public static var flatten: Block { Block(Flatten(), nil) }

    /// The same values in another shape.
    public static func reshape(_ shape: Shape) -> Block { Block(Reshape(shape), nil) }
}

extension GraphBuilder {
    /// Applies a list of blocks to a value, one after the other.
    /// - Throws: `GraphError` naming the node that does not fit.
    public mutating func apply(_ blocks: [Block], to input: Graph.Value) throws(GraphError) -> Graph.Value {
        var value = input
        for block in blocks { value = try apply(block, to: value) }
        return value
    }

    private mutating func apply(_ block: Block, to input: Graph.Value) throws(GraphError) -> Graph.Value {
        switch block {
        case .op(let op, let activation):
            let layer = name(op.name)
            let value = try apply(op, [input], layer: layer)
            guard let activation else { return value }
            return try apply(AnyOp(activation), [value], layer: layer)
        case .residual(let body, let shortcut):
            let name = stem("residual")
            return try within(name) { (builder) throws(GraphError) in
                let direct = try builder.within("shortcut") { (builder) throws(GraphError) in
                    try builder.apply(shortcut, to: input)
                }
                return try builder.apply(AnyOp(Add()), [direct, try builder.apply(body, to: input)])
            }
        case .branches(let join, let lists):
            let name = stem(join.name)
            return try within(name) { (builder) throws(GraphError) in
                var ends: [Graph.Value] = []
                for (i, list) in lists.enumerated() {
                    ends.append(
                        try builder.within("branch_\(i)") { (builder) throws(GraphError) in
                            try builder.apply(list, to: input)
                        })
                }
                return try builder.apply(join, ends)
            }
        case .times(let count, let blocks):
            var value = input
            for _ in 0..<count { value = try apply(blocks, to: value) }
            return value
        }
    }
}
