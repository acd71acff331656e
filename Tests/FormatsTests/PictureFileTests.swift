import Foundation
import Testing

@testable import Formats

/// A file of the goldens beside `PicturesTests`, of `Interop/picture_goldens.py`.
private func golden(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try FileBytes.read(tests.appending(path: "PicturesTests/Goldens/pictures/\(name)").path, limit: 1 << 20)
}

@Suite struct PictureFileTests {
    private func outline(_ bytes: [UInt8], maximumPixels: Int = 1 << 26) throws -> PictureOutline {
        try PictureFile.outline(of: ByteSource(bytes, name: "a"), maximumPixels: maximumPixels)
    }

    @Test(
        "An outline tells what a file holds, whatever it is called",
        arguments: [
            ("grey.png", PictureOutline(kind: .png, width: 23, height: 18, channels: 1)),
            ("bits-1.png", PictureOutline(kind: .png, width: 23, height: 18, channels: 1, bitDepth: 1)),
            ("grey-alpha.png", PictureOutline(kind: .png, width: 23, height: 18, channels: 2)),
            ("gamma.png", PictureOutline(kind: .png, width: 23, height: 18, channels: 3, extras: .gamma)),
            (
                "grey-transparent.png",
                PictureOutline(kind: .png, width: 23, height: 18, channels: 2, extras: .transparentColours)
            ),
            (
                "palette.png",
                PictureOutline(kind: .png, width: 23, height: 18, channels: 3, bitDepth: 4, extras: .palette)
            ),
            (
                "palette-transparent.png",
                PictureOutline(
                    kind: .png, width: 23, height: 18, channels: 4, bitDepth: 4,
                    extras: [.palette, .transparentColours])
            ),
            ("rgb-16.png", PictureOutline(kind: .png, width: 23, height: 18, channels: 3, bitDepth: 16)),
            ("orientation-6.png", PictureOutline(kind: .png, width: 16, height: 8, channels: 3, orientation: 6)),
            ("grey.jpg", PictureOutline(kind: .jpeg, width: 23, height: 18, channels: 1)),
            ("rgb-420.jpg", PictureOutline(kind: .jpeg, width: 23, height: 18, channels: 3)),
            ("ycck.jpg", PictureOutline(kind: .jpeg, width: 23, height: 18, channels: 3, hasInks: true)),
            ("orientation-8.jpg", PictureOutline(kind: .jpeg, width: 16, height: 8, channels: 3, orientation: 8)),
            ("lossy.webp", PictureOutline(kind: .webp, width: 23, height: 18, channels: 3)),
            ("lossless.webp", PictureOutline(kind: .webp, width: 23, height: 18, channels: 3)),
            ("alpha.webp", PictureOutline(kind: .webp, width: 23, height: 18, channels: 4)),
            ("orientation-6.webp", PictureOutline(kind: .webp, width: 16, height: 8, channels: 3, orientation: 6)),
        ])
    func outlines(name: String, expected: PictureOutline) throws {
        #expect(try outline(golden(name)) == expected)
    }

    @Test("A file of another kind is refused by its name", arguments: foreignFiles)
    func foreign(bytes: [UInt8], words: String) {
        #expect(message { _ = try PictureFile(bytes, source: "cat.jpg") } == "cat.jpg: \(words)")
    }

