import Graphs
import Tensors

/// How a convolution's output is cut into bands that are pooled while they are in cache: some whole images, or some
/// lines of one.
struct PooledBand: Sendable {
    /// One band: where it starts in the big image and in the pooled output, and its size.
    struct Band {
        let big, pooled, rows, images: Int
        /// Of one image's part of the band.
        let window: Window
        let isFirst: Bool
        /// Windows of the whole band.
        var windows: Int { rows / (window.windowHeight * window.windowWidth) }
        fileprivate let smallImage, pooledImage: Int

        /// Where each image's part stands in the band's own output and in the pooled one.
        func eachImage(_ body: (_ small: Int, _ pooled: Int) -> Void) {
            for image in 0..<images { body(image * smallImage, pooled + image * pooledImage) }
        }
    }

    /// Images of a band, and lines where it is part of one image.
    let mostImages: Int
    let mostLines: Int?
    /// Floats of the largest band's output, before pooling.
    let scratchCount: Int
    private let shape: CorrelationShape
    private let window: (height: Int, width: Int)
    /// Lines of a band that is not the image's last.
    private let lines: Int
    private let pooledLine, pooledImage: Int
    private let winnersOffset: Int

    /// A band's output fills about this many floats: 28 KiB of a 32 KiB L1, or what a Winograd product of the backward
    /// pass takes at a time.
    private static func wanted(_ form: CorrelationForm.Products) -> Int {
        switch form {
        case .direct: 7168
        case .winograd(.fourByFour), .winograd(.fiveByFive): 51200
        case .winograd, .stridedWinograd: 25600
        }
    }

    /// - Parameter shape: Windows cover the whole small image.
    init(_ shape: CorrelationShape, window: (height: Int, width: Int), images: Int, memory: MemoryPlan) {
        self.shape = shape
        self.window = window
        let wanted = PooledBand.wanted(shape.form(.backward, memory.options).kind)
        let image = shape.smallPixels * shape.smallChannels
        if image <= wanted {
            (mostImages, lines, mostLines) = (min(images, wanted / image), shape.smallHeight, nil)
        } else {
            let line = shape.smallWidth * shape.smallChannels
            lines = max(1, wanted / (line * window.height)) * window.height
            (mostImages, mostLines) = (1, min(shape.smallHeight, lines))
        }
        scratchCount =
            mostImages * (mostLines ?? shape.smallHeight) * shape.smallWidth * shape.smallChannels
            + Kernels.panel
        pooledLine = shape.smallWidth / window.width * shape.smallChannels
        pooledImage = shape.smallHeight / window.height * pooledLine
        winnersOffset = memory.allocate((images * pooledImage + 3) / 4)
    }

    func winners(_ lane: Lane) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(lane.arena + winnersOffset).assumingMemoryBound(to: UInt8.self)
    }

    /// Lines of the convolution's output that parts of an image may begin at: bands, or pooling windows and the
    /// correlation's own grid.
    func lineGrid(_ correlation: any Correlation) -> Int {
        guard mostLines == nil else { return lines }
        return window.height % correlation.lineGrid == 0 ? window.height : window.height * correlation.lineGrid
    }

    /// The bands of whole images, or of some lines of each.
    func eachBand(images: Int, lines part: Range<Int>, _ body: (Band) -> Void) {
        for image in stride(from: 0, to: images, by: mostImages) {
            var y = part.lowerBound
            while y < part.upperBound {
                let height = min(lines, part.upperBound - y)
                body(band(image, min(mostImages, images - image), y, height))
                y += height
            }
        }
    }

    private func band(_ image: Int, _ images: Int, _ y: Int, _ lines: Int) -> Band {
        Band(
            big: image * shape.bigPixels * shape.bigChannels + shape.bigOffset(line: y),
            pooled: image * pooledImage + y / window.height * pooledLine, rows: images * lines * shape.smallWidth,
            images: images,
            window: Window(
                height: lines, width: shape.smallWidth, channels: shape.smallChannels, windowHeight: window.height,
                windowWidth: window.width),
            isFirst: image + y == 0, smallImage: shape.smallPixels * shape.smallChannels, pooledImage: pooledImage)
    }
}
