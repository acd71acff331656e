import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

/// Random numbers: Philox's known answers, and distributions that hang on a number's name alone.
struct RandomTests {
    /// philox4x32-10 of Random123's kat_vectors.
    @Test(
        arguments: [
            (
                [0, 0, 0, 0], [0, 0],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
            ),
            (
                [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [([UInt32], [UInt32], [UInt32])])
    func `Philox gives its known answers`(counter: [UInt32], key: [UInt32], answer: [UInt32]) {
        var out = [UInt32](repeating: 0, count: 4)
        vae_philox(counter, key, &out)
        #expect(out == answer)
    }

    /// A word's name is its place: purpose and epoch, index, sample, block under the seed.
    @Test func `words are Philox at their name`() {
        let random = RandomSource(seed: 0x1234_5678_9abc_def0)
        let words = random.words(.sampling, epoch: 77, index: 5, sample: 6, block: 7)
        var out = [UInt32](repeating: 0, count: 4)
        vae_philox([5 << 24 | 77, 5, 6, 7], [0x9abc_def0, 0x1234_5678], &out)
        #expect((0..<4).map { words[$0] } == out)
    }

    private static func normals(_ count: Int, index: Int = 0, set: InstructionSet? = nil) -> [Float] {
        let out = AlignedBuffer(count: count + 1)
        out.pointer[count] = 777
        let kernels = set.map { Kernels($0)! } ?? .shared
        kernels.normals(into: out.pointer, count: count, counter: (3, UInt32(index), 0), key: (1, 2))
        #expect(out.pointer[count] == 777)
        return Array(out.values.dropLast())
    }

    @Test(arguments: InstructionSet.available)
    func `normals do not hang on how many are drawn`(set: InstructionSet) {
        let many = Self.normals(200, set: set)
        for count in 0...100 { #expect(bits(Self.normals(count, set: set)) == bits(Array(many.prefix(count)))) }
    }

    /// Box–Muller by its definition in double precision, from the same words.
    @Test(arguments: InstructionSet.available)
    func `normals are Box and Muller's`(set: InstructionSet) {
        let ours = Self.normals(4000, set: set)
        var worst = 0.0
        for block in 0..<1000 {
            var words = [UInt32](repeating: 0, count: 4)
            vae_philox([3, 0, 0, UInt32(block)], [1, 2], &words)
            for half in 0..<2 {
                let radius = sqrt(-2 * log(Double((words[2 * half] >> 8) + 1) * 0x1p-24))
                let angle = 2 * Double.pi * Double(words[2 * half + 1] >> 8) * 0x1p-24
                let place = 4 * block + 2 * half
                worst = max(worst, abs(Double(ours[place]) - radius * cos(angle)))
                worst = max(worst, abs(Double(ours[place + 1]) - radius * sin(angle)))
            }
        }
        #expect(worst <= 2e-6)
    }

    /// Each bound is five standard errors of its moment over n independent draws.
    @Test func `normals have a normal distribution's moments`() {
        let count = 400_000
        let x = (0..<4).flatMap { Self.normals(count / 4, index: $0) }.map(Double.init)
        let n = Double(count)
        func mean(_ value: (Double) -> Double) -> Double { x.reduce(0) { $0 + value($1) } / n }
        #expect(abs(mean { $0 }) <= 5 * (1 / n).squareRoot())
        #expect(abs(mean { $0 * $0 } - 1) <= 5 * (2 / n).squareRoot())
        #expect(abs(mean { $0 * $0 * $0 }) <= 5 * (15 / n).squareRoot())
        #expect(abs(mean { $0 * $0 * $0 * $0 } - 3) <= 5 * (96 / n).squareRoot())
        for bound in [0.5, 1, 2, 3] {
            let expected = erfc(bound / 2.0.squareRoot())
            let found = mean { abs($0) > bound ? 1 : 0 }
            #expect(abs(found - expected) <= 5 * (expected / n).squareRoot(), "beyond \(bound)")
        }
        // Neighbours, the two of a pair among them, know nothing of each other.
        for lag in [1, 2, 4] {
            let product = zip(x, x.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / n
            #expect(abs(product) <= 5 / n.squareRoot(), "lag \(lag)")
        }
    }

    @Test func `each part of a number's name gives another stream`() {
        func normals(_ seed: UInt64, _ purpose: RandomPurpose, _ epoch: Int, _ index: Int, _ sample: Int) -> [Float] {
            let out = AlignedBuffer(count: 40)
            RandomSource(seed: seed).normals(
                into: out.pointer, count: 40, purpose, epoch: epoch, index: index, sample: sample)
            return out.values
        }
        let streams = [
            normals(1, .trainingNoise, 0, 0, 0), normals(2, .trainingNoise, 0, 0, 0),
            normals(1 << 32 | 1, .trainingNoise, 0, 0, 0), normals(1, .validationNoise, 0, 0, 0),
            normals(1, .trainingNoise, 1, 0, 0), normals(1, .trainingNoise, 0, 1, 0),
            normals(1, .trainingNoise, 0, 0, 1),
        ]
        #expect(Set(streams).count == streams.count)
        #expect(normals(1, .trainingNoise, 0, 0, 0) == streams[0])
    }

    /// Kept or dropped by the word of the value's place; the rest of the vector, and what is drawn, changes nothing.
    @Test(arguments: InstructionSet.available, [0, 1, 3, 4, 15, 16, 17, 63, 64, 65, 100, 1000])
    func `dropout is its words' fractions`(set: InstructionSet, count: Int) {
        let kernels = Kernels(set)!
        var random = TestValues(seed: count)
        let (values, before) = (random.uniforms(count), random.uniforms(count))
        let rate: Float = 0.3, scale: Float = 1 / 0.7
        var expected = [Float]()
        for i in 0..<count {
            var words = [UInt32](repeating: 0, count: 4)
            vae_philox([9, 8, 7, UInt32(i / 4)], [6, 5], &words)
            let isKept = Double(words[i % 4] >> 8) / 0x1p24 >= Double(rate)
            expected.append(isKept ? values[i] * scale : 0)
        }
        let x = PagedBuffer(values)
        for adding in [false, true] {
            let out = PagedBuffer(before)
            kernels.dropout(
                into: out.pointer, from: x.pointer, count: count, counter: (9, 8, 7), key: (6, 5), rate: rate,
                scale: scale, adding: adding)
            #expect(out.values == zip(before, expected).map { adding ? $0 + $1 : $1 })
        }
        kernels.dropout(
            into: x.pointer, from: x.pointer, count: count, counter: (9, 8, 7), key: (6, 5), rate: rate, scale: scale,
            adding: false)
        #expect(x.values == expected, "in place")
    }

    @Test func `dropout keeps the mean, and drops others in each image, place and epoch`() {
        let count = 100_000, ones = [Float](repeating: 1, count: count)
        func dropped(_ rate: Double, seed: UInt64 = 1, epoch: Int = 0, index: Int = 0, sample: Int = 0) -> [Float] {
            let out = AlignedBuffer(count: count)
            RandomSource(seed: seed).dropout(
                into: out.pointer, from: ones, count: count, rate: rate, epoch: epoch, index: index, sample: sample,
                adding: false)
            return out.values
        }
        #expect(dropped(0) == ones)
        for rate in [0.1, 0.5, 0.9] {
            let values = dropped(rate)
            #expect(Set(values) == [0, Float(1 / (1 - rate))])
            // Five standard deviations of a binomial.
            let share = Double(values.count { $0 == 0 }) / Double(count)
            #expect(abs(share - rate) < 5 * (rate * (1 - rate) / Double(count)).squareRoot())
        }
        let masks = [
            dropped(0.5), dropped(0.5, seed: 2), dropped(0.5, epoch: 1), dropped(0.5, index: 1),
            dropped(0.5, sample: 1),
        ]
        #expect(Set(masks).count == masks.count)
        #expect(dropped(0.5) == masks[0])
    }

    @Test func `uniforms fill their range evenly`() {
        let values = RandomSource(seed: 8).uniforms(count: 100_003, limit: 0.5, .initialWeights, index: 2)
        #expect(values.count == 100_003)
        #expect(values.allSatisfy { -0.5 <= $0 && $0 < 0.5 })
        var bins = [Int](repeating: 0, count: 20)
        for value in values { bins[Int((value + 0.5) * 20)] += 1 }
        let expected = 100_003.0 / 20
        let chiSquared = bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        // 19 degrees of freedom: above 50 with a probability of 1e-4.
        #expect(chiSquared < 50)
        let few = RandomSource(seed: 8).uniforms(count: 5, limit: 0.5, .initialWeights, index: 2)
        #expect(few == Array(values.prefix(5)))
    }
}
