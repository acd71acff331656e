/// An instruction set that the numeric blocks are built for.
public enum InstructionSet: String, CaseIterable, Sendable {
    /// SSE2 on x86-64: no fused multiply-add, so the last bits differ from all others.
    case baseline
    /// arm64.
    case neon
    /// AVX2 with FMA.
    case avx2
    /// AVX-512 (F, BW, VL, DQ).
    case avx512

    /// The one that this process uses: `VAE_ISA` where it is set, else the widest that the machine offers.
    /// - Throws: `InstructionSetError` if `VAE_ISA` names an unknown one, or one that this machine lacks.
    public static func selected() throws(InstructionSetError) -> InstructionSet {
        guard let wanted = System.environment("VAE_ISA"), !wanted.isEmpty else {
            return Kernels.widest
        }
        guard let set = InstructionSet(rawValue: wanted), Kernels.table(for: set) != nil else {
            throw InstructionSetError(wanted: wanted, available: allCases.filter { Kernels.table(for: $0) != nil })
        }
        return set
    }
}

/// `VAE_ISA` asks for what this machine does not have.
public struct InstructionSetError: Error, CustomStringConvertible {
    /// The value of `VAE_ISA`.
    public let wanted: String
    /// What this machine can run.
    public let available: [InstructionSet]

    /// One line for the user.
    public var description: String {
        let names = available.map { $0.rawValue }.joined(separator: ", ")
        return "VAE_ISA=\(wanted): this machine runs \(names)"
    }
}
