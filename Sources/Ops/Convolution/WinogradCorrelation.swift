import Graphs
import Tensors

/// A 3×3 correlation of stride 1 by Winograd's F(m×n, 3×3): (m + 2)(n + 2) products for each tile of m×n small pixels,
/// not 9 m n.
///
/// Windows of the big image, tiles of the small one and the kernel are mapped to (m + 2)(n + 2) planes each, and the
/// planes are multiplied one by one. Every map is linear and its adjoint is at hand, so that both backward passes run in
/// planes too.
/// - SeeAlso: Lavin & Gray 2015, arXiv:1509.09308.
final class WinogradCorrelation: Correlation, PartialCorrelation {
    let shape: CorrelationShape
    let size: Tiles.Size
    let pieces: TilePieces
    let bigRows, smallRows: Offsets
    let oneTap = Offsets([0])

    var planes: Int { size.planes }
    var formName: String { "F(\(size.down)×\(size.across))" }

    /// Tiles that a product wants: with 64 channels a plane of windows is read from L1, and large kernels, one of which
    /// all products need, are not read too often.
    private static func wantedTiles(_ size: Tiles.Size) -> Int {
        switch size {
        case .twoByTwo: 100
        case .twoByFive: 40
        case .threeByThree: 64
        default: 32
        }
    }

    /// Whether tiles fit a correlation, and it has channels enough to pay for the maps.
    ///
    /// Tiles four and five across need several in an image, since their kernels are three to five times the layer's own.
    static func fits(_ shape: CorrelationShape, _ size: Tiles.Size) -> Bool {
        shape.kernelHeight == 3 && shape.kernelWidth == 3 && shape.strideHeight == 1 && shape.strideWidth == 1
            && min(shape.bigChannels, shape.smallChannels) >= Kernels.panel
            && (size.across < 4
                || Tiles.count(height: shape.smallHeight, width: shape.smallWidth, size) >= 4)
    }

    /// For `images` whole images, or the first `lines` lines of one.
    init(_ shape: CorrelationShape, size: Tiles.Size, images: Int, lines: Int? = nil) {
        self.shape = shape
        self.size = size
        pieces = TilePieces(
            shape, size, wanted: WinogradCorrelation.wantedTiles(size), images: images, lines: lines)
        let mostTiles = pieces.mostTiles
        bigRows = Offsets((0..<mostTiles).map { $0 * shape.bigChannels })
        smallRows = Offsets((0..<mostTiles).map { $0 * shape.smallChannels })
    }

    /// Big channels whose gradients are in planes at a time.
    static let gradientDepth = 32

