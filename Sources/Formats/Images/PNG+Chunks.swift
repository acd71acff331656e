import CImageCodecs

extension PNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    static let maximumExtent = Int(Int32.max)

    /// What the file says of its picture: IHDR, which stands first and has a fixed size (PNG specification, 11.2.1), and
    /// whether tRNS and eXIf come, which may stand anywhere before and behind the pixels.
    static func outline(_ head: inout PictureHead) throws -> PictureOutline {
        let header = Array(try head.take(0, 33, "a signature and an IHDR chunk"))
        guard header[8..<12].bigEndian == 13, header[12..<16].elementsEqual("IHDR".utf8) else {
            throw head.malformed(8, "an IHDR chunk of 13 bytes", spaced(header[8..<16]))
        }
        let (width, height) = (header[16..<20].bigEndian, header[20..<24].bigEndian)
        guard (1...maximumExtent).contains(width) else {
            throw head.malformed(16, "a width of 1 to 2³¹ − 1", "\(width)")
        }
        guard (1...maximumExtent).contains(height) else {
            throw head.malformed(20, "a height of 1 to 2³¹ − 1", "\(height)")
        }
        let depth = Int(header[24])
        guard [1, 2, 4, 8, 16].contains(depth) else { throw head.malformed(24, "a bit depth", "\(depth)") }
        // Without alpha, and with it.
        let channels: (Int, Int)
        switch header[25] {
        case 0: channels = (1, 2)
        case 2, 3: channels = (3, 4)
        case 4: channels = (2, 2)
        case 6: channels = (4, 4)
        default: throw head.malformed(25, "a colour type of 0, 2, 3, 4 or 6", "\(header[25])")
        }
        try head.judge(width: width, height: height, at: 16)
        // Deflate expands so much and no more: a small file cannot make us take memory for a large image.
        let samples = header[25] == 3 ? 1 : channels.0
        let rowBytes = 1 + (width * samples * depth + 7) / 8
        guard rowBytes <= head.size * Inflate.largestRatio / height else {
            throw head.malformed(head.size, "data for \(width) × \(height) pixels", "\(head.size) bytes in all")
        }
        var (orientation, isSRGB) = (1, false)
        var extras: PictureOutline.Extras = header[25] == 3 ? .palette : []
        try walk(&head) { head, type, offset, length in
            switch type {
            case "tRNS": extras.insert(.transparentColours)
            case "iCCP", "cICP": extras.insert(.profile)
            case "cHRM": extras.insert(.gamma)
            case "gAMA":
                if try head.bytes(offset + 8, 4).bigEndian != sRGBGamma { extras.insert(.gamma) }
            case "sRGB": isSRGB = true
            case "eXIf":
                orientation = EXIF.orientation(try head.bytes(offset + 8, min(length, EXIF.most)))
            default: break
            }
        }
        return PictureOutline(
            kind: .png, width: width, height: height,
            channels: extras.contains(.transparentColours) ? channels.1 : channels.0,
            bitDepth: depth, orientation: orientation, extras: isSRGB ? extras.subtracting(.gamma) : extras)
    }

    /// 1 / 2.2 in units of 1/100,000 (PNG specification, 11.3.2.2).
    private static let sRGBGamma = 45455

    /// Visits the chunks behind the signature, each with its type, offset and the length of its data.
    /// - Returns: The end of the last chunk, behind which other bytes may stand.
    @discardableResult
    private static func walk(
        _ head: inout PictureHead, _ visit: (inout PictureHead, String, Int, Int) throws -> Void
    ) throws -> Int {
        var offset = signature.count
        while true {
            let left = head.size - offset
            guard left >= 12 else {
                throw head.malformed(offset, "a chunk, and IEND as the last", "\(left) more bytes")
            }
            let start = try head.bytes(offset, 8)
            let (length, type) = (start.prefix(4).bigEndian, String(decoding: start.suffix(4), as: UTF8.self))
            guard length <= maximumExtent else {
                throw head.malformed(offset, "a chunk of at most 2³¹ − 1 bytes", "\(length)")
            }
            guard length <= left - 12 else {
                throw head.malformed(offset, "a chunk of \(length) bytes", "\(left - 12) more bytes")
            }
            try visit(&head, type, offset, length)
            offset += 12 + length
            if type == "IEND" { return offset }
        }
    }

    /// Walks the chunks, so that a broken one is named by its offset; libpng's messages have none.
    ///
    /// A critical chunk (capital first letter) and tRNS must pass its checksum; others are not read.
    /// - Returns: The end of the last chunk, behind which other bytes may stand.
    @discardableResult
    package static func checkChunks(_ bytes: [UInt8], source: String) throws -> Int {
        var head = PictureHead(ByteSource(bytes, name: source))
        return try walk(&head) { head, type, offset, length in
            guard bytes[offset + 4] & 0x20 == 0 || type == "tRNS" else { return }
            let actual = bytes.withUnsafeBufferPointer {
                vae_png_checksum($0.baseAddress! + offset + 4, UInt32(length) + 4)
            }
            let stored = bytes[offset + 8 + length..<offset + 12 + length].bigEndian
            guard Int(actual) == stored else {
                throw head.malformed(
                    offset + 8 + length, "CRC \(String(actual, radix: 16)) of chunk \(type)",
                    String(stored, radix: 16))
            }
        }
    }

    /// What a file that begins otherwise is told.
    static func withoutSignature(_ start: ArraySlice<UInt8>, source: String) -> PictureError {
        .malformed(source: source, offset: 0, expected: "the PNG signature", found: spaced(start))
    }

    private static func spaced(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.isEmpty ? "nothing" : bytes.map { hexadecimal([$0]) }.joined(separator: " ")
    }
}
