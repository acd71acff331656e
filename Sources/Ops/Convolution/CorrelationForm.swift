import Graphs
import Tensors

/// Which pass of a layer a correlation runs in.
enum Pass {
    case forward, backward
}

/// How the products of a correlation are made: as they are written or by Winograd's tiles, of Float32 or of bfloat16.
struct CorrelationForm: Hashable, Sendable {
    /// The tile of Winograd's form; nil where products are made as they are written.
    let tile: Tiles.Size?
    /// Of the numbers that are multiplied; sums are Float32.
    let precision: Precision

    /// All that there are; of two at one price a pass takes the one that stands first.
    static let all: [CorrelationForm] = (Tiles.Size.allCases.map { $0 } + [nil]).flatMap { tile in
        [Precision.bf16, .f32].map { CorrelationForm(tile: tile, precision: $0) }
    }

    /// What rounding leaves in its Float32 sums, in units of F(2×2, 3×3)'s error.
    var rounding: Int {
        switch tile {
        case nil, .twoByTwo: 1
        case .twoByFive, .threeByThree: 3
        case .fiveByFive: 10
        }
    }

    /// The largest `rounding` that a pass takes.
    ///
    /// In the forward pass of a training ten times the error would switch a ReLU or the winner of a pool here and there;
    /// the backward pass takes both as they are.
    private static func mostRounding(_ pass: Pass, _ options: PlanOptions) -> Int {
        pass == .forward && options.trains ? 3 : 10
    }

    /// Whether a pass of a correlation may take it.
    fileprivate func fits(_ shape: CorrelationShape, _ pass: Pass, _ options: PlanOptions) -> Bool {
        guard rounding <= CorrelationForm.mostRounding(pass, options) else { return false }
        guard let tile else {
            return precision == .f32 || options.precision == .bf16 && BFloat16DirectCorrelation.pays(shape)
        }
        guard options.fuses, WinogradCorrelation.fits(shape, tile) else { return false }
        switch precision {
        // Sizes that bfloat16 lacks would give an odd layer of its training other errors than the rest has.
        case .f32: return options.precision == .f32 || tile == .twoByTwo
        // Planes of larger tiles are too far from the images' values to be rounded to bfloat16.
        case .bf16:
            return options.precision == .bf16 && tile == .twoByTwo && BFloat16WinogradCorrelation.pays(shape)
        }
    }

    /// Multiplications of one pass over one image, the maps of Winograd's form left out.
    func products(_ shape: CorrelationShape) -> Int {
        guard let tile else { return shape.smallPixels * shape.kernelCount }
        let tiles = Tiles(height: shape.smallHeight, width: shape.smallWidth, size: tile).count
        return tiles * tile.planes * shape.bigChannels * shape.smallChannels
    }

    /// What a pass is chosen by: products, and a third on top for the maps.
    fileprivate func price(_ shape: CorrelationShape) -> Int { (tile == nil ? 3 : 4) * products(shape) }

    /// What runs it on `images` whole images, or on up to `lines` lines of one.
    func correlation(_ shape: CorrelationShape, images: Int, lines: Int?) -> any Correlation {
        guard let tile else {
            let plain = DirectCorrelation(shape, images: images, lines: lines)
            let rows = images * (lines ?? shape.smallHeight) * shape.smallWidth
            return precision == .bf16 ? BFloat16DirectCorrelation(plain, rows: rows) : plain
        }
        let plain = WinogradCorrelation(shape, size: tile, images: images, lines: lines)
        return precision == .bf16 ? BFloat16WinogradCorrelation(plain) : plain
    }
}

extension CorrelationShape {
    /// The cheapest form that a pass may take.
    func form(_ pass: Pass, _ options: PlanOptions) -> CorrelationForm {
        CorrelationForm.all.filter { $0.fits(self, pass, options) }.min { $0.price(self) < $1.price(self) }!
    }
}
