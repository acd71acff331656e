import Foundation
import Tensors
import TestSupport
import Testing

/// Group normalisation and its gradients against plain loops in double precision.
struct GroupNormTests {
    struct Case: CustomStringConvertible, Sendable {
        let pixels, channels, groups: Int
        var mean: Float = 0
        var spread: Float = 3
        var function: PointwiseFunction?

        var description: String {
            "[\(pixels), \(channels)] in \(groups), \(mean) ± \(spread), \(function?.name ?? "no function")"
        }
    }

    static let cases = [
        Case(pixels: 15, channels: 4, groups: 1), Case(pixels: 14, channels: 33, groups: 3),
        Case(pixels: 1, channels: 16, groups: 4), Case(pixels: 144, channels: 64, groups: 8),
        Case(pixels: 4096, channels: 32, groups: 8), Case(pixels: 7, channels: 3, groups: 3),
        Case(pixels: 50, channels: 1, groups: 1), Case(pixels: 37, channels: 48, groups: 16),
        Case(pixels: 50, channels: 129, groups: 3), Case(pixels: 3, channels: 2050, groups: 2),
        Case(pixels: 144, channels: 64, groups: 8, mean: 1000, spread: 1),
        Case(pixels: 4096, channels: 32, groups: 8, mean: 1000, spread: 1),
        Case(pixels: 30, channels: 12, groups: 4, mean: -7, spread: 1e-3),
        Case(pixels: 144, channels: 64, groups: 8, mean: 0.3, spread: 0),
        Case(pixels: 15, channels: 4, groups: 1, mean: 0.3, spread: 0),
        Case(pixels: 15, channels: 4, groups: 1, function: .silu),
        Case(pixels: 144, channels: 64, groups: 8, function: .silu),
        Case(pixels: 37, channels: 48, groups: 16, function: .relu),
        Case(pixels: 14, channels: 33, groups: 3, function: .tanh),
        Case(pixels: 14, channels: 33, groups: 3, mean: 1000, spread: 1, function: .gelu),
        Case(pixels: 50, channels: 20, groups: 5, function: .leaky_relu),
    ]

    /// What the definition gives, and how large the sums' terms are: the measure of what rounding may leave of them.
    private struct Definition {
        var y, dx, dScale, dShift, sizeOfScale, sizeOfShift: [Double]
        var sizeOfInput = 0.0

        init(_ c: Case, x: [Float], d: [Float], scale: [Float], shift: [Float], epsilon: Float, parameter: Float) {
            y = [Double](repeating: 0, count: x.count)
            dx = y
            dScale = [Double](repeating: 0, count: c.channels)
            (dShift, sizeOfScale, sizeOfShift) = (dScale, dScale, dScale)
            let size = c.channels / c.groups, count = Double(c.pixels * size)
            for group in 0..<c.groups {
                let places = (0..<c.pixels).flatMap { p in
                    (group * size..<(group + 1) * size).map { (p * c.channels + $0, $0) }
                }
                let mean = places.reduce(0) { $0 + Double(x[$1.0]) } / count
                let variance = places.reduce(0) { $0 + pow(Double(x[$1.0]) - mean, 2) } / count
                let inverse = 1 / (variance + Double(epsilon)).squareRoot()
                var slopes = [Double](), ones = 0.0, products = 0.0
                for (place, channel) in places {
                    let normal = (Double(x[place]) - mean) * inverse
                    let u = normal * Double(scale[channel]) + Double(shift[channel])
                    var slope = Double(d[place])
                    y[place] = u
                    if let function = c.function {
                        let step = 1e-6
                        func f(_ u: Double) -> Double { function.value(u, Double(parameter)) }
                        y[place] = f(u)
                        slope *= (f(u + step) - f(u - step)) / (2 * step)
                    }
                    slopes.append(slope * Double(scale[channel]))
                    ones += slopes.last! / count
                    products += slopes.last! * normal / count
                    dScale[channel] += slope * normal
                    dShift[channel] += slope
                    sizeOfScale[channel] += abs(slope * normal)
                    sizeOfShift[channel] += abs(slope)
                }
                for (i, (place, _)) in places.enumerated() {
                    dx[place] = inverse * (slopes[i] - ones - (Double(x[place]) - mean) * inverse * products)
                    sizeOfInput = max(sizeOfInput, inverse * abs(slopes[i]))
                }
            }
        }
    }

