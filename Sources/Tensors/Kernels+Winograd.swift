import CKernels

/// The small image of a 3×3 correlation of stride 1, as square tiles; the big image is two pixels larger.
package struct Tiles: Sendable {
    /// Pixels of a tile's side.
    package enum Side: Int, CaseIterable, Sendable {
        case two = 2
        case five = 5

        /// Winograd's planes: pixels of a tile's window.
        package var planes: Int { (rawValue + 2) * (rawValue + 2) }

        /// Tiles across so many pixels, one that sticks out included.
        func tiles(across pixels: Int) -> Int { (pixels + rawValue - 1) / rawValue }
    }

    /// Of the small image.
    package var height, width: Int
    package let side: Side

    package init(height: Int, width: Int, side: Side) {
        self.height = height
        self.width = width
        self.side = side
    }

    /// Tiles, those that stick out at the bottom and right included.
    package var count: Int { side.tiles(across: height) * side.tiles(across: width) }

    func raw(_ channels: Int, of all: Int? = nil) -> vae_tiles {
        vae_tiles(
            height: Int32(height), width: Int32(width), channels: Int32(channels), pixel: Int32(all ?? channels))
    }
}

/// Winograd's linear maps and their adjoints; a tile's values stand `plane` floats apart.
extension Kernels {
    private func maps(_ side: Tiles.Side) -> vae_winograd {
        switch side {
        case .two: table.pointee.winograd_2
        case .five: table.pointee.winograd_5
        }
    }

    package func winogradWindow(
        into planes: Floats, plane: Int, from big: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        maps(tiles.side).window(planes, Int64(plane), big, tiles.raw(channels))
    }

    /// Adds to `big`.
    /// - Parameter all: Channels of the image, where those to be mapped are some of them.
    package func winogradWindowAdjoint(
        into big: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int,
        of all: Int? = nil
    ) {
        maps(tiles.side).window_adjoint(big, planes, Int64(plane), tiles.raw(channels, of: all))
    }

    package func winogradTile(
        into small: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int,
        start: SumStart
    ) {
        let (raw, bias) = start.raw
        maps(tiles.side).tile(small, planes, Int64(plane), tiles.raw(channels), raw, bias)
    }

    package func winogradTileAdjoint(
        into planes: Floats, plane: Int, from small: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        maps(tiles.side).tile_adjoint(planes, Int64(plane), small, tiles.raw(channels))
    }

    /// Nine taps of `count` values each become planes.
    package func winogradKernel(
        into planes: Floats, from kernel: UnsafePointer<Float>, count: Int, side: Tiles.Side
    ) {
        maps(side).kernel(planes, kernel, Int64(count), Int64(count))
    }

    package func winogradKernelAdjoint(
        into kernel: Floats, from planes: UnsafePointer<Float>, count: Int, side: Tiles.Side
    ) {
        maps(side).kernel_adjoint(kernel, planes, Int64(count), Int64(count))
    }
}
