import CImageCodecs

/// PNG images in memory, through libpng.
public enum PNG {
    /// The most pixels that `decode` takes unless told otherwise: 8192 by 8192.
    public static let defaultMaximumPixels = 1 << 26

    /// Encodes 8-bit pixels.
    ///
    /// The same pixels give the same bytes with the same libpng and zlib.
    /// - Parameters:
    ///   - width: Pixels in a row, 1 or more.
    ///   - height: Rows, 1 or more.
    ///   - channels: 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
    ///   - pixels: `width * height * channels` bytes, rows from the top.
    ///   - quickly: A few times faster, and of most pictures larger: for who waits.
    /// - Throws: `PictureError.unsupported` for a size that PNG or libpng cannot hold.
    public static func encode(width: Int, height: Int, channels: Int, pixels: [UInt8], quickly: Bool = false) throws
        -> [UInt8]
    {
        guard (1...4).contains(channels) else {
            throw PictureError.unsupported("a PNG is written with 1 to 4 channels, not \(channels)")
        }
        // libpng counts the bytes of an image in 31 bits.
        guard width > 0, height > 0, width <= maximumExtent, height <= maximumExtent,
            width <= Int(Int32.max) / (height * channels)
        else {
            throw PictureError.unsupported("an image of \(width) × \(height) × \(channels) cannot be written as PNG")
        }
        guard pixels.count == width * height * channels else {
            throw PictureError.unsupported(
                "\(pixels.count) bytes do not fill an image of \(width) × \(height) × \(channels)")
        }
        let (columns, rows, samples) = (UInt32(width), UInt32(height), UInt32(channels))
        let bound = vae_png_encoded_bound(columns, rows, samples)
        var message = [CChar](repeating: 0, count: Int(VAE_CODEC_MESSAGE_SIZE))
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = vae_png_encode(pixels, columns, rows, samples, quickly ? 1 : 0, buffer.baseAddress, bound, &message)
        }
        if bytes.isEmpty {
            throw PictureError.unsupported(
                "libpng: \(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))")
        }
        return bytes
    }

    /// Decodes a PNG of any kind to the samples that it stores, in 8 bits.
    ///
    /// Palettes are looked up, fewer bits than eight spread over 0...255, 16-bit samples rounded (v / 257), interlaced
    /// rows put in order. What is transparent, by an alpha channel or by a tRNS chunk, keeps its colour beside its alpha.
    /// gAMA, cHRM and profiles are ignored.
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - source: The file's name, for error messages.
    ///   - maximumPixels: A larger image is refused at its header, before memory is taken for it.
    /// - Throws: `PictureError`: naming the file, the offset, what was expected and found.
    public static func decode(
        _ bytes: [UInt8], source: String, maximumPixels: Int = defaultMaximumPixels
    ) throws -> StoredPicture {
        guard bytes.starts(with: signature) else { throw withoutSignature(bytes.prefix(8), source: source) }
        return try PictureFile(bytes, source: source, maximumPixels: maximumPixels).decode()
    }

    /// Decodes a file whose outline was judged.
    /// - Parameters:
    ///   - keepsHighByte: What becomes of a 16-bit sample in place of v / 257, rounded.
    ///   - pixels: Room for the outline's picture.
    /// - Returns: The largest 16-bit sample that is no alpha; 0 for other files.
    static func decode(
        _ file: PictureFile, keepsHighByte: Bool, into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws -> Int {
        try checkChunks(file.bytes, source: file.source)
        let outline = file.outline
        var largest: UInt32 = 0
        try codec(.png, file.source) { message in
            vae_png_decode(
                file.bytes, file.bytes.count, UInt32(outline.width), UInt32(outline.height), UInt32(outline.channels),
                keepsHighByte ? 1 : 0, pixels.baseAddress, &largest, message) == 1
        }
        return Int(largest)
    }
}
