import CImageCodecs

/// PNG images in memory, through libpng.
public enum PNG {
    /// An 8-bit image: rows from the top, channels interleaved, no padding.
    public struct Image: Hashable, Sendable {
        /// Pixels in a row.
        public let width: Int
        /// Rows.
        public let height: Int
        /// 1 (grey) or 3 (RGB).
        public let channels: Int
        /// `width * height * channels` bytes.
        public let pixels: [UInt8]
    }

    /// The most pixels that `decode` takes unless told otherwise: 8192 by 8192.
    public static let defaultMaximumPixels = 1 << 26

    /// Encodes 8-bit pixels.
    ///
    /// The same pixels give the same bytes with the same libpng and zlib.
    /// - Parameters:
    ///   - width: Pixels in a row, 1 or more.
    ///   - height: Rows, 1 or more.
    ///   - channels: 1 (grey) or 3 (RGB).
    ///   - pixels: `width * height * channels` bytes, rows from the top.
    /// - Throws: `PNGError.unsupported` for a size that PNG or libpng cannot hold.
    public static func encode(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws -> [UInt8] {
        guard channels == 1 || channels == 3 else {
            throw PNGError.unsupported("a PNG is written with 1 or 3 channels, not \(channels)")
        }
        // libpng counts the bytes of an image in 31 bits.
        guard width > 0, height > 0, width <= maximumExtent, height <= maximumExtent,
            width <= Int(Int32.max) / (height * channels)
        else {
            throw PNGError.unsupported("an image of \(width) × \(height) × \(channels) cannot be written as PNG")
        }
        guard pixels.count == width * height * channels else {
            throw PNGError.unsupported(
                "\(pixels.count) bytes do not fill an image of \(width) × \(height) × \(channels)")
        }
        let (columns, rows, samples) = (UInt32(width), UInt32(height), UInt32(channels))
        let bound = vae_png_encoded_bound(columns, rows, samples)
        var message = [CChar](repeating: 0, count: Int(VAE_CODEC_MESSAGE_SIZE))
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = vae_png_encode(pixels, columns, rows, samples, buffer.baseAddress, bound, &message)
        }
        if bytes.isEmpty { throw PNGError.unsupported("libpng: \(text(message))") }
        return bytes
    }

    /// Decodes a PNG of any kind to 8-bit grey or RGB.
    ///
    /// Grey files (with or without alpha) give one channel, all others three. Palettes are looked up, 16-bit
    /// samples rounded to 8, interlaced rows put in order, transparent pixels laid over white.
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - source: The file's name, for error messages.
    ///   - maximumPixels: A larger image is refused at its header, before memory is taken for it.
    /// - Throws: `PNGError`: naming the file, the offset, what was expected and found.
    public static func decode(
        _ bytes: [UInt8], source: String, maximumPixels: Int = defaultMaximumPixels
    ) throws -> Image {
        let header = try readHeader(bytes, source: source)
        guard header.width <= maximumPixels / header.height else {
            throw PNGError.tooLarge(
                source: source, width: header.width, height: header.height, maximumPixels: maximumPixels)
        }
        // Deflate expands so much and no more: a small file cannot make us take memory for a large image.
        guard header.rowBytes <= bytes.count * Inflate.largestRatio / header.height else {
            throw PNGError.malformed(
                source: source, offset: bytes.count,
                expected: "data for \(header.width) × \(header.height) pixels", found: "\(bytes.count) bytes in all")
        }
        try checkChunks(bytes, source: source)

        var message = [CChar](repeating: 0, count: Int(VAE_CODEC_MESSAGE_SIZE))
        let size = header.width * header.height * header.channels
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let decoded = vae_png_decode(
                bytes, bytes.count, UInt32(header.width), UInt32(header.height), UInt32(header.channels),
                buffer.baseAddress, &message)
            count = decoded == 1 ? size : 0
        }
        if pixels.isEmpty { throw PNGError.undecodable(source: source, reason: text(message)) }
        return Image(width: header.width, height: header.height, channels: header.channels, pixels: pixels)
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let maximumExtent = Int(Int32.max)

    private struct Header {
        let width: Int
        let height: Int
        /// Of the decoded image.
        let channels: Int
        /// Of one row as the file holds it, before compression.
        let rowBytes: Int
    }

