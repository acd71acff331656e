import Formats

/// How picture files become images of one size and kind.
///
/// The order is: decode, turn by EXIF, lay over a background, convert colours, cut, resize. The defaults take what a file
/// stores; with a size, they equal Pillow's `ImageOps.fit(image, size, Image.Resampling.BILINEAR)`.
public struct PictureSettings: Hashable, Sendable, Codable {
    /// A size in pixels.
    public struct Size: Hashable, Sendable {
        /// Rows.
        public var height: Int
        /// Pixels in a row.
        public var width: Int

        /// A size in pixels, each 1 or more.
        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    /// What becomes of a picture whose sides have another ratio than the size that is asked for.
    public enum Fit: String, Hashable, Sendable, Codable, CaseIterable {
        /// The largest part from the middle that has the ratio; what sticks out is cut off.
        case crop
        /// All of it, in the middle, with `fill` beside or above it.
        case pad
        /// All of it, pulled to the size.
        case stretch
    }

    /// What a pixel of a resized picture is made of.
    public enum Filter: String, Hashable, Sendable, Codable, CaseIterable {
        /// The pixel that lies nearest.
        case nearest
        /// The mean of the pixels that it covers.
        case box
        /// A triangle over the neighbours.
        case bilinear
        /// Keys's cubic with a = −½.
        case bicubic
        /// Lanczos's window of three lobes.
        case lanczos
    }

    /// Which channels come out.
    public enum Colour: String, Hashable, Sendable, Codable, CaseIterable {
        /// Those of the file: grey or RGB.
        case stored
        /// One: (19595 R + 38470 G + 7471 B + 32768) >> 16.
        case grey
        /// Three, equal ones for a grey file.
        case rgb
    }

    /// What becomes of transparency.
    public enum Alpha: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is left out; the colour that is stored under it shows.
        case drop
        /// The picture is laid over white, in stored values.
        case white
        /// The picture is laid over black, in stored values.
        case black
        /// It stays, as a fourth channel behind RGB: 255 for files that have none.
        case keep
    }

    /// Whether EXIF turns the picture.
    public enum Orientation: String, Hashable, Sendable, Codable, CaseIterable {
        /// As stored.
        case ignore
        /// Turned and mirrored, so that the upper edge is up.
        case apply
    }

    /// Whose arithmetic it is, to the bit.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Pillow's: antialiased where a picture shrinks, in 8 bits with integer weights.
        case pillow
        /// `keras.utils.image_dataset_from_directory` on TensorFlow: TensorFlow's decoders and `tf.image.resize`, which
        /// does not antialias. Its floats are rounded to bytes, half up.
        case keras
    }

    /// The size of all images; nil for each as its file stores it.
    public var size: Size?
    /// What becomes of other ratios.
    public var fit = Fit.crop
    /// 0 to 255, the level of all channels beside a padded picture; where alpha is kept, alpha is 0 there.
    public var fill: UInt8 = 0
    /// What a resized pixel is made of; in Keras's mode nearest or bilinear.
    public var filter = Filter.bilinear
    /// Which channels come out.
    public var colour = Colour.stored
    /// What becomes of transparency.
    public var alpha = Alpha.drop
    /// Whether EXIF turns the picture.
    public var orientation = Orientation.ignore
    /// Whose arithmetic it is.
    public var mode = Mode.pillow
    /// How a JPEG's blocks become pixels; the mode's own where nil, accurate in Pillow's and fast in Keras's.
    public var dct: DCTMethod?

    /// What the files store.
    public init() {}

    /// Refuses settings that contradict each other.
    /// - Throws: `PictureError.unsupported`.
    public func validate() throws(PictureError) {
        if let size {
            let range = 1...Self.largestSide
            guard range.contains(size.height), range.contains(size.width) else {
                throw .unsupported(
                    "size: expected a height and a width of 1 to \(Self.largestSide), "
                        + "found \(size.height) and \(size.width)")
            }
        }
        if alpha == .keep, colour == .grey {
            throw .unsupported("alpha: keep gives RGBA, which colour: grey is not")
        }
        guard mode == .keras else { return }
        if size != nil, filter != .nearest, filter != .bilinear {
            throw .unsupported("filter: expected nearest or bilinear where mode is keras, found \(filter.rawValue)")
        }
        if alpha == .white || alpha == .black {
            throw .unsupported("alpha: expected drop or keep where mode is keras, found \(alpha.rawValue)")
        }
        if fill != 0 { throw .unsupported("fill: expected 0 where mode is keras, found \(fill)") }
    }

    /// The longest side that may be asked for.
    public static let largestSide = 8192

    /// How a JPEG's blocks become pixels, whichever way it was said.
    package var effectiveDCT: DCTMethod { dct ?? (mode == .keras ? .fast : .accurate) }
}

extension PictureSettings {
    /// Reads settings; those that are not given are the usual ones.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
            if let found = try values.decodeIfPresent(Value.self, forKey: key) { value = found }
        }
        size = try values.decodeIfPresent(Size.self, forKey: .size)
        try read(.fit, &fit)
        try read(.fill, &fill)
        try read(.filter, &filter)
        try read(.colour, &colour)
        try read(.alpha, &alpha)
        try read(.orientation, &orientation)
        try read(.mode, &mode)
        dct = try values.decodeIfPresent(DCTMethod.self, forKey: .dct)
    }
}

extension PictureSettings.Size: Codable {
    /// `[height, width]`.
    public init(from decoder: any Decoder) throws {
        var sides = try decoder.unkeyedContainer()
        self.init(height: try sides.decode(Int.self), width: try sides.decode(Int.self))
        guard sides.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: sides, debugDescription: "a size is [height, width]")
        }
    }

    /// `[height, width]`.
    public func encode(to encoder: any Encoder) throws {
        var sides = encoder.unkeyedContainer()
        try sides.encode(height)
        try sides.encode(width)
    }
}
