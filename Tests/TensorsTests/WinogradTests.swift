import Tensors
import TestSupport
import Testing

/// Winograd's maps against the sums that they stand for, in double precision.
struct WinogradTests {
    /// Three taps meet pixels side by side, two every other one; some big images are larger than they have to be.
    static let sizes = Tiles.Size.allCases.flatMap { size in
        let step = max(size.tapsDown, size.tapsAcross) == 3 ? 1 : 2
        return [(1, 1, 0), (2, 2, 0), (3, 4, 0), (4, 4, 1), (5, 6, 0), (6, 7, 0), (10, 10, 0), (11, 14, 3)].map {
            Tiles(
                height: $0.0, width: $0.1, bigWidth: step * ($0.1 + size.tapsAcross - 1) + $0.2, step: step, size: size)
        }
    }

    private static func bigCount(_ tiles: Tiles, channels: Int) -> Int {
        tiles.step * (tiles.height + tiles.size.tapsDown - 1) * tiles.bigWidth * channels
    }

    /// Beside the products' own error; a larger tile takes differences of larger values.
    private static func bound(_ size: Tiles.Size) -> Double {
        switch size {
        case .twoByTwo, .pairs2, .pairs2Down, .pairs2Across: 1e-5
        case .twoByFive, .threeByThree, .fourByFour, .pairs4, .pairs4Down, .pairs4Across, .pairs5Down, .pairs5Across:
            3e-5
        case .fiveByFive, .pairs5: 1e-4
        }
    }

    private static func taps(_ size: Tiles.Size) -> Int { size.tapsDown * size.tapsAcross }

    private static func strides(_ size: Tiles.Size, _ channels: Int) -> TapStrides {
        TapStrides(down: size.tapsAcross * channels, across: channels)
    }

    /// Σ over taps of big · kernel, one channel after the other.
    private func direct(_ big: [Float], _ kernel: [Float], _ tiles: Tiles, channels: Int) -> [Double] {
        var small = [Double](repeating: 0, count: tiles.height * tiles.width * channels)
        for y in 0..<tiles.height {
            for x in 0..<tiles.width {
                let taps = tiles.size.tapsDown * tiles.size.tapsAcross
                for (a, b) in (0..<taps).map({ ($0 / tiles.size.tapsAcross, $0 % tiles.size.tapsAcross) }) {
                    for c in 0..<channels {
                        let pixel = tiles.step * ((y + a) * tiles.bigWidth + x + b)
                        small[(y * tiles.width + x) * channels + c] +=
                            Double(big[pixel * channels + c])
                            * Double(kernel[(a * tiles.size.tapsAcross + b) * channels + c])
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
            let big = AlignedBuffer(random.uniforms(Self.bigCount(tiles, channels: channels)))
            let kernel = AlignedBuffer(random.uniforms(Self.taps(tiles.size) * channels))
            let windows = AlignedBuffer(count: planes * plane)
            let taps = AlignedBuffer(count: planes * channels)
            kernels.winogradWindow(into: windows.pointer, plane: plane, from: big.pointer, tiles, channels: channels)
            kernels.winogradKernel(
                into: taps.pointer, plane: channels, from: kernel.pointer, Self.strides(tiles.size, channels),
                count: channels, size: tiles.size)
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
            let big = random.uniforms(Self.bigCount(tiles, channels: channels))
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
            let (kernel, planes) = (
                random.uniforms(Self.taps(size) * channels), random.uniforms(size.planes * channels)
            )
            let (taps, back) = (AlignedBuffer(count: planes.count), AlignedBuffer(count: kernel.count))
            kernels.winogradKernel(
                into: taps.pointer, plane: channels, from: kernel, Self.strides(size, channels), count: channels,
                size: size)
            kernels.winogradKernelAdjoint(
                into: back.pointer, Self.strides(size, channels), from: planes, plane: channels, count: channels,
                size: size)
            expectEqual(taps.values, planes, kernel, back.values, size)
        }
    }

    private func expectEqual(_ a: [Float], _ b: [Float], _ c: [Float], _ d: [Float], _ size: Tiles.Size) {
        func product(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        #expect(abs(product(a, b) - product(c, d)) < Self.bound(size) * Double(a.count).squareRoot())
    }
}
