import Tensors

/// |actual − expected| / |expected| in the L2 norm; NaN for a NaN.
///
/// Where nothing but zeros is expected: |actual|.
package func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    requireShape(actual.count == expected.count, "\(actual.count) values against \(expected.count)")
    var (difference, norm) = (0.0, 0.0)
    for (a, e) in zip(actual, expected) {
        difference += (Double(a) - Double(e)) * (Double(a) - Double(e))
        norm += Double(e) * Double(e)
    }
    return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}

/// The bits of each value, so that equality tells −0 from 0 and one NaN equals itself.
package func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// Test values from a seed: the same on each run and machine.
package struct TestValues {
    private var state: UInt64

    package init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// Whole numbers up to ±limit: with few and small ones, Float32 sums and products are exact in any order.
    package mutating func wholes(_ count: Int, limit: Int = 3) -> [Float] {
        (0..<count).map { _ in Float(integer(-limit...limit)) }
    }

    package mutating func uniforms(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in
            range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) * 0x1p-24
        }
    }

    /// ±1 each: a direction that leaves no value out.
    package mutating func signs(_ count: Int) -> [Float] {
        (0..<count).map { _ in next() & 1 == 0 ? 1 : -1 }
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
