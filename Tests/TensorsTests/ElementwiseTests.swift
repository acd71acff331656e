import Foundation
import Tensors
import TestSupport
import Testing

/// The loops between the matrix blocks, over sizes around a vector's sixteen.
struct ElementwiseTests {
    static let sizes = [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 65]
    static let channels = [1, 2, 3, 5, 15, 16, 17, 33]

    private var all: [Kernels] { InstructionSet.available.map { Kernels($0)! } }

    /// One value more than a block may touch stands behind each buffer.
    private func guarded(_ values: [Float]) -> AlignedBuffer { AlignedBuffer(values + [777]) }

    @Test(arguments: sizes)
    func `arrays are added`(count: Int) {
        var random = TestValues(seed: count)
        let (y, x) = (random.uniforms(count), random.uniforms(count))
        for kernels in all {
            let sum = guarded(y)
            kernels.add(x, to: sum.pointer, count: count)
            sum.expect(zip(y, x).map { $0 + $1 } + [777], "\(kernels.instructionSet)")
        }
    }

    @Test(arguments: sizes)
    func `arrays are added and multiplied into another`(count: Int) {
        var random = TestValues(seed: count)
        // Whole numbers: a product and its sum are exact with and without fused multiply-add.
        let (x, y, before) = (random.wholes(count), random.wholes(count), random.wholes(count))
        for kernels in all {
            let (a, b, out) = (PagedBuffer(x), PagedBuffer(y), PagedBuffer(before))
            kernels.add(a.pointer, and: b.pointer, into: out.pointer, count: count)
            #expect(out.values == zip(x, y).map { $0 + $1 }, "\(kernels.instructionSet)")
            kernels.multiply(a.pointer, by: b.pointer, into: out.pointer, count: count, adding: false)
            let products = zip(x, y).map { $0 * $1 }
            #expect(out.values == products, "\(kernels.instructionSet)")
            kernels.multiply(a.pointer, by: b.pointer, into: out.pointer, count: count, adding: true)
            #expect(out.values == products.map { 2 * $0 }, "\(kernels.instructionSet)")
            kernels.multiply(a.pointer, by: b.pointer, into: a.pointer, count: count, adding: false)
            #expect(a.values == products, "\(kernels.instructionSet) in place")
        }
    }

    /// Channels of two images stand side by side, and their gradients come back from there.
    @Test(arguments: channels)
    func `rows are copied and added from stride to stride`(channels: Int) {
        for (rows, other) in [(0, 1), (1, 0), (1, 3), (5, 0), (5, 4)] {
            var random = TestValues(seed: channels)
            let (image, wide) = (random.wholes(rows * channels), random.wholes(rows * (channels + other)))
            for kernels in all {
                let (x, joined) = (PagedBuffer(image), PagedBuffer(wide))
                kernels.copyRows(
                    into: joined.pointer + other, from: x.pointer, rows: rows, channels: channels,
                    stride: channels + other, inputStride: channels, adding: false)
                let expected = wide.indices.map { i in
                    let (row, c) = i.quotientAndRemainder(dividingBy: channels + other)
                    return c < other ? wide[i] : image[row * channels + c - other]
                }
                #expect(joined.values == expected, "\(kernels.instructionSet)")
                kernels.copyRows(
                    into: x.pointer, from: joined.pointer + other, rows: rows, channels: channels, stride: channels,
                    inputStride: channels + other, adding: true)
                #expect(x.values == image.map { 2 * $0 }, "\(kernels.instructionSet)")
            }
        }
    }

    @Test(arguments: channels)
    func `rows are filled, activated and summed`(channels: Int) {
        for rows in [0, 1, 2, 16, 17, 50] {
            var random = TestValues(seed: rows)
            let (values, bias) = (random.wholes(rows * channels), random.wholes(channels))
            for kernels in all {
                for gap in [0, 3] {
                    let stride = channels + gap
                    let spaced = (0..<rows * stride).map {
                        $0 % stride < channels ? values[$0 / stride * channels + $0 % stride] : -9
                    }
                    let activated = guarded(spaced)
                    kernels.relu(activated.pointer, rows: rows, channels: channels, stride: stride)
                    activated.expect(
                        spaced.enumerated().map { $0 % stride < channels ? max($1, 0) : $1 } + [777],
                        "\(kernels.instructionSet), \(rows), \(gap)")
                    let filled = guarded(spaced)
                    kernels.fillRows(filled.pointer, with: bias, rows: rows, channels: channels, stride: stride)
                    filled.expect(
                        (0..<rows * stride).map { $0 % stride < channels ? bias[$0 % stride] : -9 } + [777],
                        "\(kernels.instructionSet), \(rows), \(gap)")
                }
                for adding in [false, true] {
                    let sums = guarded(bias)
                    kernels.columnSums(into: sums.pointer, of: values, rows: rows, channels: channels, adding: adding)
                    var expected = adding ? bias : bias.map { _ in 0 }
                    for (i, value) in values.enumerated() { expected[i % channels] += value }
                    #expect(sums.values == expected + [777], "\(kernels.instructionSet), \(rows), \(adding)")
                }
            }
        }
    }

