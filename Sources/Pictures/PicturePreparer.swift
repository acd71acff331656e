import CPictures
import Formats

/// Makes images of picture files, one after the other, for one thread: what it takes is kept for the next.
///
/// `PictureSettings` says what is made, and in which order.
package final class PicturePreparer {
    package let settings: PictureSettings
    private let resizer: Resizer
    private let stored = Scratch()
    private let turned = Scratch()
    private let coloured = Scratch()
    private let resized = Scratch()
    private let loops = PixelLoops.shared

    /// Whole numbers beyond are not exact in Float, in which Pillow and TensorFlow keep places.
    private static let longestSide = 1 << 24

    /// Height, width and channels of an image.
    package struct Shape: Hashable, Sendable {
        package let height, width, channels: Int
        package var count: Int { height * width * channels }
    }

    /// - Throws: `PictureError.unsupported` for settings that contradict each other.
    package init(_ settings: PictureSettings) throws(PictureError) {
        try settings.validate()
        self.settings = settings
        resizer = Resizer(settings.filter, settings.mode)
    }

    /// What will be made of a file.
    package func shape(of outline: PictureOutline) -> Shape {
        let turns = settings.orientation == .apply && outline.orientation > 4
        let size = settings.size
        return Shape(
            height: size?.height ?? (turns ? outline.width : outline.height),
            width: size?.width ?? (turns ? outline.height : outline.width),
            channels: channels(from: outline.channels))
    }

    private func channels(from stored: Int) -> Int {
        if settings.alpha == .keep { return 4 }
        switch settings.colour {
        case .grey: return 1
        case .rgb: return 3
        case .stored: return stored < 3 ? 1 : 3
        }
    }

    /// Makes an image of a file.
    /// - Parameters:
    ///   - file: Its outline was judged; its pixels may be damaged still.
    ///   - image: As many bytes as its shape has, [height, width, channels], all of which are written.
    /// - Returns: What a person should know of the file although it is sound.
    /// - Throws: `PictureError`; `image` may have been written to.
    package func prepare(
        _ file: PictureFile, into image: UnsafeMutableBufferPointer<UInt8>
    ) throws -> [PictureNote] {
        let outline = file.outline
        guard settings.size == nil || max(outline.width, outline.height) <= Self.longestSide else {
            throw PictureError.unsupported(
                printable("\(file.source): ")
                    + "a side of \(max(outline.width, outline.height)) pixels is too long to be resized")
        }
        let shape = shape(of: outline)
        precondition(image.count == shape.count)
        let channels = decodedChannels(outline)
        let turns = settings.orientation == .apply && outline.orientation != 1
        let changes = turns || channels != shape.channels
        let needsNothing =
            !changes && (settings.size == nil || outline.width == shape.width && outline.height == shape.height)
        let pixels = needsNothing ? image : stored.bytes(outline.width * outline.height * channels)
        let notes = try file.decode(
            channels: channels, dct: settings.effectiveDCT, keepsHighByte: settings.mode == .keras,
            into: pixels)
        if !needsNothing {
            let target = image.baseAddress!
            finish(
                UnsafePointer(pixels.baseAddress!), outline.width, outline.height, channels,
                orientation: turns ? outline.orientation : 1, shape, into: target)
        }
        return notes
    }

    /// Makes an image of a decoded picture, stored upright.
    /// - Parameter image: `height * width * channels` bytes of the settings' size, all of which are written.
    package func prepare(_ picture: StoredPicture, into image: UnsafeMutableBufferPointer<UInt8>) {
        let shape = Shape(
            height: settings.size?.height ?? picture.height, width: settings.size?.width ?? picture.width,
            channels: channels(from: picture.channels))
        precondition(image.count == shape.count && max(picture.width, picture.height) <= Self.longestSide)
        picture.pixels.withUnsafeBufferPointer {
            finish(
                $0.baseAddress!, picture.width, picture.height, picture.channels, orientation: 1, shape,
                into: image.baseAddress!)
        }
    }

    /// In Keras's mode a JPEG gives its brightness where grey is asked for, as TensorFlow's decoder does.
    private func decodedChannels(_ outline: PictureOutline) -> Int {
        let isAsked = settings.mode == .keras && outline.kind == .jpeg && !outline.hasInks && settings.colour == .grey
        return isAsked ? 1 : outline.channels
    }

    /// Everything behind decoding.
    private func finish(
        _ pixels: UnsafePointer<UInt8>, _ width: Int, _ height: Int, _ channels: Int, orientation: Int, _ shape: Shape,
        into image: UnsafeMutablePointer<UInt8>
    ) {
        var (pixels, width, height) = (pixels, width, height)
        if orientation != 1 {
            let target = turned.bytes(width * height * channels).baseAddress!
            (width, height) = Turn.turn(pixels, width, height, channels, orientation, into: target)
            pixels = UnsafePointer(target)
        }
        if channels != shape.channels {
            let isLast = settings.size == nil
            let target = isLast ? image : coloured.bytes(width * height * shape.channels).baseAddress!
            convert(pixels, count: width * height, from: channels, to: shape.channels, target)
            if isLast { return }
            pixels = UnsafePointer(target)
        }
        guard let size = settings.size else {
            image.update(from: pixels, count: shape.count)
            return
        }
        let placement = Placement(width: width, height: height, to: size, settings.fit, settings.mode)
        let (inner, innerHeight) = (placement.across.output, placement.down.output)
        if inner == shape.width, innerHeight == shape.height {
            resizer.resize(pixels, channels: shape.channels, placement, into: image)
            return
        }
        let part = resized.bytes(inner * innerHeight * shape.channels).baseAddress!
        resizer.resize(pixels, channels: shape.channels, placement, into: part)
        image.update(repeating: settings.fill, count: shape.count)
        if shape.channels == 4 {
            for place in stride(from: 3, to: shape.count, by: 4) { image[place] = 0 }
        }
        for y in 0..<innerHeight {
            let start = ((placement.top + y) * shape.width + placement.left) * shape.channels
            (image + start).update(from: part + y * inner * shape.channels, count: inner * shape.channels)
        }
    }

    /// Other channels: without alpha or with one, grey or in colour.
    private func convert(
        _ pixels: UnsafePointer<UInt8>, count: Int, from channels: Int, to wanted: Int,
        _ target: UnsafeMutablePointer<UInt8>
    ) {
        let hasAlpha = channels == 2 || channels == 4
        let isGrey = channels < 3
        var (source, step) = (pixels, channels)
        if hasAlpha, settings.alpha == .white || settings.alpha == .black {
            let colours = isGrey ? 1 : 3
            let flat = wanted == colours ? target : turned.bytes(count * colours).baseAddress!
            loops.blend(pixels, count, channels, settings.alpha == .white ? 255 : 0, flat)
            if wanted == colours { return }
            (source, step) = (UnsafePointer(flat), colours)
        }
        if wanted == 1, !isGrey {
            (settings.mode == .keras ? loops.grey_of_libpng : loops.grey)(source, count, step, target)
            return
        }
        var place = target
        for pixel in 0..<count {
            let from = source + pixel * step
            for channel in 0..<min(3, wanted) { place[channel] = from[isGrey ? 0 : channel] }
            if wanted == 4 { place[3] = hasAlpha ? from[step - 1] : 255 }
            place += wanted
        }
    }
}
