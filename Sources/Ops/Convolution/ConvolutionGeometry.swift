import Graphs
import Tensors

/// How a convolution's small image meets its big one, and how the big one lies in its padding.
struct ConvolutionGeometry {
    /// Of one group of channels; the padded image, or the whole output before it is cropped, is the big one.
    var shape: CorrelationShape
    /// The image in its padding, all groups' channels.
    let frame: Frame
    let groups: Int
    /// Useful floating-point operations of one pass over one image.
    var operations: Int { groups * shape.operations }

    func products(_ options: PlanOptions) -> Int { groups * shape.products(options) }
}

extension Conv2D {
    func geometry(_ input: Shape) -> ConvolutionGeometry {
        let down = window.padding.down.convolution(
            input: input[0], kernel: window.height, stride: window.strideHeight)!
        let across = window.padding.across.convolution(
            input: input[1], kernel: window.width, stride: window.strideWidth)!
        return ConvolutionGeometry(
            shape: CorrelationShape(
                bigHeight: down.padded, bigWidth: across.padded, bigChannels: input[2] / groups,
                smallHeight: down.output, smallWidth: across.output, smallChannels: channels / groups,
                kernelHeight: window.height, kernelWidth: window.width, strideHeight: window.strideHeight,
                strideWidth: window.strideWidth),
            frame: Frame(
                inner: (input[0], input[1]), outer: (down.padded, across.padded), top: down.before,
                left: across.before, channels: input[2]),
            groups: groups)
    }
}

extension Dense {
    /// One pixel on each side: a dense layer is a 1×1 convolution.
    func geometry(_ input: Shape) -> ConvolutionGeometry {
        ConvolutionGeometry(
            shape: CorrelationShape(
                bigHeight: 1, bigWidth: 1, bigChannels: input.count, smallHeight: 1, smallWidth: 1,
                smallChannels: units, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1),
            frame: Frame(inner: (1, 1), outer: (1, 1), top: 0, left: 0, channels: input.count), groups: 1)
    }
}

extension Conv2DTranspose {
    func geometry(_ input: Shape) -> ConvolutionGeometry {
        let (down, across) = axes(input[0], input[1])!
        return ConvolutionGeometry(
            shape: CorrelationShape(
                bigHeight: down.full, bigWidth: across.full, bigChannels: channels / groups, smallHeight: input[0],
                smallWidth: input[1], smallChannels: input[2] / groups, kernelHeight: window.height,
                kernelWidth: window.width, strideHeight: window.strideHeight, strideWidth: window.strideWidth),
            frame: Frame(
                inner: (down.output, across.output), outer: (down.full, across.full), top: down.before,
                left: across.before, channels: channels),
            groups: groups)
    }
}
