import Tensors

/// What happens at an image's border.
public enum Padding: String, Hashable, Sendable, Codable, CaseIterable {
    /// Windows stay inside.
    case valid
    /// As Keras and TensorFlow pad: the output has ⌈input / stride⌉ pixels (transposed: input · stride), and the odd
    /// pixel of padding goes to the bottom and right.
    case same

    /// Output extent and padding before and after for a convolution over `input` pixels, or nil if none fits.
    package func convolution(input: Int, kernel: Int, stride: Int) -> (output: Int, before: Int, padded: Int)? {
        switch self {
        case .valid:
            return input < kernel ? nil : ((input - kernel) / stride + 1, 0, input)
        case .same:
            let output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + kernel - input, 0)
            return (output, total / 2, input + total)
        }
    }

    /// Output extent, pixels cropped before it, and the full extent of a transposed convolution.
    package func transposed(input: Int, kernel: Int, stride: Int) -> (output: Int, before: Int, full: Int) {
        let full = (input - 1) * stride + max(kernel, stride)
        switch self {
        case .valid: return (full, 0, full)
        case .same: return (input * stride, max(kernel - stride, 0) / 2, full)
        }
    }
}

/// Copies an image into the middle of a larger one, or back out of it.
struct Frame: Sendable {
    let inner: (height: Int, width: Int)
    let outer: (height: Int, width: Int)
    let top, left, channels: Int

    /// False where inner and outer are the same, and no copy is needed.
    var exists: Bool { inner != outer }
    var outerCount: Int { outer.height * outer.width * channels }

    private func eachLine(_ images: Int, _ body: (_ inner: Int, _ outer: Int, _ count: Int) -> Void) {
        let line = inner.width * channels
        for image in 0..<images {
            for y in 0..<inner.height {
                let to = ((image * outer.height + y + top) * outer.width + left) * channels
                body((image * inner.height + y) * line, to, line)
            }
        }
    }

    /// The border of `large` is left as it is.
    func insert(_ small: Floats, into large: Floats, images: Int) {
        eachLine(images) { (large + $1).update(from: small + $0, count: $2) }
    }

    func extract(_ small: Floats, from large: Floats, images: Int) {
        eachLine(images) { (small + $0).update(from: large + $1, count: $2) }
    }

    func extractAdding(_ small: Floats, from large: Floats, images: Int) {
        eachLine(images) { Kernels.shared.add(large + $1, to: small + $0, count: $2) }
    }
}
