import Formats

extension StoredPicture {
    /// The picture without its alpha, laid over a grey background in stored values.
    ///
    /// To the bit what Pillow's `Image.paste` with the alpha channel as its mask gives. A picture without alpha stays.
    /// - Parameter level: The background's level in all channels, 0 to 255.
    /// - Returns: 1 or 3 channels.
    package func blended(over level: UInt8) -> StoredPicture {
        guard channels == 2 || channels == 4 else { return self }
        let size = width * height * (channels - 1)
        let colours = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            PixelLoops.shared.blend(pixels, width * height, channels, level, buffer.baseAddress!)
            count = size
        }
        return StoredPicture(width: width, height: height, channels: channels - 1, pixels: colours)
    }
}
