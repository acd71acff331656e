import Tensors

/// A transposed 2-D convolution, kernel [height, width, out, in] as in Keras, with bias.
public struct ConvTranspose2D: Hashable, Sendable, Codable {
    /// Output channels.
    public var filters: Int
    /// Kernel height and width in pixels.
    public var kernelHeight, kernelWidth: Int
    /// Output pixels from one input pixel's window to the next's, down and across.
    public var strideHeight, strideWidth: Int
    /// `valid`: the whole output; `same`: cropped to input · stride.
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

extension ConvTranspose2D: LayerKind {
    package var typeName: String { "Conv2DTranspose" }
    package var stem: String { "conv2d_transpose" }

    package func outputShape(for input: Shape) throws(LayerError) -> Shape {
        let image = try LayerError.image(input, for: typeName)
        try LayerError.require(
            min(filters, kernelHeight, kernelWidth, strideHeight, strideWidth) > 0, typeName,
            "filters, kernel and stride must be at least 1")
        try LayerError.requireWindow([kernelHeight, kernelWidth, strideHeight, strideWidth], typeName)
        let height = padding.transposed(input: image.height, kernel: kernelHeight, stride: strideHeight)
        let width = padding.transposed(input: image.width, kernel: kernelWidth, stride: strideWidth)
        try LayerError.requireSize(
            [height.full, width.full, filters], of: "the whole output", atMost: Network.mostValues, typeName)
        let kernel = [kernelHeight, kernelWidth, filters, image.channels]
        try LayerError.requireSize(kernel, of: "the kernel", atMost: Network.mostWeights, typeName)
        return [height.output, width.output, filters]
    }

    package func declareParameters(_ name: String, input: Shape, in layout: inout ParameterLayout) {
        _ = layout.declare(name + "/kernel", [kernelHeight, kernelWidth, filters, input[2]], .glorotUniform)
        _ = layout.declare(name + "/bias", [filters], .zeros)
    }

    package func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        let result = builder.activation(name, output)
        let shape = correlation(input.shape)
        append(name, shape, fold: nil, operations: shape.operations, input: input, output: result, to: builder)
        return result
    }

    /// True where an upsampling before this layer can become part of its kernel.
    func takesIn(_ upsample: Upsample2D) -> Bool {
        // A larger factor would make a kernel many times the layer's own.
        strideHeight == 1 && strideWidth == 1 && padding == .valid && kernelHeight == kernelWidth
            && (2...4).contains(upsample.factor)
    }

    /// The layer with an upsampling before it, in one operation; in two where Winograd's form of the large image takes
    /// a quarter of the products less.
    func lower(
        _ name: String, input: Activation, upsample: Upsample2D, upsampleName: String, into builder: PlanBuilder
    ) throws(LayerError) -> Activation {
        let large = try upsample.outputShape(for: input.shape)
        let fold = Fold(kernel: kernelHeight, factor: upsample.factor, tap: filters * input.shape[2])
        let (folded, plain) = (correlation(input.shape, fold), correlation(large))
        let options = builder.options
        let isFolded = 4 * plain.products(options) > 3 * folded.products(options)
        let source =
            isFolded
            ? input
            : upsample.lower(upsampleName, input: input, output: large, sharesInput: false, into: builder)
        let result = builder.activation(name, try outputShape(for: large))
        append(
            name, isFolded ? folded : plain, fold: isFolded ? fold : nil, operations: folded.operations,
            input: source, output: result, to: builder)
        return result
    }

    /// The full output, before any crop, is the big image.
    private func correlation(_ input: Shape, _ fold: Fold? = nil) -> CorrelationShape {
        let (tall, wide) = (fold?.folded ?? kernelHeight, fold?.folded ?? kernelWidth)
        let (tallStride, wideStride) = (fold?.factor ?? strideHeight, fold?.factor ?? strideWidth)
        return CorrelationShape(
            bigHeight: padding.transposed(input: input[0], kernel: tall, stride: tallStride).full,
            bigWidth: padding.transposed(input: input[1], kernel: wide, stride: wideStride).full,
            bigChannels: filters, smallHeight: input[0], smallWidth: input[1], smallChannels: input[2],
            kernelHeight: tall, kernelWidth: wide, strideHeight: tallStride, strideWidth: wideStride)
    }

    private func append(
        _ name: String, _ shape: CorrelationShape, fold: Fold?, operations: Int, input: Activation,
        output: Activation, to builder: PlanBuilder
    ) {
        func before(_ input: Int, _ kernel: Int, _ stride: Int) -> Int {
            padding.transposed(input: input, kernel: kernel, stride: stride).before
        }
        let frame = Frame(
            inner: (output.shape[0], output.shape[1]), outer: (shape.bigHeight, shape.bigWidth),
            top: before(shape.smallHeight, shape.kernelHeight, shape.strideHeight),
            left: before(shape.smallWidth, shape.kernelWidth, shape.strideWidth), channels: filters)
        builder.append(
            TransposedConvolutionOperation(
                name, shape, frame: frame, fold: fold, operations: operations, activation: activation, input: input,
                output: output, builder: builder))
    }
}