    private static let foreignFiles: [([UInt8], String)] = [
        ([], "an empty file"),
        ([UInt8](repeating: 0, count: 900), "nothing but zeros where a picture should begin"),
        (Array("GIF89a".utf8), "a GIF; convert it to PNG"),
        ([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], "a TIFF; convert it to PNG"),
        ([0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8], "a TIFF; convert it to PNG"),
        (Array("BM6\0\0\0".utf8), "a BMP; convert it to PNG"),
        ([0, 0, 0, 24] + Array("ftypheic".utf8), "a HEIC; convert it to PNG"),
        ([0, 0, 0, 24] + Array("ftypavif".utf8), "an AVIF; convert it to PNG"),
        ([0, 0, 0, 24] + Array("ftypisom".utf8), "a video"),
        (Array("<?xml version=\"1.0\"?>\n<svg/>".utf8), "an SVG; convert it to PNG"),
        (Array("%PDF-1.7".utf8), "a PDF; save its picture as PNG"),
        (
            Array("<!DOCTYPE html><title>404".utf8),
            "an HTML page, as servers send in place of a picture; fetch it again"
        ),
        (
            Array("version https://git-lfs.github.com/spec/v1\n".utf8),
            "a pointer of Git LFS; fetch the file by git lfs pull"
        ),
        (Array("label,file\n".utf8), "a text"),
        ([0x50, 0x4B, 3, 4], "a ZIP archive; unpack it"),
        ([1, 2, 3, 0x80], "bytes 01020380 of no picture that is known"),
        ([0xC3, 0x28, 0x41], "bytes c32841 of no picture that is known"),
    ]

