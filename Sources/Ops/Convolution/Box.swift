import Tensors

/// What is left of an upsampling before a transposed convolution of stride 1, once that has taken its stride.
///
/// Nearest-neighbour upsampling by f is upsampling with zeros and then a sum over f×f pixels. The sum commutes with the
/// layer: what comes before it is a transposed convolution of stride f, and the sum is taken of its output, an image
/// with f − 1 lines and pixels of zeros behind its own, and as many before the first image.
struct Box: Sendable {
    let factor: Int
    /// Of the output.
    let width, channels: Int

    /// Lines, and pixels of a line, that the sum reaches back.
    var border: Int { factor - 1 }
    /// Zeros before the first image.
    var leadCount: Int { (border * (width + 1) * channels + Kernels.panel - 1) / Kernels.panel * Kernels.panel }

    /// Some channels of some pixels: `out` and `image` point at the first of them.
    func sum(
        into out: Floats, from image: UnsafePointer<Float>, pixels: Int, channels: Int, bias: UnsafePointer<Float>?
    ) {
        Kernels.shared.boxSum(
            into: out, from: image, pixels: pixels, channels: channels, of: self.channels, across: -self.channels,
            down: -width * self.channels, factor: factor, bias: bias)
    }

    /// The gradient of whole images; what it is in their zeros is left open.
    func adjoint(into image: Floats, from dOut: UnsafePointer<Float>, pixels: Int) {
        Kernels.shared.boxSum(
            into: image, from: dOut, pixels: pixels - border * (width + 1), channels: channels, of: channels,
            across: channels, down: width * channels, factor: factor, bias: nil)
    }
}
