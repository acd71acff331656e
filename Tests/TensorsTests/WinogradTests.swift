import Tensors
import TestSupport
import Testing

/// Winograd's maps against the sums that they stand for, in double precision.
struct WinogradTests {
    static let sizes = Tiles.Size.allCases.flatMap { size in
        [(1, 1, 3), (2, 2, 4), (3, 4, 6), (4, 4, 7), (5, 6, 8), (6, 7, 9), (10, 10, 12), (11, 14, 19)].map {
            Tiles(height: $0.0, width: $0.1, bigWidth: $0.2, size: size)
        }
    }

    /// Beside the products' own error; a larger tile takes differences of larger values.
    private static func bound(_ size: Tiles.Size) -> Double {
        switch size {
        case .twoByTwo: 1e-5
        case .twoByFive, .threeByThree: 3e-5
        case .fiveByFive: 1e-4
        }
    }

    /// Σ over taps of big · kernel, one channel after the other.
    private func direct(_ big: [Float], _ kernel: [Float], _ tiles: Tiles, channels: Int) -> [Double] {
        var small = [Double](repeating: 0, count: tiles.height * tiles.width * channels)
        for y in 0..<tiles.height {
            for x in 0..<tiles.width {
                for (a, b) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                    for c in 0..<channels {
                        let pixel = (y + a) * tiles.bigWidth + x + b
                        small[(y * tiles.width + x) * channels + c] +=
                            Double(big[pixel * channels + c]) * Double(kernel[(a * 3 + b) * channels + c])
                    }
                }
            }
        }
        return small
    }

    @Test(arguments: InstructionSet.available, [1, 16, 21])
    func `products of the planes are the correlation`(set: InstructionSet, channels: Int) {
        let kernels = Kernels(set)!
        var random = TestValues(seed: 3)
        for tiles in Self.sizes {
            let (plane, planes) = (tiles.count * channels, tiles.size.planes)
            let big = AlignedBuffer(random.uniforms((tiles.height + 2) * tiles.bigWidth * channels))
            let kernel = AlignedBuffer(random.uniforms(9 * channels))
            let windows = AlignedBuffer(count: planes * plane)
            let taps = AlignedBuffer(count: planes * channels)
            kernels.winogradWindow(into: windows.pointer, plane: plane, from: big.pointer, tiles, channels: channels)
            kernels.winogradKernel(into: taps.pointer, from: kernel.pointer, count: channels, size: tiles.size)
            for i in 0..<planes * plane { windows.pointer[i] *= taps.pointer[i / plane * channels + i % channels] }
            let bias = random.uniforms(channels)
            let small = AlignedBuffer(count: tiles.height * tiles.width * channels)
            bias.withUnsafeBufferPointer {
                kernels.winogradTile(
                    into: small.pointer, from: windows.pointer, plane: plane, tiles, channels: channels,
                    start: .bias($0.baseAddress!))
            }
            let expected = direct(big.values, kernel.values, tiles, channels: channels)
            for (i, value) in small.values.enumerated() {
                #expect(abs(Double(value) - expected[i] - Double(bias[i % channels])) < Self.bound(tiles.size))
            }
        }
    }

    /// ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for each of the maps.
    @Test(arguments: InstructionSet.available, [1, 16, 21])
    func `adjoints are adjoint`(set: InstructionSet, channels: Int) {
        let kernels = Kernels(set)!
        var random = TestValues(seed: 4)
        for tiles in Self.sizes {
            let plane = tiles.count * channels
            let planes = random.uniforms(tiles.size.planes * plane)
            let big = random.uniforms((tiles.height + 2) * tiles.bigWidth * channels)
            let small = random.uniforms(tiles.height * tiles.width * channels)

            let windows = AlignedBuffer(count: planes.count)
            kernels.winogradWindow(into: windows.pointer, plane: plane, from: big, tiles, channels: channels)
            let bigAdjoint = AlignedBuffer(count: big.count)
            kernels.winogradWindowAdjoint(
                into: bigAdjoint.pointer, from: planes, plane: plane, tiles, channels: channels)
            expectEqual(windows.values, planes, big, bigAdjoint.values, tiles.size)

            let smallImage = AlignedBuffer(count: small.count)
            kernels.winogradTile(
                into: smallImage.pointer, from: planes, plane: plane, tiles, channels: channels, start: .zero)
            let adjoint = AlignedBuffer(count: planes.count)
            kernels.winogradTileAdjoint(into: adjoint.pointer, plane: plane, from: small, tiles, channels: channels)
            expectEqual(smallImage.values, small, planes, adjoint.values, tiles.size)
        }
        for size in Tiles.Size.allCases {
            let (kernel, planes) = (random.uniforms(9 * channels), random.uniforms(size.planes * channels))
            let (taps, back) = (AlignedBuffer(count: planes.count), AlignedBuffer(count: kernel.count))
            kernels.winogradKernel(into: taps.pointer, from: kernel, count: channels, size: size)
            kernels.winogradKernelAdjoint(
                into: back.pointer, tap: channels, from: planes, plane: channels, count: channels, size: size)
            expectEqual(taps.values, planes, kernel, back.values, size)
        }
    }

    private func expectEqual(_ a: [Float], _ b: [Float], _ c: [Float], _ d: [Float], _ size: Tiles.Size) {
        func product(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        #expect(abs(product(a, b) - product(c, d)) < Self.bound(size) * Double(a.count).squareRoot())
    }
}
