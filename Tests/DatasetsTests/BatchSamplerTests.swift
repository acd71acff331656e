import Datasets
import Testing

struct BatchSamplerTests {
    @Test(arguments: [0, 1, 2, 3, 63, 64, 65, 1_000, 60_000], [1, 7, 64, 100_000])
    func `every image once an epoch, the short batch last`(count: Int, batchSize: Int) {
        let sampler = BatchSampler(count: count, batchSize: batchSize, seed: 1)
        let ranges = (0..<sampler.stepsPerEpoch).map(sampler.range(step:))
        #expect(ranges.dropLast().allSatisfy { $0.count == batchSize })
        #expect(ranges.last.map { !$0.isEmpty && $0.count <= batchSize } ?? (count == 0))
        #expect(ranges.flatMap(Array.init) == Array(0..<count))
        #expect(sampler.order(epoch: 3).sorted() == Array(0..<UInt32(count)))
    }

    @Test func `the order depends on seed and epoch alone`() {
        let sampler = BatchSampler(count: 1_000, batchSize: 64, seed: 1)
        #expect(sampler.order(epoch: 1) == sampler.order(epoch: 1))
        #expect(sampler.order(epoch: 1) == BatchSampler(count: 1_000, batchSize: 9, seed: 1).order(epoch: 1))
        #expect(sampler.order(epoch: 1) != sampler.order(epoch: 2))
        #expect(sampler.order(epoch: 1) != BatchSampler(count: 1_000, batchSize: 64, seed: 2).order(epoch: 1))
    }

    /// 24 orders of four images in 24,000 epochs: χ² with 23 degrees of freedom stays under 49.7 in all but one of a
    /// thousand draws.
    @Test func `each order is equally likely`() {
        let sampler = BatchSampler(count: 4, batchSize: 1, seed: 1)
        var counts: [[UInt32]: Int] = [:]
        for epoch in 0..<24_000 { counts[sampler.order(epoch: epoch), default: 0] += 1 }
        #expect(counts.count == 24)
        let statistic = counts.values.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
        #expect(statistic < 49.7)
    }

    /// By hand: bounds 3 and 2 take ⌊word · bound / 2³²⌋, and refuse words whose low product is under 2³² mod bound.
    @Test func `biased words are drawn again`() {
        let blocks: [SIMD4<UInt32>] = [[0, 1 << 31, 1 << 31, 0], [0, 0, 0, 0]]
        // 3 · 0 has a low product of 0 < 1, so 0 is refused; 3 · 2³¹ gives 1: swap 2 and 1. Then 2 · 2³¹ gives 1.
        #expect(permutation(3) { blocks[$0] } == [0, 2, 1])
    }

    @Test func `shuffles MNIST's training set within 2 ms`() {
        let sampler = BatchSampler(count: 60_000, batchSize: 64, seed: 1)
        let clock = ContinuousClock()
        let fastest = (0..<20).map { epoch in clock.measure { _ = sampler.order(epoch: epoch) } }.min()!
        #expect(fastest < .milliseconds(2))
    }
}
