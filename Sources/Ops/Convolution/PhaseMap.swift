import Graphs
import Tensors

/// Phases of a big image with as many taps both ways, which meet the small one in the same planes.
final class PhaseMap: Sendable {
    /// Which phases, by their first line and pixel, and the tiles of their taps; nil where there is one tap.
    typealias Taps = (size: Tiles.Size?, phases: [(y: Int, x: Int)])

    /// All phases of a 3×3 or 4×4 kernel of stride 2; what has one tap, and no map, comes first.
    static func taps(_ shape: CorrelationShape, _ side: StridedWinogradCorrelation.Side) -> [Taps] {
        let sizes = side.sizes
        return shape.kernelHeight == 4
            ? [(sizes.both, [(0, 0), (0, 1), (1, 0), (1, 1)])]
            : [(nil, [(1, 1)]), (sizes.both, [(0, 0)]), (sizes.down, [(0, 1)]), (sizes.across, [(1, 0)])]
    }

    private let shape: CorrelationShape
    private let size: Tiles.Size?
    /// Each phase's first line and pixel, the floats to it, and its first tap.
    private let phases: [(start: (y: Int, x: Int), place: Int, tap: Int)]
    private let gatherPlace, scatterPlace: Int
    /// Rows of the largest product, and its tables.
    private let mostRows: Int
    private let bigRows, smallRows: Offsets
    /// From one phase's windows to the next's.
    private let phaseTaps: Offsets
    private let oneTap = Offsets([0])

    private var planes: Int { size?.planes ?? 1 }
    /// Taps of a phase.
    private var taps: (down: Int, across: Int) { (size?.tapsDown ?? 1, size?.tapsAcross ?? 1) }

    /// - Parameter places: Of its packed weights.
    init(
        _ shape: CorrelationShape, _ taps: Taps, _ pieces: TilePieces, _ side: StridedWinogradCorrelation.Side,
        _ places: (gather: Int, scatter: Int), images: Int, lines: Int?
    ) {
        self.shape = shape
        size = taps.size
        phases = taps.phases.map {
            ($0, ($0.y * shape.bigWidth + $0.x) * shape.bigChannels, $0.y * shape.kernelWidth + $0.x)
        }
        (gatherPlace, scatterPlace) = places
        let (pixel, line) = (2 * shape.bigChannels, shape.bigOffset(line: 1))
        if let size {
            // A tile of one pixel across, or down, stands for as many as the others have.
            mostRows = pieces.mostTiles * side.rawValue * side.rawValue / (size.down * size.across)
            bigRows = Offsets((0..<mostRows).map { $0 * shape.bigChannels })
            smallRows = Offsets((0..<mostRows).map { $0 * shape.smallChannels })
        } else {
            let height = lines ?? shape.smallHeight
            mostRows = images * height * shape.smallWidth
            bigRows = Offsets(
                (0..<mostRows).map { row in
                    let (y, x) = (row / shape.smallWidth, row % shape.smallWidth)
                    return y / height * shape.bigImage + y % height * line + x * pixel
                })
            smallRows = Offsets((0..<mostRows).map { $0 * shape.smallChannels })
        }
        let plane = mostRows * shape.bigChannels + Kernels.panel
        phaseTaps = Offsets(taps.phases.indices.map { $0 * (taps.size?.planes ?? 1) * plane })
    }

    // Planes a power of two apart would share the lines of a cache: they stand a panel further.
    private var bigPlane: Int { mostRows * shape.bigChannels + Kernels.panel }
    private var smallPlane: Int { mostRows * shape.smallChannels + Kernels.panel }
    private var gatherPlane: Int {
        Kernels.packedCount(taps: phases.count, depth: shape.bigChannels, columns: shape.smallChannels) + Kernels.panel
    }
    private var scatterPlane: Int {
        Kernels.packedCount(taps: 1, depth: shape.smallChannels, columns: shape.bigChannels) + Kernels.panel
    }
    var gatherPackedCount: Int { planes * gatherPlane }
    var scatterPackedCount: Int { phases.count * planes * scatterPlane }
    var packScratchCount: Int { taps.down * taps.across * max(gatherPlane, scatterPlane) }

