/// The smallest and the largest byte of a set's images.
public struct PixelRange: Hashable, Sendable {
    /// 0 for images with black in them.
    public let least: UInt8
    /// 255 for images with white in them.
    public let most: UInt8

    /// Below this, images are dark enough to be a mistake: a byte stands for byte / 255.
    private static let darkest: UInt8 = 64

    /// What is odd about the range, and what may be meant; nil for a range that images usually have.
    ///
    /// Bytes of 0 and 1, which were meant as black and white, are all but black to a model: it learns nothing, and what
    /// it then says of its losses does not name the cause.
    public var remark: String? {
        if least == most { return "every pixel is \(most) of 255: there is nothing to learn" }
        if most == 1 {
            return "pixels are 0 to 1 of 255, so all of them are all but black: are they meant as 0 and 255? "
                + "Multiply them by 255"
        }
        if most < Self.darkest {
            return "pixels are \(least) to \(most) of 255, so all of them are dark: are they of another range? "
                + "Multiply them by \(255 / Int(most))"
        }
        return nil
    }
}

extension ImageDataset {
    /// The range of all pixels, of a set in a file that of some thousand images; nil for a set without images.
    public var pixelRange: PixelRange? {
        guard count > 0 else { return nil }
        var (least, most) = (UInt8.max, UInt8.min)
        func widen(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { (least, most) = (min(least, byte), max(most, byte)) }
        }
        if isInFile {
            let step = max(1, count / Self.ranged)
            for position in stride(from: 0, to: count, by: step) { withImage(position) { widen($0) } }
        } else {
            forEachPart { widen($0) }
        }
        return PixelRange(least: least, most: most)
    }

    /// How many images of a file are looked at.
    private static let ranged = 4000
}
