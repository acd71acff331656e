import Formats

/// Pixels without alpha, whatever kind of PNG they were in, survive our own.
func png(_ bytes: [UInt8]) throws {
    guard let picture = try decoded(bytes, .png) else { return }
    guard picture.channels == 1 || picture.channels == 3 else { return }
    let written = try PNG.encode(
        width: picture.width, height: picture.height, channels: picture.channels, pixels: picture.pixels)
    require(try PNG.decode(written, source: "a") == picture, "pixels come back")
}

func jpeg(_ bytes: [UInt8]) throws { _ = try decoded(bytes, .jpeg) }

func webp(_ bytes: [UInt8]) throws { _ = try decoded(bytes, .webp) }

/// A picture: as many pixels as were asked for, every byte written, and the same whatever came before.
private func decoded(_ bytes: [UInt8], _ kind: PictureKind) throws -> StoredPicture? {
    let limit = 1 << 16
    let file = try PictureFile(bytes, source: "a", maximumPixels: limit)
    let outline = file.outline
    guard outline.kind == kind else { return nil }
    require(outline.width * outline.height <= limit, "no more pixels than asked for")
    require((1...8).contains(outline.orientation), "an orientation of EXIF's")
    let picture = try file.decode()
    var again = [UInt8](repeating: 0x5A, count: picture.pixels.count)
    _ = try again.withUnsafeMutableBufferPointer { try file.decode(into: $0) }
    require(picture.pixels == again, "every byte is written, and the same twice")
    return picture
}
