import Foundation
import Tensors
import TestSupport
import Testing

extension PointwiseFunction {
    /// Its definition.
    func value(_ x: Double, _ parameter: Double) -> Double {
        switch self {
        case .relu: max(x, 0)
        case .leaky_relu: x < 0 ? parameter * x : x
        case .elu: x > 0 ? x : parameter * expm1(x)
        case .selu: x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * expm1(x)
        case .silu: x / (1 + exp(-x))
        case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
        case .gelu_tanh: x / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .tanh: Foundation.tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .softplus: max(x, 0) + log1p(exp(-abs(x)))
        case .exponential: exp(x)
        case .logarithm: log(x)
        }
    }

    /// Where it has no slope.
    var corner: Double? {
        switch self {
        case .relu, .leaky_relu, .elu, .selu: 0
        default: nil
        }
    }

    /// Where it is not constant to the last bit of a Float32, or too large for one.
    var domain: ClosedRange<Double> {
        switch self {
        case .logarithm: 1e-3...1e3
        case .exponential, .softplus, .sigmoid: -85...85
        default: -100...100
        }
    }

    /// The largest relative error that may be; what the last place of an exponent's argument makes of a far tail in two.
    func tolerance(_ set: InstructionSet) -> Double {
        switch self {
        case .gelu_tanh: 2e-5
        case .gelu: set == .baseline ? 1e-5 : 4e-7
        default: 3e-7
        }
    }
}

/// The pointwise functions against their definitions in double precision.
struct PointwiseFunctionTests {
    static let parameter: Float = 0.3
    static let sizes = [0, 1, 7, 15, 16, 17, 33, 100]

    private static func apply(
        _ function: PointwiseFunction, _ set: InstructionSet, _ x: [Float], parameter: Float = parameter
    ) -> [Float] {
        let out = AlignedBuffer(count: x.count)
        Kernels(set)!.apply(function, into: out.pointer, from: x, count: x.count, parameter: parameter)
        return out.values
    }

    /// The function's gradient for a gradient of ones; what the function does not read is withheld.
    private static func slopes(
        _ function: PointwiseFunction, _ set: InstructionSet, _ x: [Float], parameter: Float = parameter
    ) -> [Float] {
        let y = AlignedBuffer(apply(function, set, x, parameter: parameter)), input = AlignedBuffer(x)
        let d = AlignedBuffer([Float](repeating: 1, count: x.count))
        withExtendedLifetime((y, input)) {
            Kernels(set)!.applyBackward(
                function, into: d.pointer, from: d.pointer,
                input: function.readsInput ? UnsafePointer(input.pointer) : nil,
                output: function.readsOutput ? UnsafePointer(y.pointer) : nil, count: x.count, parameter: parameter,
                adding: false)
        }
        return d.values
    }

    private static func sweep(_ function: PointwiseFunction) -> [Float] {
        let domain = function.domain
        let ranges = function == .logarithm ? [domain, 0.5...2] : [domain, -14...14, -1...1, -1e-3...1e-3]
        return ranges.flatMap { range in
            (0..<20_000).map {
                Float(range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 19_999)
            }
        }
    }

    @Test(arguments: PointwiseFunction.all, InstructionSet.available)
    func `functions are their definitions`(function: PointwiseFunction, set: InstructionSet) {
        let x = Self.sweep(function)
        for (x, y) in zip(x, Self.apply(function, set, x)) {
            let exact = function.value(Double(x), Double(Self.parameter)), error = abs(Double(y) - exact)
            // Exponentials below the smallest normal number are 0; an x of −88 makes 1.1e-36 of that.
            let isClose =
                error <= function.tolerance(set) * abs(exact) + 1.1e-36 && error <= 2e-7 * max(abs(exact), 1)
            #expect(isClose, "\(function.name)(\(x)) is \(y), not \(exact)")
            if !isClose { return }
        }
    }

    @Test(arguments: PointwiseFunction.all, InstructionSet.available)
    func `gradients are the definitions' slopes`(function: PointwiseFunction, set: InstructionSet) {
        let x = Self.sweep(function), p = Double(Self.parameter)
        for (x, slope) in zip(x, Self.slopes(function, set, x)) {
            let step = 1e-5 * max(abs(Double(x)), 0.01)
            if let corner = function.corner, abs(Double(x) - corner) <= step { continue }
            let exact =
                (function.value(Double(x) + step, p) - function.value(Double(x) - step, p)) / (2 * step)
            let isClose = abs(Double(slope) - exact) <= 4e-7 * max(abs(exact), 1)
            #expect(isClose, "the slope of \(function.name) at \(x) is \(slope), not \(exact)")
            if !isClose { return }
        }
    }

    /// A function's limits at ±∞, and its slope's.
    static func limits(_ function: PointwiseFunction) -> (values: [Float], slopes: [Float]) {
        switch function {
        case .relu, .silu, .gelu, .gelu_tanh, .softplus: ([0, .infinity], [0, 1])
        case .leaky_relu: ([-.infinity, .infinity], [parameter, 1])
        case .elu: ([-parameter, .infinity], [0, 1])
        case .selu: ([-1.7580993, .infinity], [0, 1.050701])
        case .tanh: ([-1, 1], [0, 0])
        case .sigmoid: ([0, 1], [0, 0])
        case .exponential: ([0, .infinity], [0, .infinity])
        case .logarithm: ([.nan, .infinity], [0, 0])
        }
    }

