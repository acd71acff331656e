import Tensors

/// A 3×3 or 4×4 correlation of stride 2 by Winograd's form of its phases.
///
/// Even and odd lines and pixels of the big image are four phases, and each meets the small image in a correlation of
/// stride 1 with one or two taps both ways. Two taps take Winograd's F(m, 2): m + 1 products for m pixels, not 2 m; one
/// tap takes m. So a tile of m×m pixels takes (2 m + 1)² products of a 3×3 kernel, not 9 m², and 4 (m + 1)² of a 4×4
/// kernel, not 16 m².
/// - SeeAlso: Lavin & Gray 2015, arXiv:1509.09308.
final class StridedWinogradCorrelation: Correlation, PartialCorrelation {
    let shape: CorrelationShape
    let formName: String
    private let pieces: TilePieces
    private let maps: [PhaseMap]

    /// Floats of the planes of one piece's windows, about: they stay in L2 beside the weights.
    private static let wantedFloats = 1 << 17

    /// The tiles' side in pixels as sizes of tiles of two taps: both ways, down, and across.
    enum Side: Int, CaseIterable {
        case two = 2
        case four = 4
        case five = 5

        var sizes: (both: Tiles.Size, down: Tiles.Size, across: Tiles.Size) {
            switch self {
            case .two: (.pairs2, .pairs2Down, .pairs2Across)
            case .four: (.pairs4, .pairs4Down, .pairs4Across)
            case .five: (.pairs5, .pairs5Down, .pairs5Across)
            }
        }
    }

    /// Whether it is one, and has channels enough to pay for the maps.
    static func fits(_ shape: CorrelationShape) -> Bool {
        shape.kernelHeight == shape.kernelWidth && (3...4).contains(shape.kernelHeight)
            && shape.strideHeight == 2 && shape.strideWidth == 2
            && min(shape.bigChannels, shape.smallChannels) >= Kernels.panel
    }

    /// Multiplications of one pass over one image.
    static func products(_ shape: CorrelationShape, _ side: Side) -> Int {
        PhaseMap.taps(shape, side).reduce(0) { sum, map in
            let rows = map.size.map { Tiles.count(height: shape.smallHeight, width: shape.smallWidth, $0) * $0.planes }
            return sum + (rows ?? shape.smallPixels) * map.phases.count
        } * shape.bigChannels * shape.smallChannels
    }

    /// For `images` whole images, or the first `lines` lines of one.
    init(_ shape: CorrelationShape, side: Side, images: Int, lines: Int?) {
        self.shape = shape
        formName = "phases F(\(side.rawValue)×\(side.rawValue))"
        let parts = PhaseMap.taps(shape, side)
        let windows = parts.map { ($0.size?.planes ?? 1) * $0.phases.count }.max()!
        pieces = TilePieces(
            shape, side.sizes.both,
            wanted: StridedWinogradCorrelation.wantedFloats / (windows * shape.bigChannels),
            images: images, lines: lines)
        var places = (gather: 0, scatter: 0)
        var maps: [PhaseMap] = []
        for part in parts {
            let map = PhaseMap(shape, part, pieces, side, places, images: images, lines: lines)
            places = (places.gather + map.gatherPackedCount, places.scatter + map.scatterPackedCount)
            maps.append(map)
        }
        self.maps = maps
    }

    var gatherPackedCount: Int { maps.reduce(0) { $0 + $1.gatherPackedCount } }
    var scatterPackedCount: Int { maps.reduce(0) { $0 + $1.scatterPackedCount } }
    var packScratchCount: Int { maps.map { $0.packScratchCount }.max()! }
    var scratchCount: Int { maps.map { $0.scratchCount }.max()! }
    var lineGrid: Int { pieces.size.down }
    var pooled: (any PooledCorrelation)? { nil }
    var partial: (any PartialCorrelation)? { self }
    var scatterAxis: ScatterAxis { .channels }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        for map in maps { map.packForGather(into: packed, kernel: kernel, scratch: scratch) }
    }

    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats) {
        for map in maps { map.packForScatter(into: packed, kernel: kernel, scratch: scratch) }
    }

    /// The phases' sums come one after the other: the first starts them, the others add.
    private func start(_ map: Int, _ start: SumStart) -> SumStart { map == 0 ? start : .output }

    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats
    ) {
        pieces.eachPiece(rows) { piece in
            for i in maps.indices {
                let map = maps[i]
                map.mapWindows(of: big, piece, scratch)
                map.gather(into: small, from: big, piece, packed, start: self.start(i, start), scratch)
            }
        }
    }

    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats) {
        scatter(into: big, from: small, rows: rows, channels: 0..<shape.bigChannels, packed: packed, scratch: scratch)
    }

    func scatter(into big: Floats, from small: Floats, part: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats)
    {
        scatter(into: big, from: small, rows: shape.smallPixels, channels: part, packed: packed, scratch: scratch)
    }

    private func scatter(
        into big: Floats, from small: Floats, rows: Int, channels: Range<Int>, packed: UnsafePointer<Float>,
        scratch: Floats
    ) {
        pieces.eachPiece(rows) { piece in
            for i in maps.indices {
                let map = maps[i]
                map.mapTiles(of: small, piece, scratch)
                map.scatter(into: big, from: small, piece, channels, packed, scratch)
            }
        }
    }

    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats
    ) {
        pieces.eachPiece(rows) { piece in
            for i in maps.indices {
                let map = maps[i]
                map.mapWindows(of: big, piece, scratch)
                map.mapTiles(of: small, piece, scratch)
                map.weightGradient(
                    into: dw, big: big, small: small, piece, adding: adding || !piece.isFirst, scratch)
                switch input {
                case .gather(let dSmall, let packed, let adds):
                    map.gather(
                        into: dSmall, from: big, piece, packed, start: start(i, adds ? .output : .zero), scratch)
                case .scatter(let dBig, let packed):
                    map.scatter(into: dBig, from: small, piece, 0..<shape.bigChannels, packed, scratch)
                case nil: break
                }
            }
        }
    }
}
