import Tensors

/// Winograd's form with planes of bfloat16: images and kernels are mapped in Float32 and rounded then; products are
/// summed, and mapped back, in Float32.
final class BFloat16WinogradCorrelation: Correlation {
    private let plain: WinogradCorrelation
    private let blocks: BFloat16Kernels

    /// Whether all values of a plane pair up: the one behind a row of odd depth may be anything.
    static func pays(_ shape: CorrelationShape) -> Bool {
        shape.bigChannels % 2 == 0 && shape.smallChannels % 2 == 0
    }

    /// Takes `plain`'s tables and its way of cutting images into pieces.
    init(_ plain: WinogradCorrelation) {
        self.plain = plain
        blocks = BFloat16Kernels.shared!
    }

    var shape: CorrelationShape { plain.shape }
    var rewrite: (any KernelRewrite)? { plain.rewrite }

    private var planes: Int { plain.planes }
    private var gatherPlane: Int {
        BFloat16Kernels.packedCount(taps: 1, depth: shape.bigChannels, columns: shape.smallChannels)
    }
    private var scatterPlane: Int {
        BFloat16Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels)
    }
    var gatherPackedCount: Int { planes * gatherPlane }
    var scatterPackedCount: Int { planes * scatterPlane }

    var lineGrid: Int { plain.lineGrid }
    var scatterAxis: ScatterAxis? { nil }

    /// Floats of all planes of the larger image, whatever their type.
    private var planesCount: Int { planes * max(plain.bigPlane, plain.smallPlane) }
    var scratchCount: Int { planesCount + BFloat16Kernels.floats(for: planesCount) }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>) {
        for k in 0..<planes {
            blocks.pack(
                into: packed + k * gatherPlane, kernel + k * shape.bigChannels * shape.smallChannels, taps: 1, tap: 0,
                depth: shape.bigChannels, row: shape.smallChannels, columns: shape.smallChannels, column: 1)
        }
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>) {
        for k in 0..<planes {
            blocks.pack(
                into: packed + k * scatterPlane, kernel + k * shape.bigChannels * shape.smallChannels, taps: 1, tap: 0,
                depth: shape.smallChannels, row: 1, columns: shape.bigChannels, column: shape.smallChannels)
        }
    }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        let (products, windows) = (scratch, (scratch + planesCount).asBFloats)
        plain.eachPiece(rows) { piece in
            mapWindows(of: big, piece, into: windows)
            for k in 0..<planes {
                blocks.gather(
                    into: Rows(products + k * plain.smallPlane, plain.smallRows),
                    from: BFloatRows(windows + k * plain.bigPlane, plain.bigRows), rows: piece.count,
                    packed: packed + k * gatherPlane, taps: plain.oneTap, depth: shape.bigChannels,
                    columns: shape.smallChannels, start: .zero)
            }
            plain.mapProducts(products, piece, into: small, start: start)
        }
    }

    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats) {
        let (products, tiles) = (scratch, (scratch + planesCount).asBFloats)
        plain.eachPiece(rows) { piece in
            mapTiles(of: small, piece, into: tiles)
            for k in 0..<planes {
                blocks.gather(
                    into: Rows(products + k * plain.bigPlane, plain.bigRows),
                    from: BFloatRows(tiles + k * plain.smallPlane, plain.smallRows), rows: piece.count,
                    packed: packed + k * scatterPlane, taps: plain.oneTap, depth: shape.smallChannels,
                    columns: shape.bigChannels, start: .zero)
            }
            plain.mapProductsAdding(products, piece, to: big, channels: 0..<shape.bigChannels)
        }
    }

    func scatter(into big: Floats, from small: Floats, part: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats)
    {
        fatalError("tiles meet in the lines that they are added to")
    }

    func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, scratch: Floats) {
        let (windows, tiles) = (scratch.asBFloats, (scratch + planesCount).asBFloats)
        plain.eachPiece(rows) { piece in
            mapWindows(of: big, piece, into: windows)
            mapTiles(of: small, piece, into: tiles)
            for k in 0..<planes {
                blocks.weightGradient(
                    into: dw + k * shape.bigChannels * shape.smallChannels,
                    from: BFloatRows(windows + k * plain.bigPlane, plain.bigRows),
                    and: BFloatRows(tiles + k * plain.smallPlane, plain.smallRows), rows: piece.count,
                    taps: plain.oneTap, depth: shape.bigChannels, columns: shape.smallChannels,
                    adding: adding || !piece.isFirst)
            }
        }
    }

    private func mapWindows(of big: Floats, _ piece: WinogradCorrelation.Piece, into windows: BFloats) {
        piece.eachImage { image, tile in
            blocks.winogradWindow(
                into: windows + tile * shape.bigChannels, plane: plain.bigPlane,
                from: big + piece.big + image * plain.bigImage, piece.tiles, channels: shape.bigChannels)
        }
    }

    private func mapTiles(of small: Floats, _ piece: WinogradCorrelation.Piece, into tiles: BFloats) {
        piece.eachImage { image, tile in
            blocks.winogradTileAdjoint(
                into: tiles + tile * shape.smallChannels, plane: plain.smallPlane,
                from: small + piece.small + image * plain.smallImage, piece.tiles, channels: shape.smallChannels)
        }
    }
}