    @Test(arguments: cases)
    func `group norm and its gradients are their definitions`(c: Case) {
        var random = TestValues(seed: c.channels)
        let count = c.pixels * c.channels, epsilon: Float = 1e-5, parameter: Float = 0.1
        let values = random.uniforms(count).map { c.mean + c.spread * $0 }
        let gradient = random.uniforms(count), before = random.uniforms(count)
        let scale = PagedBuffer(random.uniforms(c.channels, 0.5...1.5))
        let shift = PagedBuffer(random.uniforms(c.channels))
        defer { withExtendedLifetime((scale, shift)) {} }
        let start = random.uniforms(c.channels)
        let expected = Definition(
            c, x: values, d: gradient, scale: scale.values, shift: shift.values, epsilon: epsilon,
            parameter: parameter)
        let norm = GroupNormalization(
            pixels: c.pixels, channels: c.channels, groups: c.groups, epsilon: epsilon, scale: scale.pointer,
            shift: shift.pointer, function: c.function, parameter: parameter)
        for kernels in InstructionSet.available.map({ Kernels($0)! }) {
            let x = PagedBuffer(values), y = PagedBuffer(before)
            let statistics = PagedBuffer(
                [Float](repeating: .nan, count: GroupNormalization.statisticsCount(groups: c.groups)))
            let scratch = PagedBuffer(
                [Float](repeating: .nan, count: GroupNormalization.scratchCount(channels: c.channels)))
            kernels.groupStatistics(into: statistics.pointer, of: x.pointer, norm, scratch: scratch.pointer)
            kernels.groupNorm(
                into: y.pointer, from: x.pointer, statistics: statistics.pointer, norm, scratch: scratch.pointer)
            let set = kernels.instructionSet
            expectClose(y.values, expected.y, within: { 2e-6 * max(abs(expected.y[$0]), 1) }, "\(set)")
            for adding in [false, true] {
                let d = PagedBuffer(gradient), dx = PagedBuffer(before)
                let (dScale, dShift) = (PagedBuffer(start), PagedBuffer(start))
                kernels.groupNormBackward(
                    into: dx.pointer, from: d.pointer, input: x.pointer, statistics: statistics.pointer, norm,
                    scaleGradient: dScale.pointer, shiftGradient: dShift.pointer, addingParameters: adding,
                    adding: adding, scratch: scratch.pointer)
                let first = adding ? before : before.map { _ in 0 }
                let firstParameter = adding ? start : start.map { _ in 0 }
                expectClose(
                    dx.values, zip(expected.dx, first).map { $0 + Double($1) },
                    within: { _ in 2e-6 * max(expected.sizeOfInput, 1) }, "dx, \(set), adding: \(adding)")
                expectClose(
                    dScale.values, zip(expected.dScale, firstParameter).map { $0 + Double($1) },
                    within: { 2e-6 * (expected.sizeOfScale[$0] + 1) }, "scale, \(set), adding: \(adding)")
                expectClose(
                    dShift.values, zip(expected.dShift, firstParameter).map { $0 + Double($1) },
                    within: { 2e-6 * (expected.sizeOfShift[$0] + 1) }, "shift, \(set), adding: \(adding)")
                // In place, and without a gradient of the image.
                let inPlace = PagedBuffer(gradient), unread = PagedBuffer(gradient)
                let (scaleAlone, shiftAlone) = (PagedBuffer(start), PagedBuffer(start))
                for (target, gradient) in [(inPlace.pointer, inPlace), (nil, unread)] as [(Floats?, PagedBuffer)] {
                    kernels.groupNormBackward(
                        into: target, from: gradient.pointer, input: x.pointer, statistics: statistics.pointer, norm,
                        scaleGradient: scaleAlone.pointer, shiftGradient: shiftAlone.pointer,
                        addingParameters: false, adding: false, scratch: scratch.pointer)
                }
                if !adding {
                    #expect(bits(inPlace.values) == bits(dx.values), "\(set)")
                    #expect(bits(scaleAlone.values) == bits(dScale.values), "\(set)")
                    #expect(bits(shiftAlone.values) == bits(dShift.values), "\(set)")
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `an image of one value becomes the shifts`(set: InstructionSet) {
        let kernels = Kernels(set)!
        for channels in [1, 6, 16, 40] {
            let scale = AlignedBuffer([Float](repeating: 3, count: channels))
            let shift = AlignedBuffer((0..<channels).map(Float.init))
            defer { withExtendedLifetime((scale, shift)) {} }
            let norm = GroupNormalization(
                pixels: 20, channels: channels, groups: 1, epsilon: 1e-5, scale: scale.pointer, shift: shift.pointer)
            let x = AlignedBuffer([Float](repeating: 0.1, count: 20 * channels)), y = AlignedBuffer(count: x.count)
            let statistics = AlignedBuffer(count: GroupNormalization.statisticsCount(groups: 1))
            let scratch = AlignedBuffer(count: GroupNormalization.scratchCount(channels: channels))
            kernels.groupStatistics(into: statistics.pointer, of: x.pointer, norm, scratch: scratch.pointer)
            kernels.groupNorm(
                into: y.pointer, from: x.pointer, statistics: statistics.pointer, norm, scratch: scratch.pointer)
            for (i, value) in y.values.enumerated() { #expect(abs(value - Float(i % channels)) < 1e-4) }
        }
    }

    /// A function in the same pass is the function after it.
    @Test(arguments: PointwiseFunction.all)
    func `the function follows at once`(function: PointwiseFunction) {
        let kernels = Kernels.shared, (pixels, channels) = (40, 24)
        var random = TestValues(seed: 1)
        let x = AlignedBuffer(random.uniforms(pixels * channels))
        // Positive everywhere: so that a logarithm is a number.
        let scale = AlignedBuffer(random.uniforms(channels, 0.1...0.2))
        let shift = AlignedBuffer(random.uniforms(channels, 2...3))
        defer { withExtendedLifetime((scale, shift)) {} }
        var norm = GroupNormalization(
            pixels: pixels, channels: channels, groups: 3, epsilon: 1e-5, scale: scale.pointer, shift: shift.pointer,
            parameter: 0.2)
        let statistics = AlignedBuffer(count: GroupNormalization.statisticsCount(groups: 3))
        let scratch = AlignedBuffer(count: GroupNormalization.scratchCount(channels: channels))
        let (apart, fused) = (AlignedBuffer(count: x.count), AlignedBuffer(count: x.count))
        kernels.groupStatistics(into: statistics.pointer, of: x.pointer, norm, scratch: scratch.pointer)
        kernels.groupNorm(
            into: apart.pointer, from: x.pointer, statistics: statistics.pointer, norm, scratch: scratch.pointer)
        kernels.apply(function, into: apart.pointer, from: apart.pointer, count: x.count, parameter: 0.2)
        norm.function = function
        kernels.groupNorm(
            into: fused.pointer, from: x.pointer, statistics: statistics.pointer, norm, scratch: scratch.pointer)
        fused.expect(apart.values, function.name)
    }
}
