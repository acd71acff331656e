import Tensors

/// Which images make up each batch: a new shuffled order each epoch.
///
/// The order is a pure function of the seed and the epoch, so a position (epoch, step) says everything that a
/// resumed training needs. The last batch of an epoch holds what is left.
package struct BatchSampler: Sendable {
    /// The number of images in the set.
    package let count: Int
    /// The number of images in a batch, but for the last.
    package let batchSize: Int
    private let random: RandomSource

    /// Creates a sampler.
    /// - Parameters:
    ///   - count: The number of images, fewer than 2³².
    ///   - batchSize: The number of images in a batch, at least 1; a batch larger than the set holds the set.
    ///   - seed: The training's seed.
    package init(count: Int, batchSize: Int, seed: UInt64) {
        precondition(count >= 0 && count <= UInt32.max && batchSize >= 1)
        self.count = count
        self.batchSize = batchSize
        random = RandomSource(seed: seed)
    }

    /// The number of batches in an epoch, the short one included.
    package var stepsPerEpoch: Int {
        count / batchSize + (count.isMultiple(of: batchSize) ? 0 : 1)
    }

    /// Every image's position once, in the order of an epoch.
    package func order(epoch: Int) -> [UInt32] {
        permutation(count) { random.words(.shuffle, epoch: epoch, block: $0) }
    }

    /// Which part of an epoch's order makes up a batch.
    /// - Parameter step: From 0 up to `stepsPerEpoch`.
    package func range(step: Int) -> Range<Int> {
        precondition(step >= 0 && step < stepsPerEpoch)
        return step * batchSize..<min(count, (step + 1) * batchSize)
    }
}

/// The numbers 0 ..< count in random order, each order equally likely.
///
/// Fisher–Yates. Bounded numbers come without bias from Lemire's multiplication (arXiv:1805.10941).
/// - Parameters:
///   - count: Fewer than 2³².
///   - block: Four random words by block number; blocks are taken from 0 on.
package func permutation(_ count: Int, words block: (Int) -> SIMD4<UInt32>) -> [UInt32] {
    var order = Array(0..<UInt32(count))
    var words = SIMD4<UInt32>()
    var used = 0
    func nextWord() -> UInt32 {
        if used & 3 == 0 { words = block(used >> 2) }
        defer { used += 1 }
        return words[used & 3]
    }
    var bound = UInt32(count)
    while bound > 1 {
        var product = nextWord().multipliedFullWidth(by: bound)
        if product.low < bound {
            // The lowest 2³² mod bound products would make some numbers likelier.
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = nextWord().multipliedFullWidth(by: bound) }
        }
        bound -= 1
        order.swapAt(Int(bound), Int(product.high))
    }
    return order
}
