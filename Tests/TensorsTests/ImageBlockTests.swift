import Tensors
import TestSupport
import Testing

/// Pooling and upsampling against plain loops, over odd edges and channel counts around a vector's width.
struct ImageBlockTests {
    static let channels = [1, 2, 15, 16, 17, 33]
    static let windows = [
        (4, 6, 2, 2), (5, 7, 2, 2), (7, 6, 3, 2), (3, 3, 1, 1), (9, 8, 4, 5), (16, 17, 16, 16), (2, 5, 2, 1),
    ].map { Window(height: $0, width: $1, channels: 0, windowHeight: $2, windowWidth: $3) }

    private static func each(_ channels: Int, _ body: (Window, Kernels) -> Void) {
        for var window in windows {
            window.channels = channels
            for set in InstructionSet.available { body(window, Kernels(set)!) }
        }
    }

    /// Positions in the image of a window's elements in row order, and the window's place in the output.
    private static func eachWindow(_ window: Window, _ body: (_ output: Int, _ elements: [Int]) -> Void) {
        let (rows, columns) = (window.height / window.windowHeight, window.width / window.windowWidth)
        for y in 0..<rows {
            for x in 0..<columns {
                for c in 0..<window.channels {
                    let elements = (0..<window.windowHeight).flatMap { wy in
                        (0..<window.windowWidth).map { wx in
                            ((y * window.windowHeight + wy) * window.width + x * window.windowWidth + wx)
                                * window.channels + c
                        }
                    }
                    body((y * columns + x) * window.channels + c, elements)
                }
            }
        }
    }

    /// Whole values: their sums are the same in any order.
    @Test(arguments: channels, [2, 3])
    func `boxes are sums of neighbours`(channels: Int, factor: Int) {
        let (width, pixels) = (7, 23)
        let (across, down) = (channels, width * channels)
        for set in InstructionSet.available {
            for (first, bias) in [(0, true), (0, false), (1, true)] where first < channels {
                var random = TestValues(seed: channels)
                let image = random.wholes((pixels + factor * (width + 1)) * channels)
                let biases = random.wholes(channels)
                let start = random.wholes(pixels * channels)
                var expected = start
                for i in 0..<pixels * channels where i % channels >= first {
                    expected[i] = bias ? biases[i % channels] : 0
                    for (y, x) in (0..<factor * factor).map({ ($0 / factor, $0 % factor) }) {
                        expected[i] += image[i + y * down + x * across]
                    }
                }
                let out = AlignedBuffer(start)
                image.withUnsafeBufferPointer { image in
                    biases.withUnsafeBufferPointer { biases in
                        Kernels(set)!.boxSum(
                            into: out.pointer + first, from: image.baseAddress! + first, pixels: pixels,
                            channels: channels - first, of: channels, across: across, down: down, factor: factor,
                            bias: bias ? biases.baseAddress! + first : nil)
                    }
                }
                out.expect(expected, "\(set), from channel \(first)")
            }
        }
    }

    @Test(arguments: channels, [false, true])
    func `the first maximum wins, then bias and ReLU`(channels: Int, relu: Bool) {
        Self.each(channels) { window, kernels in
            var random = TestValues(seed: channels)
            // Few values: most windows hold their maximum more than once.
            let image = random.wholes(window.height * window.width * channels, limit: 2)
            let bias = random.wholes(channels)
            let count = (window.height / window.windowHeight) * (window.width / window.windowWidth) * channels
            var (expected, winners) = ([Float](repeating: 0, count: count), [UInt8](repeating: 0, count: count))
            Self.eachWindow(window) { output, elements in
                let best = elements.map { image[$0] }.max()!
                let value = best + (relu ? bias[output % channels] : 0)
                expected[output] = relu ? max(value, 0) : value
                winners[output] = UInt8(elements.firstIndex { image[$0] == best }!)
            }
            let out = AlignedBuffer(count: count)
            var index = [UInt8](repeating: 99, count: count + 1)
            kernels.maxPool(
                into: out.pointer, winners: &index, from: image, window, bias: relu ? bias : nil, relu: relu)
            out.expect(expected, "\(kernels.instructionSet), \(window)")
            #expect(index == winners + [99], "\(kernels.instructionSet), \(window)")
        }
    }

