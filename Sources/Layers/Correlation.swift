import Tensors

/// A small image whose every pixel meets a window of a big one.
///
/// A convolution reads the big image and writes the small; a transposed convolution reads the small and writes
/// the big; the backward pass of each is the forward pass of the other. A dense layer has one pixel on each side.
/// The kernel's shape is [kernel height, kernel width, big channels, small channels] in all of them, which is
/// Keras's order for Conv2D ([.., in, out]) and for Conv2DTranspose ([.., out, in]) alike.
package struct CorrelationShape: Hashable, Sendable {
    package var bigHeight, bigWidth, bigChannels: Int
    package var smallHeight, smallWidth, smallChannels: Int
    package var kernelHeight, kernelWidth, strideHeight, strideWidth: Int

    package var smallPixels: Int { smallHeight * smallWidth }
    package var bigPixels: Int { bigHeight * bigWidth }
    package var kernelCount: Int { kernelHeight * kernelWidth * bigChannels * smallChannels }

    /// Floating-point operations of one pass over one image.
    package var operations: Int { 2 * smallPixels * kernelCount }
}

/// The three matrix blocks of a `CorrelationShape`, with the row tables that they walk along.
///
/// - gather: small = Σ over taps of big · W
/// - scatter: big += small · Wᵀ at each tap
/// - weight gradient: dW += bigᵀ · small at each tap
package final class Correlation: Sendable {
    package let shape: CorrelationShape
    /// Rows (small pixels) that the tables hold.
    package let rows: Int
    private let bigRows: Offsets
    private let smallRows: Offsets
    /// One tap a kernel row: the window's pixels of that row stand side by side in memory.
    private let lineTaps: Offsets
    private let pixelTaps: Offsets
    /// With few big channels a tap is too narrow for the matrix block: all taps become the columns of one product,
    /// which is then added where it belongs.
    private let isNarrow: Bool
    private let lineDepth, productColumns, productStride: Int
    private let productRows: Offsets
    private let oneTap = Offsets([0])

    /// Rows of one narrow product: its scratch stays in L1.
    private static let narrowRows = 96

    /// Tables for `images` whole images, or for the first `lines` lines of one.
    package init(_ shape: CorrelationShape, images: Int, lines: Int? = nil) {
        self.shape = shape
        let lines = lines ?? shape.smallHeight
        rows = images * lines * shape.smallWidth
        let bigImage = shape.bigPixels * shape.bigChannels
        bigRows = Offsets(
            (0..<images).flatMap { image in
                (0..<lines).flatMap { y in
                    (0..<shape.smallWidth).map { x in
                        image * bigImage
                            + (y * shape.strideHeight * shape.bigWidth + x * shape.strideWidth) * shape.bigChannels
                    }
                }
            })
        smallRows = Offsets((0..<rows).map { $0 * shape.smallChannels })
        lineTaps = Offsets((0..<shape.kernelHeight).map { $0 * shape.bigWidth * shape.bigChannels })
        pixelTaps = Offsets(
            (0..<shape.kernelHeight).flatMap { y in
                (0..<shape.kernelWidth).map { x in (y * shape.bigWidth + x) * shape.bigChannels }
            })
        isNarrow = shape.bigChannels < Kernels.panel / 2
        lineDepth = shape.kernelWidth * shape.bigChannels
        productColumns = shape.kernelHeight * lineDepth
        productStride = (productColumns + Kernels.panel - 1) / Kernels.panel * Kernels.panel
        let stride = productStride
        productRows = Offsets(isNarrow ? (0..<min(rows, Correlation.narrowRows)).map { $0 * stride } : [])
    }

    package var gatherPackedCount: Int {
        Kernels.packedCount(taps: shape.kernelHeight, depth: lineDepth, columns: shape.smallChannels)
    }

    package var scatterPackedCount: Int {
        isNarrow
            ? Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: productColumns)
            : pixelTaps.count
                * Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels)
    }

    package var scatterScratchCount: Int { isNarrow ? min(rows, Correlation.narrowRows) * productStride : 0 }

    package func packForGather(into packed: Floats, kernel: UnsafePointer<Float>) {
        Kernels.shared.pack(
            into: packed, kernel, taps: shape.kernelHeight, tap: lineDepth * shape.smallChannels, depth: lineDepth,
            row: shape.smallChannels, columns: shape.smallChannels, column: 1)
    }

    package func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>) {
        let columns = isNarrow ? productColumns : shape.bigChannels
        let tapCount = Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: columns)
        for tap in 0..<(isNarrow ? 1 : pixelTaps.count) {
            Kernels.shared.pack(
                into: packed + tap * tapCount, kernel + tap * columns * shape.smallChannels, taps: 1, tap: 0,
                depth: shape.smallChannels, row: 1, columns: columns, column: shape.smallChannels)
        }
    }

    package func gather(into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart)
    {
        Kernels.shared.gather(
            into: Rows(small, smallRows), from: Rows(big, bigRows), rows: rows, packed: packed, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, start: start)
    }

    /// Adds to `big`, which the caller has filled.
    package func scatter(
        into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats
    ) {
        guard isNarrow else {
            Kernels.shared.scatter(
                into: Rows(big, bigRows), from: Rows(small, smallRows), rows: rows, packed: packed, taps: pixelTaps,
                depth: shape.smallChannels, columns: shape.bigChannels)
            return
        }
        for first in stride(from: 0, to: rows, by: Correlation.narrowRows) {
            let count = min(Correlation.narrowRows, rows - first)
            Kernels.shared.gather(
                into: Rows(scratch, productRows), from: Rows(small, smallRows, from: first), rows: count,
                packed: packed, taps: oneTap, depth: shape.smallChannels, columns: productStride, start: .zero)
            Kernels.shared.overlapAdd(
                into: Rows(big, bigRows, from: first), product: scratch, stride: productStride, rows: count,
                taps: lineTaps, columns: lineDepth)
        }
    }

    package func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool) {
        Kernels.shared.weightGradient(
            into: dw, from: Rows(big, bigRows), and: Rows(small, smallRows), rows: rows, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, adding: adding)
    }
}