    @Test("A GIF that is called a JPEG, and an animated WebP")
    func animations() throws {
        let gif = try golden("animated.gif")
        #expect(message { _ = try PictureFile(gif, source: "cat.jpg") } == "cat.jpg: a GIF; convert it to PNG")
        let webp = try golden("animated.webp")
        #expect(
            message { _ = try PictureFile(webp, source: "a") } == "a: an animated WebP; convert its frames to PNG")
    }

    @Test("12 bits in 16 are told, and decoded as they are")
    func darkSamples() throws {
        func notes(_ name: String) throws -> [PictureNote] {
            let file = try PictureFile(golden(name), source: name)
            let size = file.outline.width * file.outline.height * file.outline.channels
            var pixels = [UInt8](repeating: 0, count: size)
            return try pixels.withUnsafeMutableBufferPointer { try file.decode(into: $0) }
        }
        let dark = try notes("grey-12-in-16.png")
        guard case .dark16Bit(let largest) = try #require(dark.first) else { return #expect(Bool(false)) }
        #expect((3000..<4096).contains(largest))
        #expect(
            dark[0].description
                == "16-bit samples up to \(largest) of 65535, most likely fewer bits: the picture is nearly black")
        #expect(try notes("grey-16.png") == [])
        #expect(try notes("cmyk.jpg") == [.inks])
    }

    // MARK: JPEG

    @Test(
        "A JPEG without its end marker is whole, and says so",
        arguments: ["rgb-420.jpg", "progressive.jpg", "grey.jpg"])
    func missingEnd(name: String) throws {
        let whole = try PictureFile(golden(name), source: name)
        #expect(whole.bytes.suffix(2) == [0xFF, 0xD9])
        for count in [1, 2] {
            let cut = try PictureFile(Array(whole.bytes.dropLast(count)), source: name)
            #expect(try cut.decode() == whole.decode())
            var pixels = try cut.decode().pixels
            #expect(
                try pixels.withUnsafeMutableBufferPointer { try cut.decode(into: $0) }
                    == [.missingEnd])
        }
    }

    @Test(
        "A JPEG whose data ends early is refused by the decoder's words",
        arguments: ["rgb-420.jpg", "progressive.jpg", "grey.jpg", "restarts.jpg", "cmyk.jpg"])
    func missingData(name: String) throws {
        let bytes = try golden(name)
        let whole = try PictureFile(bytes, source: name).decode()
        for length in 3..<bytes.count - 2 {
            // Bits behind the last that a picture needs may be missing.
            guard let picture = try? PictureFile(Array(bytes.prefix(length)), source: name).decode() else { continue }
            #expect(picture == whole)
            #expect(length >= bytes.count - 4, "\(length) of \(bytes.count)")
        }
        let half = Array(bytes.prefix(bytes.count - 30))
        let words = message { _ = try PictureFile(half, source: name).decode() }
        #expect(words.hasPrefix("\(name): not a valid JPEG: "))
        #expect(words.contains("Corrupt JPEG data") || words.contains("before the last scan"))
    }

    @Test("Tables that a JPEG lacks are not those of the picture before")
    func missingTables() throws {
        let whole = try golden("rgb-444.jpg")
        _ = try PictureFile(whole, source: "a").decode()
        let table = try #require(whole.indices.dropLast().first { whole[$0] == 0xFF && whole[$0 + 1] == 0xDB })
        let length = whole[table + 2..<table + 4].bigEndian
        let without = Array(whole[..<table] + whole[(table + 2 + length)...])
        #expect(
            message { _ = try PictureFile(without, source: "a").decode() }
                == "a: not a valid JPEG: Quantization table 0x00 was not defined")
    }

    @Test("A JPEG whose scans stop between two is refused")
    func missingScans() throws {
        let bytes = try golden("progressive.jpg")
        let scans = bytes.indices.dropLast().filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
        #expect(scans.count > 3)
        // Before the tables of the last scan.
        let tables = try #require(bytes[..<scans.last!].lastIndex(of: 0xC4)) - 1
        #expect(
            message { _ = try PictureFile(Array(bytes[..<tables]), source: "a").decode() }
                == "a: not a valid JPEG: the data ends before the last scan")
    }

    @Test(
        "What a frame may not say is refused where it stands",
        arguments: [
            (4, [12], "expected samples of 8 bits, found 12"),
            (5, [0, 0], "expected a height from 1, found 0"),
            (7, [0, 0], "expected a width from 1, found 0"),
            (9, [2], "expected 1, 3 or 4 components, found 2"),
            (5, [0xFF, 0xFF, 0xFF, 0xFF], "expected at most 67108864 pixels, found 65535 × 65535"),
            (5, [0x10, 0, 0x10, 0], "expected data for 4096 × 4096 pixels"),
        ] as [(Int, [UInt8], String)])
    func frames(offset: Int, bytes: [UInt8], words: String) throws {
        var jpeg = try golden("rgb-444.jpg")
        let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange(frame + offset..<frame + offset + bytes.count, with: bytes)
        let error = message { _ = try PictureFile(jpeg, source: "a") }
        #expect(error.contains(words), "\(error)")
        #expect(error.hasPrefix("a: at byte "))
    }

    @Test(
        "Coding that is not read is named",
        arguments: [(0xC3, "lossless"), (0xC9, "arithmetic"), (0xC5, "hierarchical")])
    func codings(marker: UInt8, word: String) throws {
        var jpeg = try golden("rgb-444.jpg")
        let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg[frame + 1] = marker
        #expect(message { _ = try PictureFile(jpeg, source: "a") }.contains(word))
    }

    @Test(
        "Segments that are none are refused",
        arguments: [
            ([0xFF, 0xD8, 0xFF, 0xD9], "a: at byte 2: expected a scan, found the end marker"),
            ([0xFF, 0xD8, 0xFF, 0xD0, 0], "a: at byte 2: expected a segment, found marker 0xffd0"),
            ([0xFF, 0xD8, 0xFF, 0xFF, 0xFF], "a: at byte 4: expected a marker (2 bytes), found 1 more byte"),
            ([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0], "a: at byte 4: expected a segment of 2 to 3 bytes, found 1"),
            ([0xFF, 0xD8, 0xFF, 0xE0, 0, 9, 0], "a: at byte 4: expected a segment of 2 to 3 bytes, found 9"),
            ([0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 7, 7], "a: at byte 6: expected a marker, found byte 0x07"),
            ([0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 7, 7], "a: at byte 2: expected a frame before the first scan, found none"),
        ] as [([UInt8], String)])
    func segments(bytes: [UInt8], words: String) {
        #expect(message { _ = try PictureFile(bytes, source: "a") } == words)
    }

    @Test(
        "Changed anywhere, a picture is refused or decoded, and the next is whole",
        arguments: [
            "rgb-420.jpg", "progressive.jpg", "cmyk.jpg", "alpha.webp", "lossless.webp", "palette-transparent.png",
        ])
    func damage(name: String) throws {
        guard !name.hasSuffix("webp") || WebP.isAvailable else { return }
        let bytes = try golden(name)
        let whole = try PictureFile(bytes, source: name).decode()
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= UInt8(truncatingIfNeeded: 1 + position * 37)
            _ = try? PictureFile(damaged, source: name, maximumPixels: 1 << 16).decode()
        }
        #expect(try PictureFile(bytes, source: name).decode() == whole)
    }

    // MARK: WebP

    @Test("A WebP that is cut off is refused at its size", arguments: ["lossy.webp", "lossless.webp", "alpha.webp"])
    func cutWebP(name: String) throws {
        let bytes = try golden(name)
        for length in 12..<bytes.count {
            let error = message { _ = try PictureFile(Array(bytes.prefix(length)), source: "a") }
            #expect(
                error == "a: at byte 4: expected at most \(length - 8) bytes behind the size, found \(bytes.count - 8)")
        }
    }

    @Test("A WebP whose header boasts is refused")
    func largeWebP() throws {
        var webp = try golden("lossless.webp")
        let start = try #require(webp.firstIndex(of: 0x2F))
        webp.replaceSubrange(start + 1..<start + 5, with: [0xFF, 0xFF, 0xFF, 0x0F])
        #expect(
            message { _ = try PictureFile(webp, source: "a") }
                == "a: at byte \(start + 1): expected at most 67108864 pixels, found 16384 × 16384")
    }

    @Test("Without libwebp the error says what to install")
    func missingLibrary() {
        let error = PictureError.missingLibrary(source: "a.webp", name: "libwebp", packages: "libwebp7 (apt)")
        #expect(error.description == "a.webp: libwebp is not on this machine: install libwebp7 (apt)")
    }

    // MARK: EXIF

    @Test("An orientation is read in both byte orders, and odd EXIF means no turn")
    func orientations() {
        func tiff(_ entry: [UInt8], count: UInt8 = 1, isLittle: Bool = true) -> [UInt8] {
            (isLittle ? [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, count, 0] : [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, count])
                + entry
        }
        let six: [UInt8] = [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
        let big: [UInt8] = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        let other: [UInt8] = [0x0F, 1, 2, 0, 1, 0, 0, 0, 6, 0, 0, 0]
        #expect(EXIF.orientation(tiff(six)) == 6)
        #expect(EXIF.orientation(Array("Exif\0\0".utf8) + tiff(six)) == 6)
        #expect(EXIF.orientation(tiff(big, isLittle: false)) == 6)
        #expect(EXIF.orientation(tiff(other + six, count: 2)) == 6)
        // None, not a SHORT, two of them, 0, 9, cut off, and a directory behind the end.
        #expect(EXIF.orientation(tiff(other)) == 1)
        #expect(EXIF.orientation(tiff([0x12, 1, 4, 0, 1, 0, 0, 0, 6, 0, 0, 0])) == 1)
        #expect(EXIF.orientation(tiff([0x12, 1, 3, 0, 2, 0, 0, 0, 6, 0, 0, 0])) == 1)
        for value: UInt8 in [0, 9] {
            #expect(EXIF.orientation(tiff([0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0])) == 1)
        }
        for length in 0..<20 { #expect(EXIF.orientation(tiff(six).prefix(length)) == (length < 20 ? 1 : 6)) }
        #expect(EXIF.orientation([0x49, 0x49, 0x2A, 0, 255, 255, 255, 255, 1, 0] + six) == 1)
        #expect(EXIF.orientation(tiff(other + six, count: 255)) == 6)
        #expect(EXIF.orientation([]) == 1)
    }
}
