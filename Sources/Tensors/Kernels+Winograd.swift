import CKernels

/// The small image of a 3×3 correlation of stride 1, as tiles of 2×2 pixels; the big image is two pixels larger.
package struct Tiles {
    /// Of the small image.
    package var height, width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// Tiles, those that stick out at the bottom and right included.
    package var count: Int { (height + 1) / 2 * ((width + 1) / 2) }

    func raw(_ channels: Int) -> vae_tiles {
        vae_tiles(height: Int32(height), width: Int32(width), channels: Int32(channels))
    }
}

/// Winograd's linear maps and their adjoints; a tile's sixteen values stand `plane` floats apart.
extension Kernels {
    package func winogradWindow(
        into planes: Floats, plane: Int, from big: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        table.pointee.winograd_window(planes, Int64(plane), big, tiles.raw(channels))
    }

    /// Adds to `big`.
    package func winogradWindowAdjoint(
        into big: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int
    ) {
        table.pointee.winograd_window_adjoint(big, planes, Int64(plane), tiles.raw(channels))
    }

    package func winogradTile(
        into small: Floats, from planes: UnsafePointer<Float>, plane: Int, _ tiles: Tiles, channels: Int,
        start: SumStart
    ) {
        let (raw, bias) = start.raw
        table.pointee.winograd_tile(small, planes, Int64(plane), tiles.raw(channels), raw, bias)
    }

    package func winogradTileAdjoint(
        into planes: Floats, plane: Int, from small: UnsafePointer<Float>, _ tiles: Tiles, channels: Int
    ) {
        table.pointee.winograd_tile_adjoint(planes, Int64(plane), small, tiles.raw(channels))
    }

    /// Nine taps of `count` values each become sixteen.
    package func winogradKernel(into planes: Floats, from kernel: UnsafePointer<Float>, count: Int) {
        table.pointee.winograd_kernel(planes, kernel, Int64(count), Int64(count))
    }

    package func winogradKernelAdjoint(into kernel: Floats, from planes: UnsafePointer<Float>, count: Int) {
        table.pointee.winograd_kernel_adjoint(kernel, planes, Int64(count), Int64(count))
    }
}