    // Planes a power of two apart would share the lines of a cache: they stand a panel further.
    var gatherPlane: Int {
        Kernels.packedCount(taps: 1, depth: shape.bigChannels, columns: shape.smallChannels) + Kernels.panel
    }
    var scatterPlane: Int {
        Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels) + Kernels.panel
    }
    /// Floats of one tap of the layer's own kernel.
    private var tapCount: Int { shape.bigChannels * shape.smallChannels }
    var gatherPackedCount: Int { planes * gatherPlane }
    var scatterPackedCount: Int { planes * scatterPlane }
    var packScratchCount: Int { 9 * max(gatherPlane, scatterPlane) }
    var bigPlane: Int { pieces.mostTiles * shape.bigChannels + Kernels.panel }
    var smallPlane: Int { pieces.mostTiles * shape.smallChannels + Kernels.panel }
    var scratchCount: Int { planes * (bigPlane + smallPlane) + gradientBlockCount + Kernels.panel }

    var lineGrid: Int { size.down }
    var pooled: (any PooledCorrelation)? { nil }
    var partial: (any PartialCorrelation)? { self }
    var scatterAxis: ScatterAxis { .channels }

    // The planes' map takes each weight by itself: nine packed taps become packed planes.
    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        pack(into: packed, plane: gatherPlane, scratch: scratch) { taps, tap in
            Kernels.shared.pack(
                into: taps, kernel + tap * tapCount, taps: 1, tap: 0, depth: shape.bigChannels,
                row: shape.smallChannels, columns: shape.smallChannels, column: 1)
        }
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        pack(into: packed, plane: scatterPlane, scratch: scratch) { taps, tap in
            Kernels.shared.pack(
                into: taps, kernel + tap * tapCount, taps: 1, tap: 0, depth: shape.smallChannels, row: 1,
                columns: shape.bigChannels, column: shape.smallChannels)
        }
    }

    private func pack(into packed: Floats, plane: Int, scratch: Floats, tap: (_ taps: Floats, _ tap: Int) -> Void) {
        for i in 0..<9 { tap(scratch + i * plane, i) }
        Kernels.shared.winogradKernel(
            into: packed, plane: plane, from: scratch, TapStrides(down: 3 * plane, across: plane), count: plane,
            size: size)
    }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        gather(into: small, from: big, rows: rows, packed: packed, start: start, scratch: scratch, mapped: false)
    }

    /// - Parameter mapped: The windows of an only piece stand in scratch.
    private func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats,
        mapped: Bool
    ) {
        let (windows, products) = (scratch, scratch + planes * bigPlane)
        pieces.eachPiece(rows) { piece in
            if !mapped || !piece.isOnly { mapWindows(of: big, piece, into: windows) }
            for k in 0..<planes {
                Kernels.shared.gather(
                    into: Rows(products + k * smallPlane, smallRows), from: Rows(windows + k * bigPlane, bigRows),
                    rows: piece.count, packed: packed + k * gatherPlane, taps: oneTap, depth: shape.bigChannels,
                    columns: shape.smallChannels, start: .zero)
            }
            mapProducts(products, piece, into: small, start: start)
        }
    }

    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats) {
        scatter(
            into: big, from: small, rows: rows, channels: 0..<shape.bigChannels, packed: packed, scratch: scratch,
            mapped: false)
    }

    func scatter(
        into big: Floats, from small: Floats, part: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats
    ) {
        scatter(
            into: big, from: small, rows: shape.smallPixels, channels: part, packed: packed, scratch: scratch,
            mapped: false)
    }

    /// To some channels of the big image, whole panels of them.
    /// - Parameter mapped: The tiles of an only piece stand in scratch.
    private func scatter(
        into big: Floats, from small: Floats, rows: Int, channels: Range<Int>, packed: UnsafePointer<Float>,
        scratch: Floats, mapped: Bool
    ) {
        let (windows, tiles) = (scratch, scratch + planes * bigPlane)
        // A panel holds all depth of sixteen columns.
        let weights = packed + channels.lowerBound * shape.smallChannels
        pieces.eachPiece(rows) { piece in
            if !mapped || !piece.isOnly { mapTiles(of: small, piece, into: tiles) }
            for k in 0..<planes {
                Kernels.shared.gather(
                    into: Rows(windows + k * bigPlane, bigRows), from: Rows(tiles + k * smallPlane, smallRows),
                    rows: piece.count, packed: weights + k * scatterPlane, taps: oneTap, depth: shape.smallChannels,
                    columns: channels.count, start: .zero)
            }
            mapProductsAdding(windows, piece, to: big, channels: channels)
        }
    }

    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats
    ) {
        weightGradient(into: dw, big: big, small: small, rows: rows, adding: adding, scratch: scratch)
        switch input {
        case .gather(let dSmall, let packed, let adds):
            gather(
                into: dSmall, from: big, rows: rows, packed: packed, start: adds ? .output : .zero, scratch: scratch,
                mapped: true)
        case .scatter(let dBig, let packed):
            scatter(
                into: dBig, from: small, rows: rows, channels: 0..<shape.bigChannels, packed: packed, scratch: scratch,
                mapped: true)
        case nil: break
        }
    }

    private func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, scratch: Floats) {
        let (windows, tiles) = (scratch, scratch + planes * bigPlane)
        pieces.eachPiece(rows) { piece in
            mapWindows(of: big, piece, into: windows)
            mapTiles(of: small, piece, into: tiles)
            eachGradientBlock(
                into: dw, adding: adding || !piece.isFirst, scratch: tiles + planes * smallPlane
            ) { block, k, channels in
                Kernels.shared.weightGradient(
                    into: block, from: Rows(windows + k * bigPlane + channels.lowerBound, bigRows),
                    and: Rows(tiles + k * smallPlane, smallRows), rows: piece.count, taps: oneTap,
                    depth: channels.count, columns: shape.smallChannels, adding: false)
            }
        }
    }

    /// The gradients of some channels' planes at a time, which go back to the kernel's taps while they are in cache.
    func eachGradientBlock(
        into dw: Floats, adding: Bool, scratch: Floats,
        _ multiply: (_ block: Floats, _ plane: Int, _ channels: Range<Int>) -> Void
    ) {
        for first in stride(from: 0, to: shape.bigChannels, by: WinogradCorrelation.gradientDepth) {
            let channels = first..<min(first + WinogradCorrelation.gradientDepth, shape.bigChannels)
            let count = channels.count * shape.smallChannels
            let plane = count + Kernels.panel
            for k in 0..<planes { multiply(scratch + k * plane, k, channels) }
            Kernels.shared.winogradKernelAdjoint(
                into: dw + first * shape.smallChannels, TapStrides(down: 3 * tapCount, across: tapCount),
                from: scratch, plane: plane, count: count, size: size, adding: adding)
        }
    }

    /// Floats of the scratch that `eachGradientBlock` needs.
    var gradientBlockCount: Int {
        planes * (WinogradCorrelation.gradientDepth * shape.smallChannels + Kernels.panel)
    }

    private func mapWindows(of big: Floats, _ piece: TilePiece, into windows: Floats) {
        piece.eachImage { image, tile in
            Kernels.shared.winogradWindow(
                into: windows + tile * shape.bigChannels, plane: bigPlane,
                from: big + piece.big + image * shape.bigImage, piece.tiles, channels: shape.bigChannels)
        }
    }

    private func mapTiles(of small: Floats, _ piece: TilePiece, into tiles: Floats) {
        piece.eachImage { image, tile in
            Kernels.shared.winogradTileAdjoint(
                into: tiles + tile * shape.smallChannels, plane: smallPlane,
                from: small + piece.small + image * shape.smallImage, piece.tiles, channels: shape.smallChannels)
        }
    }

    /// Planes of products become small images.
    func mapProducts(_ products: Floats, _ piece: TilePiece, into small: Floats, start: SumStart) {
        piece.eachImage { image, tile in
            Kernels.shared.winogradTile(
                into: small + piece.small + image * shape.smallImage, from: products + tile * shape.smallChannels,
                plane: smallPlane, piece.tiles, channels: shape.smallChannels, start: start)
        }
    }

    /// Planes of products are added to some channels of big images.
    func mapProductsAdding(_ products: Floats, _ piece: TilePiece, to big: Floats, channels: Range<Int>) {
        piece.eachImage { image, tile in
            Kernels.shared.winogradWindowAdjoint(
                into: big + piece.big + image * shape.bigImage + channels.lowerBound,
                from: products + tile * shape.bigChannels, plane: bigPlane, piece.tiles, channels: channels.count,
                of: shape.bigChannels)
        }
    }
}