    @Test(arguments: PointwiseFunction.all, InstructionSet.available)
    func `functions know their limits`(function: PointwiseFunction, set: InstructionSet) {
        let (values, slopes) = Self.limits(function)
        let ends: [Float] = [-.infinity, .infinity]
        #expect(Self.apply(function, set, ends).map(\.description) == values.map(\.description))
        #expect(Self.slopes(function, set, ends) == slopes)
        // Large numbers give what infinity gives, but for what grows with them.
        for huge: Float in [200, 1e5, 1e20, .greatestFiniteMagnitude] {
            let reached = Self.apply(function, set, [-huge, huge]), slopes = Self.slopes(function, set, [-huge, huge])
            for (i, x) in [-huge, huge].enumerated() {
                let expected = function.value(Double(x), Double(Self.parameter))
                #expect(
                    reached[i].isNaN && expected.isNaN || abs(Double(reached[i]) - expected) <= 3e-7 * abs(expected)
                        || reached[i] == Float(expected), "\(function.name)(\(x)) is \(reached[i])")
                #expect(function == .logarithm || !slopes[i].isNaN, "\(function.name) at \(x)")
            }
        }
    }

    @Test(arguments: PointwiseFunction.all, InstructionSet.available)
    func `a NaN comes through every function`(function: PointwiseFunction, set: InstructionSet) {
        for nan in [Float.nan, -.nan, .signalingNaN] {
            for place in 0..<19 {
                let y = Self.apply(function, set, (0..<19).map { $0 == place ? nan : 1 })
                #expect(y.enumerated().allSatisfy { $1.isNaN == ($0 == place) })
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `a slope or an α of 0 makes a ReLU`(set: InstructionSet) {
        let x: [Float] = [-.infinity, -1e30, -2, -1e-30, 0, 1e-30, 2, 1e30, .infinity]
        for function in [PointwiseFunction.leaky_relu, .elu] {
            #expect(Self.apply(function, set, x, parameter: 0) == Self.apply(.relu, set, x))
            #expect(Self.slopes(function, set, x, parameter: 0) == Self.slopes(.relu, set, x))
        }
    }

    /// Each value by itself, wherever it stands, and none beside or behind the rows.
    @Test(arguments: PointwiseFunction.all, sizes)
    func `rows of any length and distance are mapped`(function: PointwiseFunction, channels: Int) {
        for set in InstructionSet.available {
            let kernels = Kernels(set)!
            var random = TestValues(seed: channels)
            for (rows, gap, inputGap) in [(1, 0, 0), (3, 0, 0), (3, 2, 5), (0, 1, 1)] {
                let stride = channels + gap, inputStride = channels + inputGap
                let used = rows == 0 ? 0 : (rows - 1) * inputStride + channels
                let x = PagedBuffer(random.uniforms(used, 0.5...3)), x0 = x.values
                let out = PagedBuffer(
                    [Float](repeating: -9, count: rows == 0 ? 0 : (rows - 1) * stride + channels))
                var expected = out.values
                for row in 0..<rows {
                    for c in 0..<channels {
                        expected[row * stride + c] =
                            Self.apply(function, set, [x0[row * inputStride + c]])[0]
                    }
                }
                kernels.apply(
                    function, into: out.pointer, from: x.pointer, rows: rows, channels: channels, stride: stride,
                    inputStride: inputStride, parameter: Self.parameter)
                #expect(bits(out.values) == bits(expected), "\(set), \(rows), \(gap)")
                if gap == inputGap {
                    kernels.apply(
                        function, into: x.pointer, from: x.pointer, rows: rows, channels: channels,
                        stride: inputStride, inputStride: inputStride, parameter: Self.parameter)
                    #expect(rows == 0 || bits(x.values) == bits(expected), "\(set) in place")
                }
            }
        }
    }

    @Test(arguments: PointwiseFunction.all, sizes)
    func `gradients are written or added`(function: PointwiseFunction, count: Int) {
        for set in InstructionSet.available {
            let kernels = Kernels(set)!
            var random = TestValues(seed: count)
            let x = PagedBuffer(random.uniforms(count, 0.5...3)), y = PagedBuffer(Self.apply(function, set, x.values))
            let before = random.uniforms(count), ones = PagedBuffer([Float](repeating: 1, count: count))
            let slopes = Self.slopes(function, set, x.values)
            for adding in [false, true] {
                let din = PagedBuffer(before)
                kernels.applyBackward(
                    function, into: din.pointer, from: ones.pointer, input: x.pointer, output: y.pointer,
                    count: count, parameter: Self.parameter, adding: adding)
                let expected = zip(before, slopes).map { adding ? $0 + $1 : $1 }
                #expect(bits(din.values) == bits(expected), "\(set), adding: \(adding)")
            }
        }
    }

    @Test func `every function has a name and reads something`() {
        #expect(Set(PointwiseFunction.all.map(\.name)).count == PointwiseFunction.all.count)
        #expect(PointwiseFunction.gelu_tanh.name == "gelu_tanh")
        for function in PointwiseFunction.all { #expect(function.readsInput || function.readsOutput) }
        #expect(PointwiseFunction.relu.readsOutput && !PointwiseFunction.relu.readsInput)
        #expect(PointwiseFunction.silu.readsInput && !PointwiseFunction.silu.readsOutput)
    }
}
