import Graphs
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
    /// Where windows reach out of the big image, which is zero there: lines and pixels of the first one that do.
    var border: Border?

    struct Border: Hashable, Sendable {
        let top, left: Int
    }

    var smallPixels: Int { smallHeight * smallWidth }
    var bigPixels: Int { bigHeight * bigWidth }
    var kernelCount: Int { kernelHeight * kernelWidth * bigChannels * smallChannels }

    /// Where the windows of a small line begin in the big image.
    func bigOffset(line: Int) -> Int { line * strideHeight * bigWidth * bigChannels }

    /// The same with the frame's inner image as the big one, if all forms of a plan's passes take a border.
    func unframed(_ frame: Frame, _ options: PlanOptions) -> CorrelationShape? {
        guard frame.exists, form(.forward, options).takesBorder(self, frame),
            form(.backward, options).takesBorder(self, frame)
        else { return nil }
        var shape = self
        (shape.bigHeight, shape.bigWidth) = frame.inner
        shape.border = Border(top: frame.top, left: frame.left)
        return shape
    }

    /// Floating-point operations of one pass over one image.
    var operations: Int { 2 * smallPixels * kernelCount }

    /// Multiplications of all passes of a plan over one image, the maps of Winograd's form left out.
    func products(_ options: PlanOptions) -> Int {
        // Backward: to the input and to the weights.
        form(.forward, options).products(self) + (options.trains ? 2 * form(.backward, options).products(self) : 0)
    }

    /// What runs it on `images` whole images, or on up to `lines` lines of one.
    func compiled(images: Int, lines: Int? = nil, _ options: PlanOptions) -> PassCorrelations {
        let (ahead, back) = (form(.forward, options), form(.backward, options))
        let forward = ahead.correlation(self, images: images, lines: lines)
        return PassCorrelations(
            forward: forward,
            backward: ahead == back ? forward : back.correlation(self, images: images, lines: lines))
    }
}

/// What runs a layer's two passes: one object where they do not differ.
struct PassCorrelations: Sendable {
    let forward, backward: any Correlation

    var scratchCount: Int { max(forward.scratchCount, backward.scratchCount) }
}

extension PassCorrelations: CustomStringConvertible {
    /// `F(2×5), back F(5×5)`.
    var description: String {
        forward.formName == backward.formName ? forward.formName : "\(forward.formName), back \(backward.formName)"
    }
}

/// The backward pass to a correlation's input: its block, where the gradient goes, and the weights packed for it.
enum InputGradient {
    /// To the small image: dSmall (+)= Σ over taps of dBig · W.
    case gather(into: Floats, packed: UnsafePointer<Float>, adding: Bool)
    /// To the big image: dBig += dSmall · Wᵀ at each tap.
    case scatter(into: Floats, packed: UnsafePointer<Float>)
}

/// The three matrix blocks of a `CorrelationShape`.
///
/// `rows` counts small pixels: those of whole images, or of whole lines of one.
protocol Correlation: AnyObject, Sendable {
    var shape: CorrelationShape { get }
    /// As a plan's text names it: `F(2×5)`.
    var formName: String { get }
    var gatherPackedCount: Int { get }
    var scatterPackedCount: Int { get }
    /// Floats that packing needs while it runs.
    var packScratchCount: Int { get }
    /// Floats that each of the blocks needs while it runs.
    var scratchCount: Int { get }
    /// Lines of the small image that go through the gather block together: it may begin at multiples of them.
    var lineGrid: Int { get }
    /// Pools what it gathers; nil where it cannot.
    var pooled: (any PooledCorrelation)? { get }
    /// Scatters parts of an image; nil where it cannot.
    var partial: (any PartialCorrelation)? { get }

    func packForGather(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats)
    func packForScatter(into packed: Floats, kernel: UnsafePointer<Float>, scratch: Floats)
    /// small = Σ over taps of big · W
    func gather(
        into small: Floats, from big: Floats, rows: Int, packed: UnsafePointer<Float>, start: SumStart, scratch: Floats)
    /// big += small · Wᵀ at each tap
    func scatter(into big: Floats, from small: Floats, rows: Int, packed: UnsafePointer<Float>, scratch: Floats)
    /// dW (+)= bigᵀ · small at each tap, and the gradient of the input where it is wanted.
    ///
    /// One of the images is the input, the other holds the gradient of the output.
    func backward(
        into dw: Floats, big: Floats, small: Floats, rows: Int, adding: Bool, input: InputGradient?, scratch: Floats)
}

/// A correlation that pools its sums while they are in registers: the largest of each window's four.
protocol PooledCorrelation: AnyObject, Sendable {
    /// Rows of 2×2 pooling windows, a window's four together; nil where a window's sums are better pooled from memory.
    func windowRows(_ window: (height: Int, width: Int), images: Int, lines: Int?) -> Offsets?
    /// The correlation and a 2×2 max-pooling of it.
    func gatherPooled(
        into out: Floats, winners: UnsafeMutablePointer<UInt8>, from big: Floats, _ windowRows: Offsets, windows: Int,
        packed: UnsafePointer<Float>, bias: UnsafePointer<Float>, relu: Bool)
    /// dW (+)= what the gradient of the pooled output, `windows` pixels of it, makes of the windows' winners.
    func weightGradientPooled(
        into dw: Floats, big: Floats, _ windowRows: Offsets, pooled: Floats, winners: UnsafePointer<UInt8>,
        windows: Int, adding: Bool)
}

/// What parts of an image are made of that several threads write at the same time.
enum ScatterAxis {
    case lines
    /// Whole panels of them.
    case channels
}

/// A correlation whose scatter block can be cut into parts.
protocol PartialCorrelation: AnyObject, Sendable {
    var scatterAxis: ScatterAxis { get }
    /// big += small · Wᵀ at each tap, for one image and some lines or channels of `big`; others may be written meanwhile.
    func scatter(
        into big: Floats, from small: Floats, part: Range<Int>, packed: UnsafePointer<Float>, scratch: Floats)
}