    /// Reads IHDR, which stands first and has a fixed size (PNG specification, 11.2.1).
    private static func readHeader(_ bytes: [UInt8], source: String) throws -> Header {
        func malformed(_ offset: Int, _ expected: String, _ found: String) -> PNGError {
            .malformed(source: source, offset: offset, expected: expected, found: found)
        }
        guard bytes.starts(with: signature) else {
            throw malformed(0, "the PNG signature", hexadecimal(bytes.prefix(8)))
        }
        guard bytes.count >= 33 else { throw malformed(bytes.count, "33 bytes of header", "the end of the file") }
        guard number(bytes, 8) == 13, Array(bytes[12..<16]) == Array("IHDR".utf8) else {
            throw malformed(8, "an IHDR chunk of 13 bytes", hexadecimal(bytes[8..<16]))
        }
        let width = number(bytes, 16)
        let height = number(bytes, 20)
        guard (1...maximumExtent).contains(width) else { throw malformed(16, "a width of 1 to 2³¹ − 1", "\(width)") }
        guard (1...maximumExtent).contains(height) else {
            throw malformed(20, "a height of 1 to 2³¹ − 1", "\(height)")
        }
        let depth = Int(bytes[24])
        guard [1, 2, 4, 8, 16].contains(depth) else { throw malformed(24, "a bit depth", "\(depth)") }
        let samples: Int
        switch bytes[25] {
        case 0, 3: samples = 1
        case 2: samples = 3
        case 4: samples = 2
        case 6: samples = 4
        default: throw malformed(25, "a colour type of 0, 2, 3, 4 or 6", "\(bytes[25])")
        }
        let isGrey = bytes[25] == 0 || bytes[25] == 4
        return Header(
            width: width, height: height, channels: isGrey ? 1 : 3, rowBytes: 1 + (width * samples * depth + 7) / 8)
    }

    /// Walks the chunks, so that a broken one is named by its offset; libpng's messages have none.
    ///
    /// A critical chunk (capital first letter) must pass its checksum; ancillary ones are libpng's affair.
    /// - Returns: The end of the last chunk, behind which other bytes may stand.
    @discardableResult
    package static func checkChunks(_ bytes: [UInt8], source: String) throws -> Int {
        var offset = signature.count
        var isLast = false
        repeat {
            guard bytes.count - offset >= 12 else {
                throw PNGError.malformed(
                    source: source, offset: offset, expected: "a chunk, and IEND as the last",
                    found: "\(bytes.count - offset) more bytes")
            }
            let length = number(bytes, offset)
            guard length <= maximumExtent else {
                throw PNGError.malformed(
                    source: source, offset: offset, expected: "a chunk of at most 2³¹ − 1 bytes", found: "\(length)")
            }
            guard length <= bytes.count - offset - 12 else {
                throw PNGError.malformed(
                    source: source, offset: offset, expected: "a chunk of \(length) bytes",
                    found: "\(bytes.count - offset - 12) more bytes")
            }
            let type = bytes[offset + 4..<offset + 8]
            if bytes[offset + 4] & 0x20 == 0 {
                let actual = bytes.withUnsafeBufferPointer {
                    vae_png_checksum($0.baseAddress! + offset + 4, UInt32(length) + 4)
                }
                let stored = number(bytes, offset + 8 + length)
                guard Int(actual) == stored else {
                    throw PNGError.malformed(
                        source: source, offset: offset + 8 + length,
                        expected: "CRC \(String(actual, radix: 16)) of chunk \(String(decoding: type, as: UTF8.self))",
                        found: String(stored, radix: 16))
                }
            }
            isLast = type.elementsEqual("IEND".utf8)
            offset += 12 + length
        } while !isLast
        return offset
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.isEmpty
            ? "nothing" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Why a PNG could not be read or written.
public enum PNGError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file breaks the format at `offset`.
    case malformed(source: String, offset: Int, expected: String, found: String)
    /// The header announces more pixels than the caller takes.
    case tooLarge(source: String, width: Int, height: Int, maximumPixels: Int)
    /// The chunks are whole, but libpng cannot make an image of them.
    case undecodable(source: String, reason: String)
    /// An image that cannot be written.
    case unsupported(String)

    /// One line for a person.
    public var description: String {
        switch self {
        case .malformed(let source, let offset, let expected, let found):
            printable("\(source): at byte \(offset): expected \(expected), found \(found)")
        case .tooLarge(let source, let width, let height, let maximumPixels):
            printable("\(source): at byte 16: expected at most \(maximumPixels) pixels, found \(width) × \(height)")
        case .undecodable(let source, let reason): printable("\(source): not a valid PNG: \(reason)")
        case .unsupported(let reason): reason
        }
    }
}
