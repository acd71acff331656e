import Foundation
import Tensors
import TestSupport
import Testing

/// Average pooling and bilinear upsampling against their definitions in double precision.
struct ResamplingTests {
    static let channels = [1, 2, 15, 16, 17, 33]
    static let windows = [
        (4, 6, 2, 2), (5, 7, 2, 2), (7, 6, 3, 2), (3, 3, 1, 1), (9, 8, 4, 5), (2, 5, 2, 1), (9, 8, 9, 8),
        (70, 90, 70, 90),
    ].map { Window(height: $0, width: $1, channels: 0, windowHeight: $2, windowWidth: $3) }
    /// Images, and how often they grow down and across.
    static let growths = [(1, 1, 1, 1), (3, 2, 2, 2), (2, 5, 3, 3), (4, 1, 8, 2), (5, 4, 2, 5), (1, 6, 4, 4)].map {
        Window(height: $0, width: $1, channels: 0, windowHeight: $2, windowWidth: $3)
    }

    /// One output value: what it is made of, by places in the input and their weights.
    private typealias Weights = [(place: Int, weight: Double)]

    private static func averages(_ w: Window) -> [Weights] {
        var all = [Weights]()
        for y in 0..<w.height / w.windowHeight {
            for x in 0..<w.width / w.windowWidth {
                for c in 0..<w.channels {
                    all.append(
                        (0..<w.windowHeight * w.windowWidth).map { i in
                            let (down, across) = (y * w.windowHeight + i / w.windowWidth, i % w.windowWidth)
                            let pixel = down * w.width + x * w.windowWidth + across
                            return (pixel * w.channels + c, 1 / Double(w.windowHeight * w.windowWidth))
                        })
                }
            }
        }
        return all
    }

    /// PyTorch's `align_corners=False`: a pixel's centre is at its place and a half, on both scales.
    private static func bilinear(_ w: Window) -> [Weights] {
        func line(_ place: Int, _ factor: Int, _ size: Int) -> [(Int, Double)] {
            let source = max((Double(place) + 0.5) / Double(factor) - 0.5, 0), first = Int(source)
            let weight = source - Double(first)
            return [(first, 1 - weight), (min(first + 1, size - 1), weight)]
        }
        var all = [Weights]()
        for y in 0..<w.height * w.windowHeight {
            for x in 0..<w.width * w.windowWidth {
                for c in 0..<w.channels {
                    all.append(
                        line(y, w.windowHeight, w.height).flatMap { y in
                            line(x, w.windowWidth, w.width).map { x in
                                ((y.0 * w.width + x.0) * w.channels + c, y.1 * x.1)
                            }
                        })
                }
            }
        }
        return all
    }

    /// Forward and backward, written and added, of a map that is linear in each value.
    private static func check(
        _ w: Window, _ weights: [Weights], forward: (Kernels, Floats, Floats) -> Void,
        backward: (Kernels, Floats, Floats, Bool) -> Void
    ) {
        var random = TestValues(seed: w.channels)
        let count = w.height * w.width * w.channels
        let (image, gradient) = (random.uniforms(count), random.uniforms(weights.count))
        let before = random.uniforms(count)
        let exact = weights.map { $0.reduce(0) { $0 + $1.weight * Double(image[$1.place]) } }
        var dImage = [Double](repeating: 0, count: count)
        for (d, parts) in zip(gradient, weights) {
            for part in parts { dImage[part.place] += part.weight * Double(d) }
        }
        for kernels in InstructionSet.available.map({ Kernels($0)! }) {
            let label = "\(kernels.instructionSet), \(w)"
            let (x, d) = (PagedBuffer(image), PagedBuffer(gradient))
            let out = PagedBuffer([Float](repeating: .nan, count: weights.count))
            forward(kernels, out.pointer, x.pointer)
            expectClose(out.values, exact, within: { _ in 3e-7 }, label)
            for adding in [false, true] {
                let din = PagedBuffer(adding ? before : [Float](repeating: .nan, count: count))
                backward(kernels, din.pointer, d.pointer, adding)
                let sums = adding ? zip(dImage, before).map { $0 + Double($1) } : dImage
                expectClose(
                    din.values, sums, within: { 1e-6 * max(abs(sums[$0]), 1) }, "\(label), adding: \(adding)")
            }
        }
    }

    @Test(arguments: channels)
    func `an average pool takes means and hands them back`(channels: Int) {
        for var window in Self.windows {
            window.channels = channels
            Self.check(
                window, Self.averages(window), forward: { $0.averagePool(into: $1, from: $2, window) },
                backward: { $0.averagePoolBackward(into: $1, from: $2, window, adding: $3) })
        }
    }

    @Test(arguments: channels)
    func `bilinear upsampling is linear between centres, forward and back`(channels: Int) {
        for var window in Self.growths {
            window.channels = channels
            Self.check(
                window, Self.bilinear(window), forward: { $0.upsampleBilinear(into: $1, from: $2, window) },
                backward: { $0.upsampleBilinearBackward(into: $1, from: $2, window, adding: $3) })
        }
    }

    /// torch.nn.functional.interpolate(scale_factor=2, mode="bilinear") of one line.
    @Test func `a line grows as PyTorch lets it grow`() {
        let out = AlignedBuffer(count: 6)
        let window = Window(height: 1, width: 3, channels: 1, windowHeight: 1, windowWidth: 2)
        Kernels.shared.upsampleBilinear(into: out.pointer, from: [0, 4, 8], window)
        #expect(out.values == [0, 1, 3, 5, 7, 8])
    }
}