    @Test(arguments: sizes)
    func `gradients pass where the output was positive`(size: Int) {
        var random = TestValues(seed: size)
        let (output, gradient) = (random.wholes(size, limit: 1), random.wholes(size))
        let fractions = random.uniforms(size, 0...1)
        for kernels in all {
            let relu = guarded(gradient)
            kernels.reluBackward(relu.pointer, output: output, count: size)
            relu.expect(zip(gradient, output).map { $1 > 0 ? $0 : 0 } + [777], "\(kernels.instructionSet)")
            let sigmoid = guarded(gradient)
            kernels.sigmoidBackward(sigmoid.pointer, output: fractions, count: size)
            sigmoid.expect(zip(gradient, fractions).map { $0 * $1 * (1 - $1) } + [777], "\(kernels.instructionSet)")
        }
    }

    @Test(arguments: sizes)
    func `a NaN comes through a ReLU`(size: Int) {
        for kernels in all {
            for place in 0..<size {
                let y = guarded((0..<size).map { $0 == place ? .nan : -1 })
                kernels.relu(y.pointer, rows: 1, channels: size, stride: size)
                #expect(y.values.dropLast().enumerated().allSatisfy { $0 == place ? $1.isNaN : $1 == 0 })
            }
        }
    }

    @Test(arguments: sizes)
    func `bytes become fractions of 255`(size: Int) {
        let bytes = (0..<256 + size).map { UInt8($0 % 256) }
        for kernels in all {
            let out = guarded([Float](repeating: 0, count: bytes.count))
            kernels.pixelsToFloat(into: out.pointer, bytes, count: bytes.count)
            out.expect(bytes.map { Float($0) / 255 } + [777], "\(kernels.instructionSet)")
        }
    }

    @Test(arguments: sizes + [300])
    func `squared errors are summed and sloped`(size: Int) {
        var random = TestValues(seed: size)
        let (y, x) = (random.wholes(size), random.wholes(size))
        let expected = zip(y, x).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        for kernels in all {
            let gradient = guarded(y)
            #expect(
                kernels.squaredError(gradient: gradient.pointer, y, target: x, count: size, scale: 0.25) == expected)
            gradient.expect(zip(y, x).map { 0.25 * ($0 - $1) } + [777], "\(kernels.instructionSet)")
            #expect(kernels.squaredError(gradient: nil, y, target: x, count: size, scale: 0) == expected)
        }
    }

    /// In a tree of doubling steps, by scalar additions: the order is part of the promise of equal bytes.
    @Test(arguments: [1, 2, 3, 5, 8, 13, 16])
    func `lanes are added in a fixed tree`(lanes: Int) {
        var random = TestValues(seed: lanes)
        let stride = 1100
        let values = random.uniforms(lanes * stride)
        for range in [0..<1100, 0..<0, 3..<4, 5..<517, 512..<1024, 17..<1099] {
            var expected = values
            var step = 1
            while step < lanes {
                for lane in Swift.stride(from: 0, to: lanes - step, by: 2 * step) {
                    for i in range { expected[lane * stride + i] += expected[(lane + step) * stride + i] }
                }
                step *= 2
            }
            for kernels in all {
                let buffer = AlignedBuffer(values)
                kernels.sumLanes(buffer.pointer, stride: stride, lanes: lanes, range: range)
                // What other lanes hold afterwards is nobody's business.
                let sum = AlignedBuffer(Array(buffer.values[0..<stride]))
                sum.expect(Array(expected[0..<stride]), "\(kernels.instructionSet), \(range)")
            }
        }
    }

    @Test(arguments: sizes)
    func `Adam's update is its formula`(size: Int) {
        var random = TestValues(seed: size)
        let (start, g) = (random.uniforms(size), random.uniforms(size))
        let (m, v) = (random.uniforms(size), random.uniforms(size, 0...1))
        for kernels in all {
            let (p, first, second) = (guarded(start), guarded(m), guarded(v))
            kernels.adam(
                p.pointer, m: first.pointer, v: second.pointer, gradient: g, count: size, rate: 0.01, beta1: 0.9,
                beta2: 0.99, epsilon: 1e-3)
            for i in 0..<size {
                let m = 0.9 * Double(m[i]) + 0.1 * Double(g[i])
                let v = 0.99 * Double(v[i]) + 0.01 * Double(g[i]) * Double(g[i])
                #expect(abs(Double(first.pointer[i]) - m) < 2e-7)
                #expect(abs(Double(second.pointer[i]) - v) < 2e-7)
                #expect(abs(Double(p.pointer[i]) - (Double(start[i]) - 0.01 * m / (v.squareRoot() + 1e-3))) < 2e-7)
            }
            for buffer in [p, first, second] { #expect(buffer.pointer[size] == 777) }
        }
    }

    @Test(arguments: sizes)
    func `one value that is not finite is found wherever it stands`(size: Int) {
        for kernels in all {
            #expect(kernels.allFinite([Float](repeating: .greatestFiniteMagnitude, count: size + 1), count: size))
            for bad in [Float.nan, .infinity, -.infinity] {
                for place in 0...size {
                    var values = [Float](repeating: 1, count: size + 1)
                    values[place] = bad
                    #expect(kernels.allFinite(values, count: size) == (place == size))
                }
            }
        }
    }
}
