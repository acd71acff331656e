import CKernels

/// The small image of a correlation of stride 1, in tiles; its windows reach further in the big one, or out of it.
package struct Tiles: Sendable {
    /// Pixels of a tile, and taps of its kernel.
    package enum Size: CaseIterable, Sendable {
        /// Of 3×3 taps.
        case twoByTwo, twoByFive, threeByThree, fourByFour, fiveByFive
        /// Of 2×2 taps, of two down, and of two across.
        case pairs2, pairs2Down, pairs2Across
        case pairs4, pairs4Down, pairs4Across
        case pairs5, pairs5Down, pairs5Across

        package var down: Int {
            switch self {
            case .twoByTwo, .twoByFive, .pairs2, .pairs2Down: 2
            case .threeByThree: 3
            case .fourByFour, .pairs4, .pairs4Down: 4
            case .fiveByFive, .pairs5, .pairs5Down: 5
            case .pairs2Across, .pairs4Across, .pairs5Across: 1
            }
        }

        package var across: Int {
            switch self {
            case .twoByTwo, .pairs2, .pairs2Across: 2
            case .threeByThree: 3
            case .fourByFour, .pairs4, .pairs4Across: 4
            case .twoByFive, .fiveByFive, .pairs5, .pairs5Across: 5
            case .pairs2Down, .pairs4Down, .pairs5Down: 1
            }
        }

        package var tapsDown: Int {
            switch self {
            case .twoByTwo, .twoByFive, .threeByThree, .fourByFour, .fiveByFive: 3
            case .pairs2, .pairs2Down, .pairs4, .pairs4Down, .pairs5, .pairs5Down: 2
            case .pairs2Across, .pairs4Across, .pairs5Across: 1
            }
        }

        package var tapsAcross: Int {
            switch self {
            case .twoByTwo, .twoByFive, .threeByThree, .fourByFour, .fiveByFive: 3
            case .pairs2, .pairs2Across, .pairs4, .pairs4Across, .pairs5, .pairs5Across: 2
            case .pairs2Down, .pairs4Down, .pairs5Down: 1
            }
        }

        /// Winograd's planes: pixels of a tile's window.
        package var planes: Int { (down + tapsDown - 1) * (across + tapsAcross - 1) }
    }

    /// Of the small image.
    package var height, width: Int
    /// Of the big image.
    package let bigWidth: Int
    /// Pixels, and lines, of the big image from one of a window to its next.
    package let step: Int
    package let size: Size
    /// Lines and pixels of the big image, counted from the first window's; nil where all windows are inside.
    package let inside: (lines: Range<Int>, pixels: Range<Int>)?

    package init(
        height: Int, width: Int, bigWidth: Int, step: Int = 1, size: Size,
        inside: (lines: Range<Int>, pixels: Range<Int>)? = nil
    ) {
        self.inside = inside
        self.height = height
        self.width = width
        self.bigWidth = bigWidth
        self.step = step
        self.size = size
    }

    /// Tiles of a small image, those that stick out at the bottom and right included.
    package static func count(height: Int, width: Int, _ size: Size) -> Int {
        (height + size.down - 1) / size.down * ((width + size.across - 1) / size.across)
    }

    package var count: Int { Tiles.count(height: height, width: width, size) }

    func raw(_ channels: Int, of all: Int? = nil) -> vae_tiles {
        vae_tiles(
            height: Int32(height), width: Int32(width), big_width: Int32(bigWidth), step: Int32(step),
            channels: Int32(channels), pixel: Int32(all ?? channels), top: Int32(inside?.lines.lowerBound ?? 0),
            bottom: Int32(inside?.lines.upperBound ?? Int(Int32.max)), left: Int32(inside?.pixels.lowerBound ?? 0),
            right: Int32(inside?.pixels.upperBound ?? Int(Int32.max)))
    }
}

/// Floats from one tap of a kernel to the next.
package struct TapStrides: Sendable {
    package let down, across: Int

    package init(down: Int, across: Int) {
        self.down = down
        self.across = across
    }

    fileprivate var raw: vae_taps { vae_taps(down: Int64(down), across: Int64(across)) }
}

/// Winograd's linear maps and their adjoints; a tile's values stand `plane` floats apart.
extension Kernels {
    private func maps(_ size: Tiles.Size) -> vae_winograd {
        switch size {
        case .twoByTwo: table.pointee.winograd_2_2
        case .twoByFive: table.pointee.winograd_2_5
        case .threeByThree: table.pointee.winograd_3_3
        case .fourByFour: table.pointee.winograd_4_4
        case .fiveByFive: table.pointee.winograd_5_5
        case .pairs2: table.pointee.winograd_2x2_2x2
        case .pairs2Down: table.pointee.winograd_2x2_1x1
        case .pairs2Across: table.pointee.winograd_1x1_2x2
        case .pairs4: table.pointee.winograd_4x2_4x2
        case .pairs4Down: table.pointee.winograd_4x2_1x1
        case .pairs4Across: table.pointee.winograd_1x1_4x2
        case .pairs5: table.pointee.winograd_5x2_5x2
        case .pairs5Down: table.pointee.winograd_5x2_1x1
        case .pairs5Across: table.pointee.winograd_1x1_5x2
        }
    }

    package func winogradWindow(
        into planes: Floats, plane: Int, from big: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        maps(tiles.size).window(planes, Int64(plane), big, tiles.raw(channels))
    }

    /// Adds to `big`.
    /// - Parameter all: Channels of the image, where those to be mapped are some of them.
    package func winogradWindowAdjoint(
        into big: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int,
        of all: Int? = nil
    ) {
        maps(tiles.size).window_adjoint(big, planes, Int64(plane), tiles.raw(channels, of: all))
    }

    package func winogradTile(
        into small: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int,
        start: SumStart
    ) {
        let (raw, bias) = start.raw
        maps(tiles.size).tile(small, planes, Int64(plane), tiles.raw(channels), raw, bias)
    }

    package func winogradTileAdjoint(
        into planes: Floats, plane: Int, from small: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        maps(tiles.size).tile_adjoint(planes, Int64(plane), small, tiles.raw(channels))
    }

    /// `count` values of each tap become planes.
    package func winogradKernel(
        into planes: Floats, plane: Int, from kernel: UnsafePointer<Float>, _ taps: TapStrides, count: Int,
        size: Tiles.Size
    ) {
        maps(size).kernel(planes, Int64(plane), kernel, taps.raw, Int64(count))
    }

    package func winogradKernelAdjoint(
        into kernel: Floats, _ taps: TapStrides, from planes: UnsafePointer<Float>, plane: Int, count: Int,
        size: Tiles.Size, adding: Bool = false
    ) {
        maps(size).kernel_adjoint(kernel, taps.raw, planes, Int64(plane), Int64(count), adding ? 1 : 0)
    }
}
