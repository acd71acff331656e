import Tensors

/// A 2-D convolution (cross-correlation, as every framework means it), kernel [height, width, in, out], with bias.
public struct Conv2D: Hashable, Sendable, Codable {
    /// Output channels.
    public var filters: Int
    /// Kernel height and width in pixels.
    public var kernelHeight, kernelWidth: Int
    /// Pixels from one window to the next, down and across.
    public var strideHeight, strideWidth: Int
    /// What happens at the border.
    public var padding: Padding
    /// Applied to the output.
    public var activation: ActivationFunction

    /// A square kernel of `kernel` × `kernel` pixels, and the same stride both ways.
    public init(
        filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid, activation: ActivationFunction = .linear
    ) {
        self.init(
            filters: filters, kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride,
            padding: padding, activation: activation)
    }

    /// A kernel of `kernelHeight` × `kernelWidth` pixels.
    public init(
        filters: Int, kernelHeight: Int, kernelWidth: Int, strideHeight: Int = 1, strideWidth: Int = 1,
        padding: Padding = .valid, activation: ActivationFunction = .linear
    ) {
        self.filters = filters
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
        self.activation = activation
    }
}

extension Conv2D: LayerKind {
    package var typeName: String { "Conv2D" }
    package var stem: String { "conv2d" }

    package func outputShape(for input: Shape) throws(LayerError) -> Shape {
        let image = try LayerError.image(input, for: typeName)
        try LayerError.require(
            min(filters, kernelHeight, kernelWidth, strideHeight, strideWidth) > 0, typeName,
            "filters, kernel and stride must be at least 1")
        try LayerError.requireWindow([kernelHeight, kernelWidth, strideHeight, strideWidth], typeName)
        guard let height = padding.convolution(input: image.height, kernel: kernelHeight, stride: strideHeight),
            let width = padding.convolution(input: image.width, kernel: kernelWidth, stride: strideWidth)
        else {
            throw LayerError(typeName, "a kernel \(kernelHeight)×\(kernelWidth) does not fit into \(input)")
        }
        try LayerError.requireSize(
            [height.padded, width.padded, image.channels], of: "the padded input", atMost: Network.mostValues, typeName)
        let kernel = [kernelHeight, kernelWidth, image.channels, filters]
        try LayerError.requireSize(kernel, of: "the kernel", atMost: Network.mostWeights, typeName)
        return [height.output, width.output, filters]
    }

    package func declareParameters(_ name: String, input: Shape, in layout: inout ParameterLayout) {
        _ = layout.declare(name + "/kernel", [kernelHeight, kernelWidth, input[2], filters], .glorotUniform)
        _ = layout.declare(name + "/bias", [filters], .zeros)
    }

    package func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        let result = builder.activation(name, output)
        append(name, input: input, output: result, pool: nil, sharesInput: sharesInput, to: builder)
        return result
    }

    /// The convolution with a pooling behind it, in one operation.
    func lower(_ name: String, input: Activation, pool: MaxPool2D, poolName: String, into builder: PlanBuilder)
        throws(LayerError) -> Activation
    {
        let result = builder.activation(poolName, try pool.outputShape(for: outputShape(for: input.shape)))
        append(name, input: input, output: result, pool: (pool.height, pool.width), sharesInput: false, to: builder)
        return result
    }

    /// Pooling commutes with these; it does not with a function that is not monotone.
    var poolsBeforeActivation: Bool { activation == .linear || activation == .relu }

    private func append(
        _ name: String, input: Activation, output: Activation, pool: (height: Int, width: Int)?, sharesInput: Bool,
        to builder: PlanBuilder
    ) {
        let (height, width, channels) = (input.shape[0], input.shape[1], input.shape[2])
        let down = padding.convolution(input: height, kernel: kernelHeight, stride: strideHeight)!
        let across = padding.convolution(input: width, kernel: kernelWidth, stride: strideWidth)!
        var shape = CorrelationShape(
            bigHeight: down.padded, bigWidth: across.padded, bigChannels: channels, smallHeight: down.output,
            smallWidth: across.output, smallChannels: filters, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
            strideHeight: strideHeight, strideWidth: strideWidth)
        let operations = shape.operations
        if let pool {
            // What no window of the pooling covers is not computed.
            shape.smallHeight -= shape.smallHeight % pool.height
            shape.smallWidth -= shape.smallWidth % pool.width
        }
        let frame = Frame(
            inner: (height, width), outer: (down.padded, across.padded), top: down.before, left: across.before,
            channels: channels)
        builder.append(
            ConvolutionOperation(
                name, shape, frame: frame, operations: operations, activation: activation, pool: pool, input: input,
                output: output, sharesInput: sharesInput, builder: builder))
    }
}
