/// A picture as its file stores it: 8-bit samples, rows from the top, channels interleaved, no padding.
///
/// Colour profiles and gamma are ignored, and transparent pixels keep the colour that is hidden under them.
public struct StoredPicture: Hashable, Sendable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
    public let channels: Int
    /// `width * height * channels` bytes.
    public let pixels: [UInt8]

    /// A picture of so many pixels.
    package init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * channels)
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }
}

/// What a file says of its picture, before a pixel of it is decoded.
package struct PictureOutline: Hashable, Sendable {
    package let kind: PictureKind
    /// Pixels in a row, and rows, as stored: before any turn that EXIF asks for.
    package let width, height: Int
    /// Of the decoded picture: 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
    package let channels: Int
    /// Bits of a stored sample, or of an index into a palette: 1, 2, 4, 8 or 16.
    package let bitDepth: Int
    /// EXIF's orientation, 1 to 8; 1 where the file asks for no turn.
    package let orientation: Int
    /// Whether a JPEG holds inks, CMYK or YCCK, instead of colours.
    package let hasInks: Bool
    /// What else the file holds.
    package let extras: Extras

    /// Parts of a file that change what its numbers mean.
    package struct Extras: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A colour profile, which is ignored.
        package static let profile = Extras(rawValue: 1)
        /// A gamma other than sRGB's, or primaries, which are ignored.
        package static let gamma = Extras(rawValue: 2)
        /// A pixel is an index into a palette.
        package static let palette = Extras(rawValue: 4)
        /// Alpha comes from one colour, or from entries of the palette, that are transparent; else it is a channel.
        package static let transparentColours = Extras(rawValue: 8)
    }

    package init(
        kind: PictureKind, width: Int, height: Int, channels: Int, bitDepth: Int = 8, orientation: Int = 1,
        hasInks: Bool = false, extras: Extras = []
    ) {
        (self.kind, self.width, self.height, self.channels) = (kind, width, height, channels)
        (self.bitDepth, self.orientation, self.hasInks, self.extras) = (bitDepth, orientation, hasInks, extras)
    }

    /// What a person should know of the file although it is sound.
    package var notes: [PictureNote] {
        (orientation == 1 ? [] : [.orientation(orientation)]) + (hasInks ? [.inks] : [])
    }
}

/// What a person should know of a sound file's picture.
package enum PictureNote: Hashable, Sendable, CustomStringConvertible {
    /// EXIF asks for the picture to be turned or mirrored.
    case orientation(Int)
    /// Inks were converted to RGB without a profile.
    case inks
    /// The largest of all 16-bit samples is far below 65,535: they have fewer bits, most likely twelve.
    case dark16Bit(largest: Int)
    /// The end marker of a JPEG is missing; all pixels are there.
    case missingEnd

    package var description: String {
        switch self {
        case .orientation(let value): "EXIF orientation \(value) asks for a turn"
        case .inks: "CMYK, converted to RGB without a colour profile"
        case .dark16Bit(let largest):
            "16-bit samples up to \(largest) of 65535, most likely fewer bits: the picture is nearly black"
        case .missingEnd: "the end marker is missing"
        }
    }
}

/// Why a picture could not be read or written.
public enum PictureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file breaks the format at `offset`.
    case malformed(source: String, offset: Int, expected: String, found: String)
    /// The header announces more pixels than the caller takes.
    case tooLarge(source: String, offset: Int, width: Int, height: Int, maximumPixels: Int)
    /// The file's parts are whole, but its codec cannot make a picture of them, or would have to guess.
    case undecodable(source: String, kind: String, reason: String)
    /// A file of another kind: `what` with its article, `remedy` where something helps.
    case foreign(source: String, what: String, remedy: String?)
    /// A library that is loaded when it is needed is not on this machine.
    case missingLibrary(source: String, name: String, packages: String)
    /// A picture that cannot be written, or settings that contradict each other.
    case unsupported(String)

    /// One line for a person.
    public var description: String {
        switch self {
        case .malformed(let source, let offset, let expected, let found):
            printable("\(source): at byte \(offset): expected \(expected), found \(found)")
        case .tooLarge(let source, let offset, let width, let height, let maximumPixels):
            printable(
                "\(source): at byte \(offset): expected at most \(maximumPixels) pixels, found \(width) × \(height)")
        case .undecodable(let source, let kind, let reason): printable("\(source): not a valid \(kind): \(reason)")
        case .foreign(let source, let what, let remedy):
            printable("\(source): \(what)" + (remedy.map { "; \($0)" } ?? ""))
        case .missingLibrary(let source, let name, let packages):
            printable("\(source): \(name) is not on this machine: install \(packages)")
        case .unsupported(let reason): reason
        }
    }
}
