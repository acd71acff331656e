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
    /// The range of all pixels; nil for a set without images.
    public var pixelRange: PixelRange? {
        guard let first = pixels.first else { return nil }
        let range = pixels.withUnsafeBufferPointer { pixels in
            pixels.reduce(into: (first, first)) { $0 = (min($0.0, $1), max($0.1, $1)) }
        }
        return PixelRange(least: range.0, most: range.1)
    }
}
