import Tensors

/// A kernel added to itself at all shifts below `factor`: what upsampling before a transposed convolution comes to.
struct Fold: Sendable {
    let kernel, factor: Int
    /// Floats of one tap: big channels · small channels.
    let tap: Int

    var folded: Int { kernel + factor - 1 }
    var count: Int { folded * folded * tap }

    private func eachShift(_ body: (_ small: Int, _ large: Int) -> Void) {
        for y in 0..<kernel {
            for x in 0..<kernel {
                for dy in 0..<factor {
                    for dx in 0..<factor {
                        body((y * kernel + x) * tap, ((y + dy) * folded + x + dx) * tap)
                    }
                }
            }
        }
    }

    /// The folded kernel of a kernel.
    func apply(_ small: UnsafePointer<Float>, into large: Floats) {
        large.update(repeating: 0, count: folded * folded * tap)
        eachShift { from, to in
            Kernels.shared.add(small + from, to: large + to, count: tap)
        }
    }

    /// The folded kernel's gradient becomes the kernel's.
    func applyTransposed(_ large: UnsafePointer<Float>, into small: Floats) {
        small.update(repeating: 0, count: kernel * kernel * tap)
        eachShift { to, from in
            Kernels.shared.add(large + from, to: small + to, count: tap)
        }
    }
}
