import CKernels

package typealias Floats = UnsafeMutablePointer<Float>

/// The numeric blocks of one instruction set, under Swift names; `CKernels.h` says what each one does.
package struct Kernels: @unchecked Sendable {
    let table: UnsafePointer<vae_kernels>
    package let instructionSet: InstructionSet

    /// The blocks that this process uses.
    ///
    /// A wrong `VAE_ISA` ends it; programs check `InstructionSet.selected()` first.
    package static let shared: Kernels = {
        do throws(InstructionSetError) {
            let set = try InstructionSet.selected()
            return Kernels(set)!
        } catch {
            fatalError("\(error)")
        }
    }()

    /// Nil where this machine cannot run them.
    package init?(_ set: InstructionSet) {
        guard let table = Kernels.table(for: set) else { return nil }
        self.table = table
        instructionSet = set
    }

    /// Floats a packed panel is wide; a buffer behind `weightGradient` needs this much slack at its end.
    package static let panel = Int(VAE_PANEL)

    /// Lane gradients that `sumLanes` adds, at the most.
    package static let mostLanes = Int(VAE_MOST_LANES)

    /// Floats that packed weights take.
    package static func packedCount(taps: Int, depth: Int, columns: Int) -> Int {
        (columns + panel - 1) / panel * panel * taps * depth
    }

    static var widest: InstructionSet {
        allSets.last { $0.1 == vae_best_isa() }!.0
    }

    private static let allSets: [(InstructionSet, vae_isa)] = [
        (.baseline, VAE_ISA_BASELINE), (.neon, VAE_ISA_NEON), (.avx2, VAE_ISA_AVX2), (.avx512, VAE_ISA_AVX512),
    ]

    static func table(for set: InstructionSet) -> UnsafePointer<vae_kernels>? {
        vae_kernels_for(allSets.first { $0.0 == set }!.1)
    }
}
