import CKernels

/// What random bits are for: each purpose is a stream of its own.
package enum RandomPurpose: UInt32, Sendable {
    case initialWeights = 1
    case shuffle = 2
    case trainingNoise = 3
    case validationNoise = 4
    case sampling = 5
    case split = 6
    case figure = 7
    case dropout = 8
}

/// Counter-based random numbers: Philox4x32-10 under the key `seed`.
///
/// A number's place is its name (purpose and epoch, image, sample or layer, block), so that the same seed gives
/// the same noise to the same image whatever the batch, the order or the number of threads.
/// - SeeAlso: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
package struct RandomSource: Sendable {
    package let seed: UInt64

    package init(seed: UInt64) {
        self.seed = seed
    }

    private var key: (UInt32, UInt32) { (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)) }

    /// Purpose in the upper 8 bits, epoch in the lower 24.
    private func stream(_ purpose: RandomPurpose, _ epoch: Int) -> UInt32 {
        purpose.rawValue << 24 | UInt32(epoch & 0xFF_FFFF)
    }

    /// Four random words.
    package func words(
        _ purpose: RandomPurpose, epoch: Int = 0, index: Int = 0, sample: Int = 0, block: Int = 0
    ) -> SIMD4<UInt32> {
        let counter = [stream(purpose, epoch), UInt32(index), UInt32(sample), UInt32(truncatingIfNeeded: block)]
        var out = SIMD4<UInt32>()
        withUnsafeBytes(of: key) { key in
            withUnsafeMutableBytes(of: &out) { out in
                vae_philox(
                    counter, key.assumingMemoryBound(to: UInt32.self).baseAddress,
                    out.assumingMemoryBound(to: UInt32.self).baseAddress)
            }
        }
        return out
    }

    /// Standard normals for one image.
    package func normals(
        into out: Floats, count: Int, _ purpose: RandomPurpose, epoch: Int = 0, index: Int, sample: Int = 0
    ) {
        Kernels.shared.normals(
            into: out, count: count, counter: (stream(purpose, epoch), UInt32(index), UInt32(sample)), key: key)
    }

    /// out ← x / (1 − rate) where a value is kept and 0 where it is dropped, or the same added to `out`.
    ///
    /// The gradient is the same function of the gradient: the mask is drawn again, not stored.
    /// - Parameters:
    ///   - rate: The probability to drop a value, from 0 to below 1.
    ///   - sample: Which of the model's dropouts it is.
    package func dropout(
        into out: Floats, from x: UnsafePointer<Float>, count: Int, rate: Double, epoch: Int = 0, index: Int,
        sample: Int = 0, adding: Bool
    ) {
        Kernels.shared.dropout(
            into: out, from: x, count: count, counter: (stream(.dropout, epoch), UInt32(index), UInt32(sample)),
            key: key, rate: Float(rate), scale: Float(1 / (1 - rate)), adding: adding)
    }

    /// Uniform in [−limit, limit), with 24 random bits each.
    package func uniforms(count: Int, limit: Float, _ purpose: RandomPurpose, index: Int) -> [Float] {
        var values = [Float]()
        values.reserveCapacity(count + 3)
        for block in 0..<(count + 3) / 4 {
            let words = words(purpose, index: index, block: block)
            for lane in 0..<4 {
                values.append((Float(words[lane] >> 8) * 0x1p-23 - 1) * limit)
            }
        }
        return Array(values.prefix(count))
    }
}
