import Tensors

/// A small image whose every pixel meets a window of a big one.
///
/// A convolution reads the big image and writes the small; a transposed convolution reads the small and writes
/// the big; the backward pass of each is the forward pass of the other. A dense layer has one pixel on each side.
/// The kernel's shape is [kernel height, kernel width, big channels, small channels] in all of them, which is
/// Keras's order for Conv2D ([.., in, out]) and for Conv2DTranspose ([.., out, in]) alike.
struct CorrelationShape: Hashable, Sendable {
    var bigHeight, bigWidth, bigChannels: Int
    var smallHeight, smallWidth, smallChannels: Int
    var kernelHeight, kernelWidth, strideHeight, strideWidth: Int

    var smallPixels: Int { smallHeight * smallWidth }
    var bigPixels: Int { bigHeight * bigWidth }
    var kernelCount: Int { kernelHeight * kernelWidth * bigChannels * smallChannels }

    /// Where the windows of a small line begin in the big image.
    func bigOffset(line: Int) -> Int { line * strideHeight * bigWidth * bigChannels }

    /// Floating-point operations of one pass over one image.
    var operations: Int { 2 * smallPixels * kernelCount }

    /// Multiplications of all passes of a plan over one image, the maps of Winograd's form left out.
    func products(_ options: PlanOptions) -> Int {
        func products(_ pass: Pass) -> Int {
            guard let size = WinogradCorrelation.size(for: self, pass, options) else {
                return smallPixels * kernelCount
            }
            let tiles = Tiles(height: smallHeight, width: smallWidth, size: size).count
            return tiles * size.planes * bigChannels * smallChannels
        }
        // Backward: to the input and to the weights.
        return products(.forward) + (options.trains ? 2 * products(.backward) : 0)
    }

    /// What runs it on `images` whole images, or on up to `lines` lines of one.
    func compiled(images: Int, lines: Int? = nil, _ options: PlanOptions) -> PassCorrelations {
        let ahead = WinogradCorrelation.size(for: self, .forward, options)
        let back = WinogradCorrelation.size(for: self, .backward, options)
        let forward = compiled(images: images, lines: lines, size: ahead, options)
        return PassCorrelations(
            forward: forward,
            backward: ahead == back ? forward : compiled(images: images, lines: lines, size: back, options))
    }

    private func compiled(images: Int, lines: Int?, size: Tiles.Size?, _ options: PlanOptions) -> any Correlation {
        let rounds = options.precision == .bf16
        if let size {
            let plain = WinogradCorrelation(self, size: size, images: images, lines: lines)
            return rounds && BFloat16WinogradCorrelation.pays(self) ? BFloat16WinogradCorrelation(plain) : plain
        }
        let plain = DirectCorrelation(self, images: images, lines: lines)
        let rows = images * (lines ?? smallHeight) * smallWidth
        return rounds && BFloat16DirectCorrelation.pays(self) ? BFloat16DirectCorrelation(plain, rows: rows) : plain
    }
}

enum Pass {
    case forward, backward
}

/// What runs a layer's two passes: one object where they do not differ.
struct PassCorrelations: Sendable {
    let forward, backward: any Correlation

    var scratchCount: Int { max(forward.scratchCount, backward.scratchCount) }
}

/// What parts of an image are made of that several threads write at the same time.
enum ScatterAxis {
    case lines
    /// Whole panels of them.
    case channels
}

/// The three matrix blocks of a `CorrelationShape`.
///
/// `rows` counts small pixels: those of whole images, or of whole lines of one.
protocol Correlation: Sendable {
    var shape: CorrelationShape { get }
    var gatherPackedCount: Int { get }
    var scatterPackedCount: Int { get }
    /// Floats that packing needs while it runs.
    var packScratchCount: Int { get }
    /// Floats that each of the blocks needs while it runs.
    var scratchCount: Int { get }
    /// Lines of the small image that go through the gather block together: it may begin at multiples of them.
    var lineGrid: Int { get }
    /// What the scatter block of one image can be cut along; nil where it cannot.
    var scatterAxis: ScatterAxis? { get }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats)
    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats)
    /// small = Σ over taps of big · W
    /// - Parameter mapped: The scratch is as `weightGradient` left it, of the same rows.
    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats,
        mapped: Bool)
    /// big += small · Wᵀ at each tap
    /// - Parameter mapped: The scratch is as `weightGradient` left it, of the same rows.
    func scatter(
        into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats, mapped: Bool)
    /// The same for one image and some lines or channels of `big`; others may be written meanwhile.
    func scatter(
        into big: Floats, from small: Floats, part: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats)
    /// dW (+)= bigᵀ · small at each tap
    func weightGradient(into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, scratch: Floats)
}
