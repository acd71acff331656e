import Tensors

/// Adam's settings; the update is written as Keras writes it, with ε outside the bias correction.
///
/// θ ← θ − α · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
/// - SeeAlso: Kingma & Ba 2014, section 2, arXiv:1412.6980.
public struct AdamSettings: Hashable, Sendable {
    /// Step size α.
    public var learningRate: Double
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to √v.
    public var epsilon: Double

    /// Keras's defaults.
    public init(learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// α corrected for the moments' start at zero.
    ///
    /// As Keras does, β₁ and β₂ are rounded to Float32 before their powers are taken. It shortens the first steps by
    /// 6.4e-6, which ten steps of the tutorial amplify to 2.9e-3 in one kernel.
    /// - Parameter step: t, from 1.
    package func correctedRate(step: Int) -> Float {
        let (first, second) = (power(Double(Float(beta1)), step), power(Double(Float(beta2)), step))
        return Float(learningRate * (1 - second).squareRoot() / (1 - first))
    }

    /// By repeated squaring, so that no C library's rounding comes in.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, base, left) = (1.0, base, exponent)
        while left > 0 {
            if left & 1 == 1 { result *= base }
            base *= base
            left >>= 1
        }
        return result
    }
}

/// Adam's moments for one set of parameters.
package final class Adam: Sendable {
    package let m: ParameterStore
    package let v: ParameterStore

    package init(m: ParameterStore, v: ParameterStore) {
        self.m = m
        self.v = v
    }

    /// All zero, as a training begins.
    package convenience init(_ layout: ParameterLayout) {
        self.init(m: ParameterStore(layout), v: ParameterStore(layout))
    }

    /// One step on all parameters.
    /// - Parameter step: t, from 1.
    package func update(
        _ parameters: ParameterStore, gradients: UnsafePointer<Float>, step: Int, settings: AdamSettings,
        on pool: ThreadPool
    ) {
        let rate = settings.correctedRate(step: step)
        let count = parameters.layout.count
        let piece = 16384
        pool.parallelFor((count + piece - 1) / piece) { i, _ in
            let from = i * piece
            Kernels.shared.adam(
                parameters.pointer + from, m: m.pointer + from, v: v.pointer + from, gradient: gradients + from,
                count: min(piece, count - from), rate: rate, beta1: settings.beta1, beta2: settings.beta2,
                epsilon: settings.epsilon)
        }
    }
}
