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

// MARK: - An upsampling as a stride

extension Conv2DTranspose {
    /// The layer behind an upsampling as one of the upsampling's stride, and the sum that is left of it.
    func strided(_ upsampling: UpSampling2D, _ input: Shape) -> (geometry: ConvolutionGeometry, box: Box) {
        let factor = upsampling.factor
        let (height, width) = (input[0] * factor + window.height - 1, input[1] * factor + window.width - 1)
        return (
            ConvolutionGeometry(
                shape: CorrelationShape(
                    bigHeight: height, bigWidth: width, bigChannels: channels, smallHeight: input[0],
                    smallWidth: input[1], smallChannels: input[2], kernelHeight: window.height,
                    kernelWidth: window.width, strideHeight: factor, strideWidth: factor),
                frame: Frame(inner: (height, width), outer: (height, width), top: 0, left: 0, channels: channels),
                groups: 1),
            Box(factor: factor, width: width, channels: channels)
        )
    }
}

extension Conv2D {
    /// The convolution of stride 1 as a transposed one, of the upsampling's stride where one stands before it: its full
    /// output, with a frame that crops it, and what is left of the upsampling.
    func turned(_ upsampling: UpSampling2D?, _ input: Shape) -> (geometry: ConvolutionGeometry, box: Box?) {
        let factor = upsampling?.factor ?? 1
        let (tall, wide) = (input[0] * factor, input[1] * factor)
        let down = window.padding.down.convolution(input: tall, kernel: window.height, stride: 1)!
        let across = window.padding.across.convolution(input: wide, kernel: window.width, stride: 1)!
        let box = upsampling.map { Box(factor: $0.factor, width: wide + window.width - 1, channels: channels) }
        let (height, width) = (tall + window.height - 1, wide + window.width - 1)
        return (
            ConvolutionGeometry(
                shape: CorrelationShape(
                    bigHeight: height, bigWidth: width, bigChannels: channels, smallHeight: input[0],
                    smallWidth: input[1], smallChannels: input[2], kernelHeight: window.height,
                    kernelWidth: window.width, strideHeight: factor, strideWidth: factor),
                frame: Frame(
                    inner: (down.output, across.output), outer: (height, width), top: window.height - 1 - down.before,
                    left: window.width - 1 - across.before, channels: channels),
                groups: 1),
            box
        )
    }

    func turn(_ input: Shape) -> KernelTurn {
        KernelTurn(taps: window.height * window.width, inputs: input[2], outputs: channels)
    }

    /// Whether the full output of the transposed convolution holds this one's.
    func isCropped(_ input: Shape, factor: Int) -> Bool {
        guard window.isDense, groups == 1 else { return false }
        return [
            (window.padding.down, input[0], window.height), (window.padding.across, input[1], window.width),
        ].allSatisfy { side, extent, kernel in
            guard let axis = side.convolution(input: extent * factor, kernel: kernel, stride: 1) else { return false }
            let first = kernel - 1 - axis.before
            return first >= 0 && first + axis.output <= extent * factor + kernel - 1
        }
    }
}
