import Tensors

/// A convolution's kernel as a transposed convolution wants it: its taps in reverse, [.., out, in] for [.., in, out].
///
/// A convolution of stride 1 is a transposed convolution with that kernel, cropped. As such it adds its products up where
/// they belong, which is what few output channels want, and takes in an upsampling.
struct KernelTurn: Sendable {
    let taps, inputs, outputs: Int

    var count: Int { taps * inputs * outputs }

    private func eachWeight(_ body: (_ own: Int, _ turned: Int) -> Void) {
        for tap in 0..<taps {
            for i in 0..<inputs {
                for o in 0..<outputs {
                    body((tap * inputs + i) * outputs + o, ((taps - 1 - tap) * outputs + o) * inputs + i)
                }
            }
        }
    }

    func apply(_ kernel: UnsafePointer<Float>, into turned: Floats) {
        eachWeight { turned[$1] = kernel[$0] }
    }

    func undo(_ turned: UnsafePointer<Float>, into kernel: Floats) {
        eachWeight { kernel[$0] = turned[$1] }
    }
}
