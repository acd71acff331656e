import CImageCodecs

/// JPEG pictures, through libjpeg.
enum JPEG {
    /// What the file says of its picture: the segments before the first scan (ITU-T T.81, annex B).
    static func outline(_ head: inout PictureHead) throws -> PictureOutline {
        var offset = 2
        var orientation = 1
        var extras: PictureOutline.Extras = []
        var frame: (width: Int, height: Int, components: Int)?
        while true {
            let (code, length) = try segment(&head, &offset)
            switch code {
            // Exif in the first APP1; XMP is in others.
            case 0xE1:
                let data = try head.bytes(offset + 4, min(length - 2, EXIF.most))
                if orientation == 1, data.starts(with: EXIF.prefix) { orientation = EXIF.orientation(data) }
            // An ICC profile (ICC.1:2010, B.4).
            case 0xE2:
                if try head.bytes(offset + 4, min(length - 2, 12)).elementsEqual("ICC_PROFILE\0".utf8) {
                    extras.insert(.profile)
                }
            case 0xC0, 0xC1, 0xC2:
                guard frame == nil else { throw head.malformed(offset, "one frame", "a second") }
                frame = try readFrame(&head, offset, length)
            case 0xC4, 0xC8, 0xCC: break
            case 0xC3, 0xC5...0xCF:
                throw PictureError.undecodable(
                    source: head.name, kind: PictureKind.jpeg.rawValue,
                    reason: code == 0xC3
                        ? "lossless JPEG is not read" : "hierarchical and arithmetic coding are not read")
            case 0xDA:
                guard let frame else { throw head.malformed(offset, "a frame before the first scan", "none") }
                return PictureOutline(
                    kind: .jpeg, width: frame.width, height: frame.height, channels: frame.components == 1 ? 1 : 3,
                    orientation: orientation, hasInks: frame.components == 4, extras: extras)
            default: break
            }
            offset += 2 + length
        }
    }

    /// The marker at `offset`, which is moved over fill bytes, and the length of its segment.
    private static func segment(_ head: inout PictureHead, _ offset: inout Int) throws -> (code: UInt8, length: Int) {
        while true {
            let start = Array(try head.take(offset, 2, "a marker"))
            guard start[0] == 0xFF else {
                throw head.malformed(offset, "a marker", "byte 0x\(hexadecimal([start[0]]))")
            }
            // Any number of fill bytes may stand before a marker.
            guard start[1] != 0xFF else {
                offset += 1
                continue
            }
            guard start[1] != 0xD9 else { throw head.malformed(offset, "a scan", "the end marker") }
            // Restarts and the start marker have no length, and no business here.
            guard start[1] > 0x01, !(0xD0...0xD8).contains(start[1]) else {
                throw head.malformed(offset, "a segment", "marker 0x\(hexadecimal(start))")
            }
            let length = try head.take(offset + 2, 2, "a segment's length").bigEndian
            guard length >= 2, length <= head.size - offset - 2 else {
                throw head.malformed(
                    offset + 2, "a segment of 2 to \(head.size - offset - 2) bytes", "\(length)")
            }
            return (start[1], length)
        }
    }

    private static func readFrame(
        _ head: inout PictureHead, _ offset: Int, _ length: Int
    ) throws -> (width: Int, height: Int, components: Int) {
        let frame = Array(try head.take(offset + 4, 6, "a frame header"))
        guard frame[0] == 8 else { throw head.malformed(offset + 4, "samples of 8 bits", "\(frame[0])") }
        let (height, width) = (frame[1..<3].bigEndian, frame[3..<5].bigEndian)
        guard height > 0 else { throw head.malformed(offset + 5, "a height from 1", "0") }
        guard width > 0 else { throw head.malformed(offset + 7, "a width from 1", "0") }
        guard [1, 3, 4].contains(frame[5]) else {
            throw head.malformed(offset + 9, "1, 3 or 4 components", "\(frame[5])")
        }
        try head.judge(width: width, height: height, at: offset + 5)
        // A block of 8 × 8 takes one bit at least: a small file cannot make us take memory for a large image.
        guard width * height <= 512 * head.size else {
            throw head.malformed(head.size, "data for \(width) × \(height) pixels", "\(head.size) bytes in all")
        }
        return (width, height, Int(frame[5]))
    }

    /// Decodes a file whose outline was judged.
    /// - Parameters:
    ///   - channels: 1 or 3; one of a file in colour is its brightness.
    ///   - pixels: Room for them.
    /// - Returns: Whether the end marker is there.
    static func decode(
        _ file: PictureFile, channels: Int, isFast: Bool, into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws -> Bool {
        var result = VAE_JPEG_REFUSED
        try codec(.jpeg, file.source) { message in
            result = vae_jpeg_decode(
                file.bytes, file.bytes.count, UInt32(file.outline.width), UInt32(file.outline.height),
                UInt32(channels), isFast ? 1 : 0, pixels.baseAddress, message)
            return result != VAE_JPEG_REFUSED
        }
        return result == VAE_JPEG_WHOLE
    }
}
