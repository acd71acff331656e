import Tensors

/// A correlation as it is written, with the row tables that the blocks walk along.
final class DirectCorrelation: Correlation {
    let shape: CorrelationShape
    var rewrite: (any KernelRewrite)? { nil }
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
    init(_ shape: CorrelationShape, images: Int, lines: Int? = nil) {
        self.shape = shape
        let lines = lines ?? shape.smallHeight
        let rows = images * lines * shape.smallWidth
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
        productRows = Offsets(isNarrow ? (0..<min(rows, DirectCorrelation.narrowRows)).map { $0 * stride } : [])
    }

    var gatherPackedCount: Int {
        Kernels.packedCount(taps: shape.kernelHeight, depth: lineDepth, columns: shape.smallChannels)
    }

    var scatterPackedCount: Int {
        isNarrow
            ? Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: productColumns)
            : pixelTaps.count
                * Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels)
    }

    var scratchCount: Int { productRows.count * productStride }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>) {
        Kernels.shared.pack(
            into: packed, kernel, taps: shape.kernelHeight, tap: lineDepth * shape.smallChannels, depth: lineDepth,
            row: shape.smallChannels, columns: shape.smallChannels, column: 1)
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>) {
        let columns = isNarrow ? productColumns : shape.bigChannels
        let tapCount = Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: columns)
        for tap in 0..<(isNarrow ? 1 : pixelTaps.count) {
            Kernels.shared.pack(
                into: packed + tap * tapCount, kernel + tap * columns * shape.smallChannels, taps: 1, tap: 0,
                depth: shape.smallChannels, row: 1, columns: columns, column: shape.smallChannels)
        }
    }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        Kernels.shared.gather(
            into: Rows(small, smallRows), from: Rows(big, bigRows), rows: rows, packed: packed, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, start: start)
    }

    func scatter(
        into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats
    ) {
        guard isNarrow else {
            Kernels.shared.scatter(
                into: Rows(big, bigRows), from: Rows(small, smallRows), rows: rows, packed: packed, taps: pixelTaps,
                depth: shape.smallChannels, columns: shape.bigChannels)
            return
        }
        for first in stride(from: 0, to: rows, by: DirectCorrelation.narrowRows) {
            let count = min(DirectCorrelation.narrowRows, rows - first)
            Kernels.shared.gather(
                into: Rows(scratch, productRows), from: Rows(small, smallRows, from: first), rows: count,
                packed: packed, taps: oneTap, depth: shape.smallChannels, columns: productStride, start: .zero)
            Kernels.shared.overlapAdd(
                into: Rows(big, bigRows, from: first), product: scratch, stride: productStride, rows: count,
                taps: lineTaps, columns: lineDepth)
        }
    }

    func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, scratch: Floats) {
        Kernels.shared.weightGradient(
            into: dw, from: Rows(big, bigRows), and: Rows(small, smallRows), rows: rows, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, adding: adding)
    }
}
