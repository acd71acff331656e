import Graphs
import Tensors

/// Which pass of a layer a correlation runs in.
enum Pass {
    case forward, backward
}

/// How the products of a correlation are made.
struct CorrelationForm: Hashable, Sendable {
    enum Products: Hashable {
        case direct
        /// Of stride 1, by tiles of three taps.
        case winograd(Tiles.Size)
        /// Of stride 2, by tiles of two.
        case stridedWinograd(StridedWinogradCorrelation.Side)
    }

    let kind: Products
    /// Of the numbers that are multiplied; sums are Float32.
    let precision: Precision

    /// All that there are; of two at one price a pass takes the one that stands first.
    static let all: [CorrelationForm] =
        ([.twoByTwo, .twoByFive, .threeByThree, .fourByFour, .fiveByFive].map { Products.winograd($0) }
        + StridedWinogradCorrelation.Side.allCases.map { .stridedWinograd($0) } + [.direct]).flatMap { kind in
            [Precision.bf16, .f32].map { CorrelationForm(kind: kind, precision: $0) }
        }

    /// What rounding leaves in its Float32 sums, in units of F(2×2, 3×3)'s error.
    var rounding: Int {
        switch kind {
        case .direct, .winograd(.twoByTwo), .stridedWinograd(.two): 1
        case .winograd(.twoByFive), .winograd(.threeByThree), .stridedWinograd(.four): 3
        case .winograd(.fourByFour), .stridedWinograd(.five): 4
        case .winograd: 10
        }
    }

    /// The largest `rounding` that a pass takes.
    ///
    /// In the forward pass of a training ten times the error would switch a ReLU or the winner of a pool here and there;
    /// the backward pass takes both as they are.
    private static func mostRounding(_ pass: Pass, _ options: PlanOptions) -> Int {
        pass == .forward && options.trains ? 4 : 10
    }

    /// Whether a pass of a correlation may take it.
    fileprivate func fits(_ shape: CorrelationShape, _ pass: Pass, _ options: PlanOptions) -> Bool {
        guard rounding <= CorrelationForm.mostRounding(pass, options) else { return false }
        let rounds = precision == .bf16
        guard !rounds || options.precision == .bf16 else { return false }
        switch kind {
        case .direct: return !rounds || BFloat16DirectCorrelation.pays(shape)
        case .winograd(let tile):
            // Planes of larger tiles are too far from the images' values to be rounded to bfloat16, and a layer that is
            // not rounded keeps to the tiles of the others.
            return options.fuses && WinogradCorrelation.fits(shape, tile)
                && (options.precision == .f32 || tile == .twoByTwo)
                && (!rounds || BFloat16WinogradCorrelation.pays(shape))
        case .stridedWinograd:
            return options.fuses && options.precision == .f32 && StridedWinogradCorrelation.fits(shape)
        }
    }

    /// Whether windows may reach out of the big image, by what a frame adds to it.
    ///
    /// The middle tap of a strided 3×3 kernel has no map: its pixels have to be there.
    func takesBorder(_ shape: CorrelationShape, _ frame: Frame) -> Bool {
        switch kind {
        case .direct: false
        case .winograd: true
        case .stridedWinograd:
            shape.kernelHeight == 4
                || max(frame.top, frame.left) <= 1
                    && 2 * shape.smallHeight - frame.top <= frame.inner.height
                    && 2 * shape.smallWidth - frame.left <= frame.inner.width
        }
    }

    /// Multiplications of one pass over one image, the maps of Winograd's form left out.
    func products(_ shape: CorrelationShape) -> Int {
        switch kind {
        case .direct: return shape.smallPixels * shape.kernelCount
        case .winograd(let tile):
            let tiles = Tiles.count(height: shape.smallHeight, width: shape.smallWidth, tile)
            return tiles * tile.planes * shape.bigChannels * shape.smallChannels
        case .stridedWinograd(let side): return StridedWinogradCorrelation.products(shape, side)
        }
    }

    /// What a pass is chosen by: products, and a third on top for the maps.
    fileprivate func price(_ shape: CorrelationShape) -> Int64 { (kind == .direct ? 3 : 4) * Int64(products(shape)) }

    /// What runs it on `images` whole images, or on up to `lines` lines of one.
    func correlation(_ shape: CorrelationShape, images: Int, lines: Int?) -> any Correlation {
        let rounds = precision == .bf16
        switch kind {
        case .direct:
            let plain = DirectCorrelation(shape, images: images, lines: lines)
            let rows = images * (lines ?? shape.smallHeight) * shape.smallWidth
            return rounds ? BFloat16DirectCorrelation(plain, rows: rows) : plain
        case .winograd(let tile):
            let plain = WinogradCorrelation(shape, size: tile, images: images, lines: lines)
            return rounds ? BFloat16WinogradCorrelation(plain) : plain
        case .stridedWinograd(let side):
            return StridedWinogradCorrelation(shape, side: side, images: images, lines: lines)
        }
    }
}

extension CorrelationShape {
    /// The cheapest form that a pass may take.
    func form(_ pass: Pass, _ options: PlanOptions) -> CorrelationForm {
        CorrelationForm.all.filter { $0.fits(self, pass, options) }.min { $0.price(self) < $1.price(self) }!
    }
}
