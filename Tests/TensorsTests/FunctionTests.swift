import Foundation
import Tensors
import TestSupport
import Testing

/// exp, log, sigmoid and the Bernoulli likelihood against the C library's in double precision.
///
/// Reached, in units in the last place: exp 0.96, log 0.79, sigmoid 2.5.
struct FunctionTests {
    private static func apply(
        _ kernels: Kernels, _ function: (Kernels, Floats, UnsafePointer<Float>, Int) -> Void, _ x: [Float]
    ) -> [Float] {
        let out = AlignedBuffer(count: x.count)
        function(kernels, out.pointer, x, x.count)
        return out.values
    }

    private static func exponential(_ kernels: Kernels, _ x: [Float]) -> [Float] {
        apply(kernels, { $0.exponential(into: $1, $2, count: $3) }, x)
    }

    private static func logarithm(_ kernels: Kernels, _ x: [Float]) -> [Float] {
        apply(kernels, { $0.logarithm(into: $1, $2, count: $3) }, x)
    }

    private static func sigmoid(_ kernels: Kernels, _ x: [Float]) -> [Float] {
        apply(
            kernels,
            {
                $1.update(from: $2, count: $3)
                $0.sigmoid($1, count: $3)
            }, x)
    }

    /// Evenly spaced, both ends included.
    private static func sweep(_ range: ClosedRange<Double>, count: Int = 100_000) -> [Float] {
        (0..<count).map {
            Float(range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(count - 1))
        }
    }

    @Test(arguments: InstructionSet.available)
    func `exp is good to a unit in the last place`(set: InstructionSet) {
        let kernels = Kernels(set)!
        for x in [Self.sweep(-87.3 ... -1), Self.sweep(-1...1), Self.sweep(1...88.7)] {
            let y = Self.exponential(kernels, x)
            let worst = zip(x, y).map { ulps($1, from: exp(Double($0))) }.max()!
            #expect(worst <= 1)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `exp knows its ends`(set: InstructionSet) {
        let kernels = Kernels(set)!
        let x: [Float] = [
            0, -0.0, .infinity, -.infinity, 89, 1e30, -88, -1e30, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        ]
        #expect(Self.exponential(kernels, x) == [1, 1, .infinity, 0, .infinity, .infinity, 0, 0, 1, 1])
        for nan in [Float.nan, -.nan, .signalingNaN] {
            // At each place of a vector and of its rest.
            for place in 0..<19 {
                let y = Self.exponential(kernels, (0..<19).map { $0 == place ? nan : 0 })
                #expect(y.enumerated().allSatisfy { $0 == place ? $1.isNaN : $1 == 1 })
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `log is good to a unit in the last place`(set: InstructionSet) {
        let kernels = Kernels(set)!
        let magnitudes = (-126...127).flatMap { exponent in
            [1, 1.1, 1.25, 1.4142134, 1.4142137, 1.7, 1.9999999].map {
                Float(sign: .plus, exponent: exponent, significand: $0)
            }
        }
        for x in [Self.sweep(0.4...2.5), Self.sweep(1e-3...1), Self.sweep(1...1e6), magnitudes] {
            let y = Self.logarithm(kernels, x)
            let worst = zip(x, y).map { ulps($1, from: log(Double($0))) }.max()!
            #expect(worst <= 1)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `log knows its ends`(set: InstructionSet) {
        let kernels = Kernels(set)!
        let y = Self.logarithm(kernels, [1, 0, -0.0, .infinity, .leastNonzeroMagnitude])
        let expected: [Float] = [0, -.infinity, -.infinity, .infinity, -.infinity]
        #expect(y == expected)
        for bad: Float in [-1, -.infinity, -1e-30, -.leastNonzeroMagnitude, .nan] {
            #expect(Self.logarithm(kernels, [bad, 1])[0].isNaN, "log \(bad)")
        }
    }

    @Test(arguments: InstructionSet.available)
    func `the sigmoid is good to three units in the last place`(set: InstructionSet) {
        let kernels = Kernels(set)!
        for x in [Self.sweep(-87...0), Self.sweep(-2...2), Self.sweep(0...100)] {
            let y = Self.sigmoid(kernels, x)
            let worst = zip(x, y).map { ulps($1, from: 1 / (1 + exp(-Double($0)))) }.max()!
            #expect(worst <= 3)
        }
        #expect(Self.sigmoid(kernels, [.infinity, -.infinity, 0, 1e4, -1e4]) == [1, 0, 0.5, 1, 0])
        #expect(Self.sigmoid(kernels, [.nan])[0].isNaN)
    }

    /// log-sigmoid written naively gives NaN at ±80 and log 0 at ±1e4.
    @Test(arguments: InstructionSet.available, [1, 15, 16, 17, 100])
    func `the Bernoulli likelihood holds at any logit`(set: InstructionSet, count: Int) {
        let kernels = Kernels(set)!
        var random = TestValues(seed: count)
        for limit in [Float(1e-3), 1, 10, 80, 1e4] {
            var logits = random.uniforms(count, -limit...limit)
            logits[0] = limit
            logits[count / 2] = -limit
            let targets = random.uniforms(count, 0...1).enumerated().map { $0 % 3 == 0 ? $1 : $1.rounded() }
            var (loss, slopes) = (0.0, [Float]())
            for (logit, target) in zip(logits, targets) {
                let (x, t) = (Double(logit), Double(target))
                loss += max(x, 0) - x * t + log1p(exp(-abs(x)))
                slopes.append(Float(0.5 * (1 / (1 + exp(-x)) - t)))
            }
            let gradient = AlignedBuffer(count: count)
            let ours = kernels.bernoulli(
                gradient: gradient.pointer, logits: logits, target: targets, count: count, scale: 0.5)
            #expect(abs(Double(ours) - loss) <= 2e-6 * loss, "±\(limit)")
            #expect(relativeError(gradient.values, slopes) <= 1e-6, "±\(limit)")
            #expect(kernels.bernoulli(gradient: nil, logits: logits, target: targets, count: count, scale: 0) == ours)
        }
    }

    /// A certain and right prediction costs e⁻⁸⁰ nats, not zero and not NaN; a wrong one costs its logit.
    @Test(arguments: InstructionSet.available)
    func `a single pixel's cost is exact where it is small`(set: InstructionSet) {
        let kernels = Kernels(set)!
        for (logit, target, cost) in [
            (80, 1, exp(-80.0)), (-80, 0, exp(-80.0)), (80, 0, 80), (-80, 1, 80), (1e4, 1, 0), (-1e4, 1, 1e4),
            (0, 0.5, log(2.0)), (20, 1, log1p(exp(-20.0))),
        ] as [(Float, Float, Double)] {
            let ours = kernels.bernoulli(gradient: nil, logits: [logit], target: [target], count: 1, scale: 1)
            #expect(ulps(ours, from: cost) <= 4, "\(logit), \(target): \(ours)")
        }
    }
}
