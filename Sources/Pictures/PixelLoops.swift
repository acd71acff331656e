import CPictures
import Tensors

/// The loops over pixels, for the instruction set that this process uses (`VAE_ISA`).
enum PixelLoops {
    static let shared: vae_pixel_loops = loops(for: (try? InstructionSet.selected()) ?? .baseline)!

    /// The loops for an instruction set; nil where this machine has not got it.
    static func loops(for set: InstructionSet) -> vae_pixel_loops? {
        let isa =
            switch set {
            case .baseline, .neon: VAE_PIXELS_BASELINE
            case .avx2: VAE_PIXELS_AVX2
            case .avx512: VAE_PIXELS_AVX512
            }
        return vae_pixel_loops_for(isa)?.pointee
    }
}

/// Bytes that are kept for the next picture, and grow with the largest.
final class Scratch {
    private var memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 0)

    deinit { memory.deallocate() }

    /// So many bytes, with any contents; those that were given before are gone.
    func bytes(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
        if memory.count < count {
            memory.deallocate()
            memory = .allocate(capacity: count)
        }
        return .init(rebasing: memory[..<count])
    }
}
