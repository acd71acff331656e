import Tensors

/// A correlation as it is written, on bfloat16 inputs: both images are rounded into scratch once a pass, sums and
/// gradients stay Float32.
final class BFloat16DirectCorrelation: Correlation {
    private let plain: DirectCorrelation
    private let blocks: BFloat16Kernels
    private let bigCount, smallCount: Int

    /// Whether twice the rate of the products pays for the rounding.
    static func pays(_ shape: CorrelationShape) -> Bool {
        min(shape.kernelHeight * shape.kernelWidth * shape.bigChannels, shape.smallChannels) >= Kernels.panel
            && shape.smallPixels > 1
    }

    /// Takes `plain`'s tables, which are for `rows` small pixels at the most.
    init(_ plain: DirectCorrelation, rows: Int) {
        self.plain = plain
        blocks = BFloat16Kernels.shared!
        bigCount = plain.shape.bigValues(rows: rows)
        smallCount = rows * plain.shape.smallChannels
    }

    var shape: CorrelationShape { plain.shape }

    var formName: String { plain.formName + " bf16" }

    var gatherPackedCount: Int {
        BFloat16Kernels.packedCount(taps: shape.kernelHeight, depth: plain.lineDepth, columns: shape.smallChannels)
    }

    private var scatterColumns: Int { plain.isNarrow ? plain.productColumns : shape.bigChannels }
    private var scatterTap: Int {
        BFloat16Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: scatterColumns)
    }
    private var scatterTaps: Int { plain.isNarrow ? 1 : plain.pixelTaps.count }

    var scatterPackedCount: Int { scatterTaps * scatterTap }

    var scratchCount: Int {
        plain.scratchCount + BFloat16Kernels.floats(for: bigCount) + BFloat16Kernels.floats(for: smallCount)
    }

    var packScratchCount: Int { 0 }
    var lineGrid: Int { plain.lineGrid }
    var pooled: (any PooledCorrelation)? { nil }
    var partial: (any PartialCorrelation)? { nil }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        blocks.pack(
            into: packed, kernel, taps: shape.kernelHeight, tap: plain.lineDepth * shape.smallChannels,
            depth: plain.lineDepth, row: shape.smallChannels, columns: shape.smallChannels, column: 1)
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        for tap in 0..<scatterTaps {
            blocks.pack(
                into: packed + tap * scatterTap, kernel + tap * scatterColumns * shape.smallChannels, taps: 1, tap: 0,
                depth: shape.smallChannels, row: 1, columns: scatterColumns, column: shape.smallChannels)
        }
    }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        gather(into: small, from: roundBig(big, rows, scratch), rows: rows, packed: packed, start: start)
    }

    private func gather(
        into small: Floats, from rounded: BFloats, rows: Int, packed: UnsafePointer<Float>, start: SumStart
    ) {
        blocks.gather(
            into: Rows(small, plain.smallRows), from: BFloatRows(rounded, plain.bigRows), rows: rows, packed: packed,
            taps: plain.lineTaps, depth: plain.lineDepth, columns: shape.smallChannels, start: start)
    }

    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats) {
        scatter(into: big, from: roundSmall(small, rows, scratch), rows: rows, packed: packed, scratch: scratch)
    }

    private func scatter(
        into big: Floats, from rounded: BFloats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats
    ) {
        guard plain.isNarrow else {
            plain.eachScatter(rows) { first, count in
                blocks.scatter(
                    into: Rows(big, plain.bigRows, from: first),
                    from: BFloatRows(rounded, plain.smallRows, from: first), rows: count, packed: packed,
                    taps: plain.pixelTaps, depth: shape.smallChannels, columns: shape.bigChannels)
            }
            return
        }
        plain.scatterNarrow(into: big, rows: rows, scratch: scratch) { product, first, count in
            blocks.gather(
                into: product, from: BFloatRows(rounded, plain.smallRows, from: first), rows: count, packed: packed,
                taps: plain.oneTap, depth: shape.smallChannels, columns: plain.overlap.stride, start: .zero)
        }
    }

    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats
    ) {
        let (roundedBig, roundedSmall) = (roundBig(big, rows, scratch), roundSmall(small, rows, scratch))
        blocks.weightGradient(
            into: dw, from: BFloatRows(roundedBig, plain.bigRows), and: BFloatRows(roundedSmall, plain.smallRows),
            rows: rows, taps: plain.lineTaps, depth: plain.lineDepth, columns: shape.smallChannels, adding: adding)
        switch input {
        case .gather(let dSmall, let packed, let adds):
            gather(into: dSmall, from: roundedBig, rows: rows, packed: packed, start: adds ? .output : .zero)
        case .scatter(let dBig, let packed):
            scatter(into: dBig, from: roundedSmall, rows: rows, packed: packed, scratch: scratch)
        case nil: break
        }
    }

    /// The lines of the big image that `rows` small pixels meet, in scratch behind the narrow product.
    private func roundBig(_ big: Floats, _ rows: Int, _ scratch: Floats) -> BFloats {
        let rounded = (scratch + plain.scratchCount).asBFloats
        blocks.round(into: rounded, big, count: shape.bigValues(rows: rows))
        return rounded
    }

    private func roundSmall(_ small: Floats, _ rows: Int, _ scratch: Floats) -> BFloats {
        let rounded = (scratch + plain.scratchCount + BFloat16Kernels.floats(for: bigCount)).asBFloats
        blocks.round(into: rounded, small, count: rows * shape.smallChannels)
        return rounded
    }
}

extension CorrelationShape {
    /// Values of the big image's lines that `rows` small pixels meet: those of whole images, or of lines of one.
    fileprivate func bigValues(rows: Int) -> Int {
        let (line, image) = (bigWidth * bigChannels, bigPixels * bigChannels)
        return rows > smallPixels
            ? rows / smallPixels * image : ((rows / smallWidth - 1) * strideHeight + kernelHeight) * line
    }
}
