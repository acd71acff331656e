import CImageCodecs

/// Still WebP pictures, through libwebp where it is on this machine.
package enum WebP {
    /// What the file says of its picture: its RIFF chunks (RFC 9649, 2).
    static func outline(_ head: inout PictureHead) throws -> PictureOutline {
        let end = 8 + (try head.take(4, 4, "the size of a RIFF file").littleEndian)
        guard end <= head.size else {
            throw head.malformed(4, "at most \(head.size - 8) bytes behind the size", "\(end - 8)")
        }
        var offset = 12
        var canvas: (width: Int, height: Int)?
        var image: (width: Int, height: Int)?
        var (hasAlpha, orientation) = (false, 1)
        var extras: PictureOutline.Extras = []
        while offset < end {
            let start = try head.take(offset, 8, "a chunk")
            let (type, length) = (String(decoding: start.prefix(4), as: UTF8.self), start.suffix(4).littleEndian)
            guard length <= end - offset - 8 else {
                throw head.malformed(offset + 4, "a chunk of at most \(end - offset - 8) bytes", "\(length)")
            }
            let data = offset + 8
            switch type {
            case "VP8X" where offset == 12:
                let fields = Array(try head.take(data, 10, "an extended header"))
                if fields[0] & 0x02 != 0 { throw animated(head.name) }
                hasAlpha = fields[0] & 0x10 != 0
                canvas = (1 + fields[4..<7].littleEndian, 1 + fields[7..<10].littleEndian)
            case "ANIM", "ANMF": throw animated(head.name)
            case "ALPH": hasAlpha = true
            case "VP8 " where image == nil: image = try lossySize(&head, data)
            case "VP8L" where image == nil: (image, hasAlpha) = try losslessSize(&head, data)
            case "ICCP": extras.insert(.profile)
            case "EXIF": orientation = EXIF.orientation(try head.bytes(data, min(length, EXIF.most)))
            default: break
            }
            // Chunks begin at even offsets.
            offset = data + length + length & 1
        }
        guard let image else { throw head.malformed(end, "a chunk VP8 or VP8L", "the end") }
        guard canvas == nil || canvas! == image else {
            throw head.malformed(
                24, "a canvas of the image's size, \(image.width) × \(image.height)",
                "\(canvas!.width) × \(canvas!.height)")
        }
        return PictureOutline(
            kind: .webp, width: image.width, height: image.height, channels: hasAlpha ? 4 : 3,
            orientation: orientation, extras: extras)
    }

    private static func animated(_ source: String) -> PictureError {
        .foreign(source: source, what: "an animated WebP", remedy: "convert its frames to PNG")
    }

    /// A key frame's size (RFC 6386, 9.1).
    private static func lossySize(_ head: inout PictureHead, _ offset: Int) throws -> (width: Int, height: Int) {
        let frame = Array(try head.take(offset, 10, "a key frame's header"))
        guard frame[0] & 1 == 0, frame[3..<6].elementsEqual([0x9D, 0x01, 0x2A]) else {
            throw head.malformed(offset, "a key frame", "bytes \(hexadecimal(frame))")
        }
        let (width, height) = (frame[6..<8].littleEndian & 0x3FFF, frame[8..<10].littleEndian & 0x3FFF)
        guard width > 0, height > 0 else { throw head.malformed(offset + 6, "a size from 1", "\(width) × \(height)") }
        try head.judge(width: width, height: height, at: offset + 6)
        return (width, height)
    }

    /// A lossless image's size, and whether it says that it has alpha (RFC 9649, 3.4).
    private static func losslessSize(
        _ head: inout PictureHead, _ offset: Int
    ) throws -> ((width: Int, height: Int), Bool) {
        let image = Array(try head.take(offset, 5, "a lossless image's header"))
        guard image[0] == 0x2F else { throw head.malformed(offset, "byte 0x2f", "byte 0x\(hexadecimal([image[0]]))") }
        let fields = image[1...].littleEndian
        let (width, height) = (1 + fields & 0x3FFF, 1 + fields >> 14 & 0x3FFF)
        try head.judge(width: width, height: height, at: offset + 1)
        return ((width, height), fields >> 28 & 1 == 1)
    }

    /// Decodes a file whose outline was judged.
    /// - Parameter pixels: Room for the outline's picture.
    static func decode(_ file: PictureFile, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
        guard var library else {
            throw PictureError.missingLibrary(
                source: file.source, name: "libwebp", packages: "libwebp7 (apt) or webp (brew)")
        }
        let outline = file.outline
        try codec(.webp, file.source) { message in
            vae_webp_decode(
                &library, file.bytes, file.bytes.count, UInt32(outline.width), UInt32(outline.height),
                UInt32(outline.channels), pixels.baseAddress, message) == 1
        }
    }

    /// Whether libwebp is on this machine.
    package static var isAvailable: Bool { library != nil }

    /// The library, from the first use on.
    private static let library: vae_webp? = {
        #if canImport(Darwin)
            let names = ["libwebp.7.dylib", "/opt/homebrew/lib/libwebp.7.dylib", "/usr/local/lib/libwebp.7.dylib"]
        #else
            let names = ["libwebp.so.7"]
        #endif
        var library = vae_webp()
        return names.contains { vae_webp_load($0, &library) == 1 } ? library : nil
    }()
}