    private var windowsCount: Int { size == nil ? 0 : phases.count * planes * bigPlane }
    private var tilesCount: Int { size == nil ? 0 : planes * smallPlane }
    private var gradientPlane: Int { WinogradCorrelation.gradientDepth * shape.smallChannels + Kernels.panel }
    var scratchCount: Int { windowsCount + tilesCount + planes * gradientPlane }

    /// Floats of a tap of the layer's kernel.
    private var tapCount: Int { shape.bigChannels * shape.smallChannels }

    /// Each tap of each phase, packed one after the other, and what it is among the phase's.
    private func eachTap(_ body: (_ phase: Int, _ place: Int, _ tap: Int) -> Void) {
        for (i, phase) in phases.enumerated() {
            for y in 0..<taps.down {
                for x in 0..<taps.across {
                    body(i, y * taps.across + x, (phase.tap + 2 * (y * shape.kernelWidth + x)) * tapCount)
                }
            }
        }
    }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        let depth = shape.bigChannels * Kernels.panel
        let target = size == nil ? packed + gatherPlace : scratch
        eachTap { phase, place, tap in
            Kernels.shared.pack(
                into: target + place * gatherPlane + phase * depth, panel: phases.count * depth, kernel + tap, taps: 1,
                tap: 0, depth: shape.bigChannels, row: shape.smallChannels, columns: shape.smallChannels, column: 1)
        }
        guard let size else { return }
        Kernels.shared.winogradKernel(
            into: packed + gatherPlace, plane: gatherPlane, from: scratch, tapStrides(gatherPlane), count: gatherPlane,
            size: size)
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        let target = size == nil ? packed + scatterPlace : scratch
        eachTap { phase, place, tap in
            Kernels.shared.pack(
                into: target + place * scatterPlane, kernel + tap, taps: 1, tap: 0, depth: shape.smallChannels, row: 1,
                columns: shape.bigChannels, column: shape.smallChannels)
            guard let size, place == taps.down * taps.across - 1 else { return }
            Kernels.shared.winogradKernel(
                into: packed + scatterPlace + phase * planes * scatterPlane, plane: scatterPlane, from: scratch,
                tapStrides(scatterPlane), count: scatterPlane, size: size)
        }
    }

    private func tapStrides(_ tap: Int) -> TapStrides { TapStrides(down: taps.across * tap, across: tap) }

    private func tiles(_ piece: TilePiece, _ size: Tiles.Size, _ phase: (y: Int, x: Int) = (0, 0)) -> Tiles {
        Tiles(
            height: piece.tiles.height, width: piece.tiles.width, bigWidth: shape.bigWidth, step: 2, size: size,
            inside: shape.inside(line: piece.line, phase: phase))
    }

    /// Rows of a piece's products.
    private func rows(_ piece: TilePiece) -> Int {
        size.map { piece.images * tiles(piece, $0).count } ?? piece.pixels
    }

    func mapWindows(of big: Floats, _ piece: TilePiece, _ scratch: Floats) {
        guard let size else { return }
        for i in phases.indices {
            let phase = phases[i]
            let tiles = tiles(piece, size, phase.start)
            for image in 0..<piece.images {
                Kernels.shared.winogradWindow(
                    into: scratch + i * planes * bigPlane + image * tiles.count * shape.bigChannels, plane: bigPlane,
                    from: big + piece.big + image * shape.bigImage + phase.place, tiles, channels: shape.bigChannels)
            }
        }
    }

    func mapTiles(of small: Floats, _ piece: TilePiece, _ scratch: Floats) {
        guard let size else { return }
        let tiles = tiles(piece, size)
        for image in 0..<piece.images {
            Kernels.shared.winogradTileAdjoint(
                into: scratch + windowsCount + image * tiles.count * shape.smallChannels, plane: smallPlane,
                from: small + piece.small + image * shape.smallImage, tiles, channels: shape.smallChannels)
        }
    }

    /// After `mapWindows`.
    func gather(
        into small: Floats, from big: Floats, _ piece: TilePiece, _ packed: UnsafePointer<Float>, start: SumStart,
        _ scratch: Floats
    ) {
        guard let size else {
            Kernels.shared.gather(
                into: Rows(small + piece.small, smallRows), from: Rows(big + piece.big + phases[0].place, bigRows),
                rows: piece.pixels, packed: packed + gatherPlace, taps: oneTap, depth: shape.bigChannels,
                columns: shape.smallChannels, start: start)
            return
        }
        let (tiles, products) = (tiles(piece, size), scratch + windowsCount)
        for k in 0..<planes {
            Kernels.shared.gather(
                into: Rows(products + k * smallPlane, smallRows), from: Rows(scratch + k * bigPlane, bigRows),
                rows: rows(piece), packed: packed + gatherPlace + k * gatherPlane, taps: phaseTaps,
                depth: shape.bigChannels, columns: shape.smallChannels, start: .zero)
        }
        for image in 0..<piece.images {
            Kernels.shared.winogradTile(
                into: small + piece.small + image * shape.smallImage,
                from: products + image * tiles.count * shape.smallChannels, plane: smallPlane, tiles,
                channels: shape.smallChannels, start: start)
        }
    }

    /// To some channels of the big image, whole panels of them; after `mapTiles`.
    func scatter(
        into big: Floats, from small: Floats, _ piece: TilePiece, _ channels: Range<Int>,
        _ packed: UnsafePointer<Float>, _ scratch: Floats
    ) {
        let weights = packed + scatterPlace + channels.lowerBound * shape.smallChannels
        guard let size else {
            Kernels.shared.gather(
                into: Rows(big + piece.big + phases[0].place + channels.lowerBound, bigRows),
                from: Rows(small + piece.small, smallRows), rows: piece.pixels, packed: weights, taps: oneTap,
                depth: shape.smallChannels, columns: channels.count, start: .output)
            return
        }
        for i in phases.indices {
            let phase = phases[i]
            let tiles = tiles(piece, size, phase.start)
            let windows = scratch + i * planes * bigPlane
            for k in 0..<planes {
                Kernels.shared.gather(
                    into: Rows(windows + k * bigPlane, bigRows),
                    from: Rows(scratch + windowsCount + k * smallPlane, smallRows), rows: rows(piece),
                    packed: weights + (i * planes + k) * scatterPlane, taps: oneTap, depth: shape.smallChannels,
                    columns: channels.count, start: .zero)
            }
            for image in 0..<piece.images {
                Kernels.shared.winogradWindowAdjoint(
                    into: big + piece.big + image * shape.bigImage + phase.place + channels.lowerBound,
                    from: windows + image * tiles.count * shape.bigChannels, plane: bigPlane, tiles,
                    channels: channels.count, of: shape.bigChannels)
            }
        }
    }

    /// After both images are mapped.
    func weightGradient(
        into dw: Floats, big: Floats, small: Floats, _ piece: TilePiece, adding: Bool, _ scratch: Floats
    ) {
        guard let size else {
            Kernels.shared.weightGradient(
                into: dw + phases[0].tap * tapCount, from: Rows(big + piece.big + phases[0].place, bigRows),
                and: Rows(small + piece.small, smallRows), rows: piece.pixels, taps: oneTap, depth: shape.bigChannels,
                columns: shape.smallChannels, adding: adding)
            return
        }
        let block = scratch + windowsCount + tilesCount
        for i in phases.indices {
            let phase = phases[i]
            for first in stride(from: 0, to: shape.bigChannels, by: WinogradCorrelation.gradientDepth) {
                let depth = min(WinogradCorrelation.gradientDepth, shape.bigChannels - first)
                for k in 0..<planes {
                    Kernels.shared.weightGradient(
                        into: block + k * gradientPlane,
                        from: Rows(scratch + (i * planes + k) * bigPlane + first, bigRows),
                        and: Rows(scratch + windowsCount + k * smallPlane, smallRows), rows: rows(piece),
                        taps: oneTap, depth: depth, columns: shape.smallChannels, adding: false)
                }
                Kernels.shared.winogradKernelAdjoint(
                    into: dw + phase.tap * tapCount + first * shape.smallChannels,
                    TapStrides(down: 2 * shape.kernelWidth * tapCount, across: 2 * tapCount), from: block,
                    plane: gradientPlane, count: depth * shape.smallChannels, size: size, adding: adding)
            }
        }
    }
}
