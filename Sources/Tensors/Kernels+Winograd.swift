import CKernels

/// The small image of a 3×3 correlation of stride 1, in tiles; it reaches two pixels further in the big image.
package struct Tiles: Sendable {
    /// Pixels of a tile, down and across.
    package enum Size: CaseIterable, Sendable {
        case twoByTwo, twoByFive, threeByThree, fiveByFive

        package var down: Int {
            switch self {
            case .twoByTwo, .twoByFive: 2
            case .threeByThree: 3
            case .fiveByFive: 5
            }
        }

        package var across: Int {
            switch self {
            case .twoByTwo: 2
            case .threeByThree: 3
            case .twoByFive, .fiveByFive: 5
            }
        }

        /// Winograd's planes: pixels of a tile's window.
        package var planes: Int { (down + 2) * (across + 2) }
    }

    /// Of the small image.
    package var height, width: Int
    /// Of the big image: two more than the small one's, or larger.
    package let bigWidth: Int
    package let size: Size

    package init(height: Int, width: Int, bigWidth: Int? = nil, size: Size) {
        self.height = height
        self.width = width
        self.bigWidth = bigWidth ?? width + 2
        self.size = size
    }

    /// Tiles, those that stick out at the bottom and right included.
    package var count: Int {
        (height + size.down - 1) / size.down * ((width + size.across - 1) / size.across)
    }

    func raw(_ channels: Int, of all: Int? = nil) -> vae_tiles {
        vae_tiles(
            height: Int32(height), width: Int32(width), big_width: Int32(bigWidth), channels: Int32(channels),
            pixel: Int32(all ?? channels))
    }
}

/// Winograd's linear maps and their adjoints; a tile's values stand `plane` floats apart.
extension Kernels {
    private func maps(_ size: Tiles.Size) -> vae_winograd {
        switch size {
        case .twoByTwo: table.pointee.winograd_2_2
        case .twoByFive: table.pointee.winograd_2_5
        case .threeByThree: table.pointee.winograd_3_3
        case .fiveByFive: table.pointee.winograd_5_5
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

    /// Nine taps of `count` values each become planes.
    package func winogradKernel(
        into planes: Floats, from kernel: UnsafePointer<Float>, count: Int, size: Tiles.Size
    ) {
        maps(size).kernel(planes, kernel, Int64(count), Int64(count))
    }

    /// - Parameter tap: From one tap to the next, in floats.
    package func winogradKernelAdjoint(
        into kernel: Floats, tap: Int, from planes: UnsafePointer<Float>, plane: Int, count: Int, size: Tiles.Size,
        adding: Bool = false
    ) {
        maps(size).kernel_adjoint(kernel, Int64(tap), planes, Int64(plane), Int64(count), adding ? 1 : 0)
    }
}
