import Graphs
import Ops
import Tensors

/// Pixels at each side of an image: of a convolution's padding, or what a crop takes away.
struct Borders: Hashable {
    var top = 0
    var bottom = 0
    var left = 0
    var right = 0

    var isNone: Bool { self == Borders() }
    /// As much at both ends of each axis, as frameworks' own padding is.
    var isEven: Bool { top == bottom && left == right }
}

extension Conv2D {
    /// The zeros around an image of a shape.
    func borders(of image: Shape) -> Borders {
        let down = window.padding.down.convolution(
            input: image[0], kernel: window.height, stride: window.strideHeight)!
        let across = window.padding.across.convolution(
            input: image[1], kernel: window.width, stride: window.strideWidth)!
        return Borders(
            top: down.before, bottom: down.padded - image[0] - down.before, left: across.before,
            right: across.padded - image[1] - across.before)
    }
}

/// One axis of a transposed convolution: which pixels of the whole sum are its output.
struct TransposedAxis: Hashable {
    let kernel, stride: Int
    /// Of the input, of the sum of all windows, and of the output.
    let input, whole, output: Int
    /// Pixels of the whole that lie before the output, and behind it: below 0 where the output goes on with the bias.
    let before: Int
    var after: Int { whole - before - output }

    init(_ side: Padding.Side, input: Int, kernel: Int, stride: Int, extra: Int) {
        let made = side.transposed(input: input, kernel: kernel, stride: stride, extra: extra)!
        (self.input, self.kernel, self.stride) = (input, kernel, stride)
        (whole, output, before) = ((input - 1) * stride + kernel, made.output, made.before)
    }

    /// Zeros behind the input after which the sum of all windows reaches the output's end.
    var moreInput: Int { after < 0 ? (-after + stride - 1) / stride : 0 }

    /// Behind the output, once those zeros are there.
    var afterMore: Int { after + moreInput * stride }
}

extension Conv2DTranspose {
    /// Both axes for an image of a shape.
    func axes(of image: Shape) -> (down: TransposedAxis, across: TransposedAxis) {
        (
            TransposedAxis(
                window.padding.down, input: image[0], kernel: window.height, stride: window.strideHeight,
                extra: outputPaddingHeight),
            TransposedAxis(
                window.padding.across, input: image[1], kernel: window.width, stride: window.strideWidth,
                extra: outputPaddingWidth)
        )
    }
}

extension Crop {
    /// What goes of an image of a shape.
    func borders(of image: Shape) -> Borders {
        let (top, left) = ((image[0] - height) / 2, (image[1] - width) / 2)
        return Borders(top: top, bottom: image[0] - height - top, left: left, right: image[1] - width - left)
    }
}
