import Tensors

/// A correlation as it is written, with the row tables that the blocks walk along.
final class DirectCorrelation: Correlation, PooledCorrelation, PartialCorrelation {
    let shape: CorrelationShape
    let bigRows: Offsets
    let smallRows: Offsets
    /// One tap a kernel row: the window's pixels of that row stand side by side in memory.
    let lineTaps: Offsets
    let pixelTaps: Offsets
    /// With few big channels a tap is too narrow for the matrix block: all taps become the columns of one product,
    /// which is then added where it belongs.
    let isNarrow: Bool
    let lineDepth, productColumns: Int
    let overlap: Overlap
    private let productRows: Offsets
    let oneTap = Offsets([0])

    /// Rows that a narrow product wants: its scratch stays in L1.
    private static let narrowRows = 144

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
        let stride = (productColumns + Kernels.panel - 1) / Kernels.panel * Kernels.panel
        overlap = Overlap(
            height: lines, width: shape.smallWidth, stride: stride, bigLine: shape.bigWidth * shape.bigChannels,
            kernelHeight: shape.kernelHeight, lineStride: shape.strideHeight, kernelLine: lineDepth,
            step: shape.strideWidth * shape.bigChannels)
        // Lines that reach the next ones' outputs are kept for them.
        let reaching = (shape.kernelHeight - 1) / shape.strideHeight
        let together = min(lines, max(DirectCorrelation.narrowRows / shape.smallWidth, 2 * reaching + 1))
        productRows = Offsets(isNarrow ? (0..<together * shape.smallWidth).map { $0 * stride } : [])
    }

    var formName: String { isNarrow ? "narrow" : "direct" }

    var gatherPackedCount: Int {
        Kernels.packedCount(taps: shape.kernelHeight, depth: lineDepth, columns: shape.smallChannels)
    }

    var scatterPackedCount: Int {
        isNarrow
            ? Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: productColumns)
            : pixelTaps.count
                * Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels)
    }

    var scratchCount: Int { productRows.count * overlap.stride }

    var packScratchCount: Int { 0 }
    var lineGrid: Int { 1 }
    var pooled: (any PooledCorrelation)? { self }
    var partial: (any PartialCorrelation)? { self }
    var scatterAxis: ScatterAxis { .lines }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        Kernels.shared.pack(
            into: packed, kernel, taps: shape.kernelHeight, tap: lineDepth * shape.smallChannels, depth: lineDepth,
            row: shape.smallChannels, columns: shape.smallChannels, column: 1)
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
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

    func windowRows(_ window: (height: Int, width: Int), images: Int, lines: Int?) -> Offsets? {
        guard window == (2, 2), shape.kernelHeight * lineDepth <= DirectCorrelation.mostPooledDepth else { return nil }
        let (width, lines) = (shape.smallWidth, images * (lines ?? shape.smallHeight))
        var rows: [Int] = []
        for y in stride(from: 0, to: lines, by: 2) {
            for x in stride(from: 0, to: width, by: 2) {
                for row in [y * width + x, (y + 1) * width + x] {
                    rows += [Int(bigRows.pointer[row]), Int(bigRows.pointer[row + 1])]
                }
            }
        }
        return Offsets(rows)
    }

    /// Depth of a kernel whose packed panels stay in L1 beside the input.
    private static let mostPooledDepth = 64

    func gatherPooled(
        into out: Floats, winners: UnsafeMutablePointer<UInt8>, from big: Floats, _ windowRows: Offsets, windows: Int,
        packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, relu: Bool
    ) {
        Kernels.shared.gatherPool(
            into: out, winners: winners, from: Rows(big, windowRows), windows: windows, packed: packed,
            taps: lineTaps, depth: lineDepth, columns: shape.smallChannels, bias: bias, relu: relu)
    }

    func weightGradientPooled(
        into dw: Floats, big: Floats, _ windowRows: Offsets, pooled: Floats, winners: UnsafePointer<UInt8>,
        windows: Int, adding: Bool
    ) {
        Kernels.shared.weightGradientPool(
            into: dw, from: Rows(big, windowRows), and: pooled, winners: winners, windows: windows, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, adding: adding)
    }

    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats) {
        guard isNarrow else {
            eachScatter(rows) { first, count in
                Kernels.shared.scatter(
                    into: Rows(big, bigRows, from: first), from: Rows(small, smallRows, from: first), rows: count,
                    packed: packed, taps: pixelTaps, depth: shape.smallChannels, columns: shape.bigChannels)
            }
            return
        }
        scatterNarrow(into: big, rows: rows, scratch: scratch) { product, first, count in
            multiplyNarrow(into: product, small, packed, first, count)
        }
    }

    /// Passes of whole images, or within one: its order of sums must not depend on how many stand beside it.
    func eachScatter(_ rows: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
        let image = min(rows, shape.smallPixels)
        let together = max(1, Kernels.scatterRows / image) * image
        for first in stride(from: 0, to: rows, by: together) { body(first, min(together, rows - first)) }
    }

    /// Writes the products of all taps of `count` rows from `first`.
    typealias NarrowProduct = (_ product: Rows, _ first: Int, _ count: Int) -> Void

    private func multiplyNarrow(
        into product: Rows, _ small: Floats, _ packed: UnsafePointer<Float>, _ first: Int, _ count: Int
    ) {
        Kernels.shared.gather(
            into: product, from: Rows(small, smallRows, from: first), rows: count, packed: packed, taps: oneTap,
            depth: shape.smallChannels, columns: overlap.stride, start: .zero)
    }

    /// Adds to whole images, or to the lines that `rows` reach of one.
    func scatterNarrow(into big: Floats, rows: Int, scratch: Floats, _ multiply: NarrowProduct) {
        let lines = min(rows / shape.smallWidth, shape.smallHeight)
        let image = lines * shape.smallWidth
        for first in stride(from: 0, to: rows, by: image) {
            scatterNarrow(
                into: big + first / image * shape.bigPixels * shape.bigChannels, smallLines: lines,
                lines: 0..<(lines - 1) * shape.strideHeight + shape.kernelHeight, scratch: scratch
            ) { multiply($0, first + $1, $2) }
        }
    }

    func scatter(
        into big: Floats, from small: Floats, part lines: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats
    ) {
        guard !isNarrow else {
            scatterNarrow(into: big, smallLines: shape.smallHeight, lines: lines, scratch: scratch) {
                multiplyNarrow(into: $0, small, packed, $1, $2)
            }
            return
        }
        // Pass by pass and tap by tap as the block does it, only the rows that reach these lines.
        let tapCount = scatterPackedCount / pixelTaps.count
        for pass in DirectCorrelation.scatterPasses(shape.smallPixels) {
            for tap in 0..<pixelTaps.count {
                let reaching = smallLines(reaching: lines, from: tap / shape.kernelWidth)
                let rows = pass.clamped(
                    to: reaching.lowerBound * shape.smallWidth..<reaching.upperBound * shape.smallWidth)
                if rows.isEmpty { continue }
                Kernels.shared.scatter(
                    into: Rows(big + Int(pixelTaps.pointer[tap]), bigRows, from: rows.lowerBound),
                    from: Rows(small, smallRows, from: rows.lowerBound), rows: rows.count,
                    packed: packed + tap * tapCount, taps: oneTap, depth: shape.smallChannels,
                    columns: shape.bigChannels)
            }
        }
    }

    /// Rows that one pass of the scatter block takes through all taps.
    private static func scatterPasses(_ rows: Int) -> some Sequence<Range<Int>> {
        let passes = (rows + Kernels.scatterRows - 1) / Kernels.scatterRows
        return sequence(state: (start: 0, left: passes)) { state -> Range<Int>? in
            guard state.left > 0 else { return nil }
            let end = state.start + (rows - state.start + state.left - 1) / state.left
            defer { state = (end, state.left - 1) }
            return state.start..<end
        }
    }

    /// Small lines whose window's line `kernelLine` lies among `lines` of the big image.
    private func smallLines(reaching lines: Range<Int>, from kernelLine: Int) -> Range<Int> {
        func first(_ line: Int) -> Int {
            min(max(0, (line - kernelLine + shape.strideHeight - 1) / shape.strideHeight), shape.smallHeight)
        }
        return first(max(lines.lowerBound, kernelLine))..<first(max(lines.upperBound, kernelLine))
    }

    /// Products of all taps, and from them `lines` of the big image, as soon as all that they need is there.
    private func scatterNarrow(
        into big: Floats, smallLines: Int, lines: Range<Int>, scratch: Floats, _ multiply: NarrowProduct
    ) {
        let (width, down, line) = (shape.smallWidth, shape.strideHeight, shape.smallWidth * overlap.stride)
        var overlap = overlap
        overlap.height = smallLines
        let end = min(smallLines, (lines.upperBound - 1) / down + 1)
        // The product at the start of scratch, the next one to be computed, the next line to be written.
        var first = max(0, (lines.lowerBound - shape.kernelHeight + down) / down)
        var (next, written) = (first, lines.lowerBound)
        while written < lines.upperBound {
            let needed = min(max(first, (written - shape.kernelHeight + down) / down), next)
            if needed > first {
                scratch.update(from: scratch + (needed - first) * line, count: (next - needed) * line)
                first = needed
            }
            let count = min(end - next, productRows.count / width - (next - first))
            multiply(Rows(scratch + (next - first) * line, productRows), next * width, count * width)
            next += count
            let complete = next == end ? lines.upperBound : min(next * down, lines.upperBound)
            Kernels.shared.overlapAdd(
                to: big, product: scratch, overlap, firstLine: first, lines: written..<complete)
            written = complete
        }
    }

    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats
    ) {
        Kernels.shared.weightGradient(
            into: dw, from: Rows(big, bigRows), and: Rows(small, smallRows), rows: rows, taps: lineTaps,
            depth: lineDepth, columns: shape.smallChannels, adding: adding)
        switch input {
        case .gather(let dSmall, let packed, let adds):
            gather(into: dSmall, from: big, rows: rows, packed: packed, start: adds ? .output : .zero, scratch: scratch)
        case .scatter(let dBig, let packed):
            scatter(into: dBig, from: small, rows: rows, packed: packed, scratch: scratch)
        case nil: break
        }
    }
}