    @Test(arguments: channels)
    func `a NaN comes through pool and ReLU`(channels: Int) {
        Self.each(channels) { window, kernels in
            let size = window.height * window.width * channels
            Self.eachWindow(window) { output, elements in
                // One element of each window in turn, for a small part of all windows.
                guard output % 7 == 0 else { return }
                for (place, element) in elements.enumerated() where place % 5 == 0 || place == elements.count - 1 {
                    var image = [Float](repeating: -1, count: size)
                    image[element] = .nan
                    let out = AlignedBuffer(count: size)
                    var index = [UInt8](repeating: 0, count: size)
                    kernels.maxPool(into: out.pointer, winners: &index, from: image, window, bias: nil, relu: true)
                    #expect(out.pointer[output].isNaN && Int(index[output]) == place)
                    #expect(out.values.count { $0.isNaN } == 1)
                }
            }
        }
    }

    @Test(arguments: channels)
    func `a pool's gradient goes to the winner alone`(channels: Int) {
        Self.each(channels) { window, kernels in
            var random = TestValues(seed: channels)
            let size = window.height * window.width * channels
            let count = (window.height / window.windowHeight) * (window.width / window.windowWidth) * channels
            let gradient = random.uniforms(count)
            let most = window.windowHeight * window.windowWidth - 1
            let winners = (0..<count).map { _ in UInt8(random.integer(0...most)) }
            // Dropped edges take no gradient.
            var expected = [Float](repeating: 0, count: size)
            Self.eachWindow(window) { output, elements in expected[elements[Int(winners[output])]] = gradient[output] }
            let out = AlignedBuffer([Float](repeating: .nan, count: size))
            kernels.maxPoolBackward(into: out.pointer, from: gradient, winners: winners, window)
            out.expect(expected, "\(kernels.instructionSet), \(window)")
            let before = random.uniforms(size), sum = PagedBuffer(before)
            kernels.maxPoolBackward(into: sum.pointer, from: gradient, winners: winners, window, adding: true)
            #expect(sum.values == zip(before, expected).map { $0 + $1 }, "\(kernels.instructionSet), \(window)")
        }
    }

    @Test(arguments: channels)
    func `upsampling repeats, and its gradient adds`(channels: Int) {
        for (height, width, factor) in [(1, 1, 1), (3, 2, 2), (2, 5, 3), (4, 1, 16)] {
            let window = Window(
                height: height, width: width, channels: channels, windowHeight: factor, windowWidth: factor)
            // The upsampled image, whose windows are the pixels.
            let large = Window(
                height: height * factor, width: width * factor, channels: channels, windowHeight: factor,
                windowWidth: factor)
            var random = TestValues(seed: channels)
            let size = height * width * channels
            let (image, gradient) = (random.wholes(size), random.wholes(size * factor * factor))
            var expected = [Float](repeating: .nan, count: gradient.count)
            var sums = [Float](repeating: 0, count: size)
            Self.eachWindow(large) { pixel, elements in
                for element in elements {
                    expected[element] = image[pixel]
                    sums[pixel] += gradient[element]
                }
            }
            for kernels in InstructionSet.available.map({ Kernels($0)! }) {
                let out = AlignedBuffer([Float](repeating: .nan, count: gradient.count))
                kernels.upsample(into: out.pointer, from: image, window)
                out.expect(expected, "\(kernels.instructionSet), \(window)")
                let back = AlignedBuffer([Float](repeating: .nan, count: size))
                kernels.upsampleBackward(into: back.pointer, from: gradient, window)
                back.expect(sums, "\(kernels.instructionSet), \(window)")
                let again = PagedBuffer(sums)
                kernels.upsampleBackward(into: again.pointer, from: gradient, window, adding: true)
                #expect(again.values == sums.map { 2 * $0 }, "\(kernels.instructionSet), \(window)")
            }
        }
    }
}
