import CPictures

/// The weights of one side, as Pillow computes them (`precompute_coeffs` and `normalize_coeffs_8bpc` of its Resample.c).
final class Resampling {
    let side: Side
    private let firsts, counts, weights: UnsafeMutablePointer<Int32>
    private let taps: Int

    /// The rows or columns of the input that any output needs.
    let needed: Range<Int>

    deinit {
        firsts.deallocate()
        counts.deallocate()
        weights.deallocate()
    }

    init(_ side: Side, _ filter: PictureSettings.Filter) {
        self.side = side
        let scale = Double(side.end - side.start) / Double(side.output)
        // Wider where a picture shrinks: that is the antialiasing.
        let width = max(scale, 1)
        let support = filter.support * width
        taps = Int(support.rounded(.up)) * 2 + 1
        firsts = .allocate(capacity: side.output)
        counts = .allocate(capacity: side.output)
        weights = .allocate(capacity: side.output * taps)
        weights.initialize(repeating: 0, count: side.output * taps)
        for place in 0..<side.output {
            let center = Double(side.start) + (Double(place) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let count = min(side.input, Int(center + support + 0.5)) - first
            var values = (0..<count).map { filter.value((Double($0 + first) - center + 0.5) * (1 / width)) }
            let sum = values.reduce(0, +)
            if sum != 0 { values = values.map { $0 / sum } }
            (firsts[place], counts[place]) = (Int32(first), Int32(count))
            for (tap, value) in values.enumerated() {
                weights[place * taps + tap] = Int32(value * Double(1 << 22) + (value < 0 ? -0.5 : 0.5))
            }
        }
        let last = side.output - 1
        needed = Int(firsts[0])..<Int(firsts[last] + counts[last])
    }

    /// For a picture whose first rows were left out.
    func leavingOut(_ rows: Int, _ use: (inout vae_resampling) -> Void) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: side.output) { moved in
            for place in 0..<side.output { moved[place] = firsts[place] - Int32(rows) }
            var resampling = vae_resampling(
                size: Int32(side.output), stride: Int32(taps), firsts: moved.baseAddress, counts: counts,
                weights: weights)
            withExtendedLifetime(self) { use(&resampling) }
        }
    }
}
