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
    var formName: String { plain.formName + " bf16" }

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
    var pooled: (any PooledCorrelation)? { nil }
    var partial: (any PartialCorrelation)? { nil }

    /// Floats of all planes of the larger image, whatever their type.
    private var planesCount: Int { planes * max(plain.bigPlane, plain.smallPlane) }
    var scratchCount: Int {
        let (large, both) = (planesCount, planes * (plain.bigPlane + plain.smallPlane))
        return max(
            large + BFloat16Kernels.floats(for: large),
            BFloat16Kernels.floats(for: both) + plain.gradientBlockCount + Kernels.panel)
    }

    var packScratchCount: Int { planes * shape.bigChannels * shape.smallChannels }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        eachPlane(of: kernel, scratch: scratch) { k, plane in
            blocks.pack(
                into: packed + k * gatherPlane, plane, taps: 1, tap: 0, depth: shape.bigChannels,
                row: shape.smallChannels, columns: shape.smallChannels, column: 1)
        }
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        eachPlane(of: kernel, scratch: scratch) { k, plane in
            blocks.pack(
                into: packed + k * scatterPlane, plane, taps: 1, tap: 0, depth: shape.smallChannels, row: 1,
                columns: shape.bigChannels, column: shape.smallChannels)
        }
    }

    private func eachPlane(
        of kernel: UnsafePointer<Float>, scratch: Floats, _ body: (_ k: Int, UnsafePointer<Float>) -> Void
    ) {
        let plane = shape.bigChannels * shape.smallChannels
        Kernels.shared.winogradKernel(
            into: scratch, plane: plane, from: kernel, TapStrides(down: 3 * plane, across: plane), count: plane,
            size: plain.size)
        for k in 0..<planes { body(k, UnsafePointer(scratch + k * plane)) }
    }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        let (products, windows) = (scratch, (scratch + planesCount).asBFloats)
        plain.pieces.eachPiece(rows) { piece in
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
        plain.pieces.eachPiece(rows) { piece in
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

    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats
    ) {
        weightGradient(into: dw, big: big, small: small, rows: rows, adding: adding, scratch: scratch)
        switch input {
        case .gather(let dSmall, let packed, let adds):
            gather(into: dSmall, from: big, rows: rows, packed: packed, start: adds ? .output : .zero, scratch: scratch)
        case .scatter(let dBig, let packed):
            scatter(into: dBig, from: small, rows: rows, packed: packed, scratch: scratch)
        case nil: break
        }
    }

    private func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, scratch: Floats) {
        let windows = scratch.asBFloats
        let tiles = windows + planes * plain.bigPlane
        let block = scratch + BFloat16Kernels.floats(for: planes * (plain.bigPlane + plain.smallPlane))
        plain.pieces.eachPiece(rows) { piece in
            mapWindows(of: big, piece, into: windows)
            mapTiles(of: small, piece, into: tiles)
            plain.eachGradientBlock(
                into: dw, adding: adding || !piece.isFirst, scratch: block
            ) { block, k, channels in
                blocks.weightGradient(
                    into: block, from: BFloatRows(windows + k * plain.bigPlane + channels.lowerBound, plain.bigRows),
                    and: BFloatRows(tiles + k * plain.smallPlane, plain.smallRows), rows: piece.count,
                    taps: plain.oneTap, depth: channels.count, columns: shape.smallChannels, adding: false)
            }
        }
    }

    private func mapWindows(of big: Floats, _ piece: TilePiece, into windows: BFloats) {
        piece.eachImage { image, tile in
            blocks.winogradWindow(
                into: windows + tile * shape.bigChannels, plane: plain.bigPlane,
                from: big + piece.big + image * shape.bigImage, piece.tiles, channels: shape.bigChannels)
        }
    }

    private func mapTiles(of small: Floats, _ piece: TilePiece, into tiles: BFloats) {
        piece.eachImage { image, tile in
            blocks.winogradTileAdjoint(
                into: tiles + tile * shape.smallChannels, plane: plain.smallPlane,
                from: small + piece.small + image * shape.smallImage, piece.tiles, channels: shape.smallChannels)
        }
    }
}
