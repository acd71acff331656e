/// The type of the numbers that are multiplied in a training's large layers.
///
/// Weights, sums, gradients, Adam's moments and losses are Float32 in both.
public enum Precision: String, CaseIterable, Sendable {
    /// Float32.
    case f32
    /// bfloat16, rounded to nearest even: Float32's range with eight bits of precision.
    case bf16

    /// Refuses what this machine cannot multiply.
    /// - Throws: `PrecisionError`.
    public func requireAvailable() throws(PrecisionError) {
        if self == .bf16, BFloat16Kernels.shared == nil { throw PrecisionError(precision: self) }
    }

    /// The instructions that multiply bfloat16 on this machine, as `avx512-bf16`; nil where none do.
    public static var bf16Instructions: String? { BFloat16Kernels.shared?.name }
}

/// A precision that this machine has no instructions for.
public struct PrecisionError: Error, Hashable, CustomStringConvertible {
    /// Which one.
    public let precision: Precision

    /// One line for the user.
    public var description: String {
        let set = Kernels.shared.instructionSet
        let lack = set == Kernels.widest ? "this CPU lacks" : "VAE_ISA=\(set.rawValue) leaves out"
        return "--precision \(precision.rawValue) needs AMX or AVX512-BF16, which \(lack)"
    }
}
