import CImageCodecs

/// A picture file in memory whose kind and outline were judged: PNG, JPEG, or WebP.
package struct PictureFile: Sendable {
    /// The file's name, for errors.
    package let source: String
    /// The whole file.
    package let bytes: [UInt8]
    /// What it says of its picture.
    package let outline: PictureOutline

    /// The most bytes of a file.
    package static let largestFile = 1 << 30
    /// The most pixels of a picture unless the caller says otherwise: 8192 by 8192.
    package static let defaultMaximumPixels = PNG.defaultMaximumPixels

    /// Judges a file in memory.
    /// - Parameters:
    ///   - bytes: The whole file; its kind is told by its first bytes, not by its name.
    ///   - source: The file's name, for errors.
    ///   - maximumPixels: A larger picture is refused at its header, before memory is taken for it.
    /// - Throws: `PictureError`.
    package init(_ bytes: [UInt8], source: String, maximumPixels: Int = defaultMaximumPixels) throws {
        outline = try Self.outline(of: ByteSource(bytes, name: source), maximumPixels: maximumPixels)
        self.bytes = bytes
        self.source = source
    }

    /// Reads and judges a file.
    /// - Throws: `PictureError`; `FileError` where the system refuses, `FormatError` where it is no regular file or too
    ///   large.
    package init(contentsOf path: String, maximumPixels: Int = defaultMaximumPixels) throws {
        try self.init(
            FileBytes.read(path, limit: Self.largestFile), source: path, maximumPixels: maximumPixels)
    }

    /// What a file says of its picture, of which no more is read than that takes.
    ///
    /// A file that is cut off is refused here where its kind counts its bytes: PNG and WebP.
    /// - Throws: As `init(contentsOf:)`.
    package static func outline(
        of source: ByteSource, maximumPixels: Int = defaultMaximumPixels
    ) throws -> PictureOutline {
        var head = PictureHead(source, maximumPixels: maximumPixels)
        switch try PictureKind(head: head.bytes(0, PictureKind.headSize), source: source.name) {
        case .png: return try PNG.outline(&head)
        case .jpeg: return try JPEG.outline(&head)
        case .webp: return try WebP.outline(&head)
        }
    }

    /// Decodes the picture as it is stored.
    /// - Throws: `PictureError`.
    package func decode() throws -> StoredPicture {
        let size = outline.width * outline.height * outline.channels
        let pixels = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            _ = try decode(into: .init(rebasing: buffer[..<size]))
            count = size
        }
        return StoredPicture(width: outline.width, height: outline.height, channels: outline.channels, pixels: pixels)
    }

    /// Decodes the picture into memory of the caller's.
    /// - Parameters:
    ///   - channels: The outline's where nil; a JPEG without inks gives 1, its brightness, or 3 as well.
    ///   - dct: For a JPEG; others have none.
    ///   - keepsHighByte: What becomes of a 16-bit sample in place of v / 257, rounded.
    ///   - pixels: `width * height * channels` bytes of the outline, all of which are written.
    /// - Returns: What a person should know of the file although it is sound.
    /// - Throws: `PictureError`; `pixels` may have been written to.
    package func decode(
        channels: Int? = nil, dct: DCTMethod = .accurate, keepsHighByte: Bool = false,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws -> [PictureNote] {
        let channels = channels ?? outline.channels
        precondition(channels == outline.channels || outline.kind == .jpeg && !outline.hasInks)
        precondition(pixels.count == outline.width * outline.height * channels)
        switch outline.kind {
        case .png:
            let largest = try PNG.decode(self, keepsHighByte: keepsHighByte, into: pixels)
            // An eighth of the range: twelve bits and fewer are a sixteenth.
            return outline.notes + (outline.bitDepth == 16 && largest < 8192 ? [.dark16Bit(largest: largest)] : [])
        case .jpeg:
            let isWhole = try JPEG.decode(self, channels: channels, isFast: dct == .fast, into: pixels)
            return outline.notes + (isWhole ? [] : [.missingEnd])
        case .webp:
            try WebP.decode(self, into: pixels)
            return outline.notes
        }
    }
}

/// How a JPEG's blocks become pixels.
public enum DCTMethod: String, Hashable, Sendable, Codable, CaseIterable {
    /// libjpeg's ISLOW, the default of Pillow, OpenCV, torchvision and djpeg.
    case accurate
    /// libjpeg's IFAST, TensorFlow's default: 0 to 16 off, darker by 1 on average.
    case fast
}

/// Runs a codec that says whether it succeeded, and why not.
func codec(_ kind: PictureKind, _ source: String, _ run: (UnsafeMutablePointer<CChar>) -> Bool) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(VAE_CODEC_MESSAGE_SIZE)) { message in
        message.initialize(repeating: 0)
        guard !run(message.baseAddress!) else { return }
        throw PictureError.undecodable(
            source: source, kind: kind.rawValue, reason: String(cString: message.baseAddress!))
    }
}
