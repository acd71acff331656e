import Testing

@testable import Formats

/// Writes any kind of PNG without libpng: stored deflate blocks, no filter.
private struct CraftedPNG {
    var width: Int
    var height: Int
    var depth: UInt8 = 8
    var colorType: UInt8 = 0
    var interlace: UInt8 = 0
    var palette: [UInt8] = []
    var transparency: [UInt8] = []
    /// Rows as they stand in the file, each with its filter byte.
    var rows: [UInt8]

    var bytes: [UInt8] {
        var result: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        result += Self.chunk("IHDR", Self.word(width) + Self.word(height) + [depth, colorType, 0, 0, interlace])
        if !palette.isEmpty { result += Self.chunk("PLTE", palette) }
        if !transparency.isEmpty { result += Self.chunk("tRNS", transparency) }
        let length = [UInt8(rows.count & 0xFF), UInt8(rows.count >> 8)]
        result += Self.chunk(
            "IDAT", [0x78, 0x01, 0x01] + length + length.map { ~$0 } + rows + Self.word(Self.adler(rows)))
        return result + Self.chunk("IEND", [])
    }

    static func word(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return word(data.count) + body + word(crc(body))
    }

    static func crc(_ bytes: [UInt8]) -> Int {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        return Int(~register)
    }

    static func adler(_ bytes: [UInt8]) -> Int {
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }
}

@Suite struct PNGTests {
    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 &* 7) }
    }

    @Test(
        "What is encoded is decoded again, byte for byte",
        arguments: [(1, 1), (1, 7), (7, 1), (3, 5), (28, 28), (257, 33)], [1, 2, 3, 4])
    func roundTrip(size: (Int, Int), channels: Int) throws {
        let pixels = Self.pattern(size.0 * size.1 * channels)
        let bytes = try PNG.encode(width: size.0, height: size.1, channels: channels, pixels: pixels)
        let again = try PNG.encode(width: size.0, height: size.1, channels: channels, pixels: pixels)
        #expect(bytes == again)
        let image = try PNG.decode(bytes, source: "memory")
        #expect(image == StoredPicture(width: size.0, height: size.1, channels: channels, pixels: pixels))
    }

    @Test(
        "Every kind of PNG becomes the samples that it stores, in 8 bits",
        arguments: [
            (CraftedPNG(width: 3, height: 1, rows: [0, 0, 128, 255]), 1, [0, 128, 255]),
            (
                CraftedPNG(width: 9, height: 1, depth: 1, rows: [0, 0b1010_0000, 0x80]), 1,
                [255, 0, 255, 0, 0, 0, 0, 0, 255]
            ),
            (CraftedPNG(width: 2, height: 1, depth: 16, rows: [0, 0x80, 0x80, 0xFF, 0xFF]), 1, [128, 255]),
            (CraftedPNG(width: 1, height: 2, colorType: 2, rows: [0, 1, 2, 3, 0, 4, 5, 6]), 3, [1, 2, 3, 4, 5, 6]),
            (
                CraftedPNG(
                    width: 2, height: 1, depth: 4, colorType: 3, palette: [9, 8, 7, 200, 100, 0], rows: [0, 0x10]),
                3, [200, 100, 0, 9, 8, 7]
            ),
            (CraftedPNG(width: 2, height: 1, colorType: 4, rows: [0, 50, 255, 50, 0]), 2, [50, 255, 50, 0]),
            (
                CraftedPNG(width: 2, height: 1, colorType: 6, rows: [0, 5, 6, 7, 255, 5, 6, 7, 0]), 4,
                [5, 6, 7, 255, 5, 6, 7, 0]
            ),
            (CraftedPNG(width: 2, height: 1, transparency: [0, 50], rows: [0, 50, 51]), 2, [50, 0, 51, 255]),
            // Adam7: of a 2 × 2 image pass 1 holds the first pixel, pass 6 the second, pass 7 the second row.
            (CraftedPNG(width: 2, height: 2, interlace: 1, rows: [0, 10, 0, 20, 0, 30, 40]), 1, [10, 20, 30, 40]),
        ] as [(CraftedPNG, Int, [UInt8])])
    private func kinds(png: CraftedPNG, channels: Int, expected: [UInt8]) throws {
        let image = try PNG.decode(png.bytes, source: "crafted")
        #expect(image == StoredPicture(width: png.width, height: png.height, channels: channels, pixels: expected))
    }

    @Test("gAMA changes nothing, nor do chunks that nobody knows")
    func ancillary() throws {
        let plain = CraftedPNG(width: 3, height: 1, rows: [0, 10, 128, 255]).bytes
        for chunk in [CraftedPNG.chunk("gAMA", CraftedPNG.word(100_000)), CraftedPNG.chunk("vpAg", [1, 2, 3])] {
            let image = try PNG.decode(Array(plain[..<33]) + chunk + plain[33...], source: "a.png")
            #expect(image.pixels == [10, 128, 255])
        }
    }

    @Test("16-bit samples are rounded, each of them")
    func sixteenBits() throws {
        for start in stride(from: 0, to: 65536, by: 4096) {
            let samples = (start..<start + 4096).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            let image = try PNG.decode(
                CraftedPNG(width: 4096, height: 1, depth: 16, rows: [0] + samples).bytes, source: "a.png")
            #expect(image.pixels == (start..<start + 4096).map { UInt8((Double($0) / 257).rounded()) })
        }
    }

    @Test("A large image is refused at its header, before memory is taken for it")
    func largeHeader() {
        let png = CraftedPNG(width: 60_000, height: 60_000, rows: [0, 0]).bytes
        #expect(
            throws: PictureError.tooLarge(
                source: "big.png", offset: 16, width: 60_000, height: 60_000, maximumPixels: 1 << 26)
        ) { try PNG.decode(png, source: "big.png") }
        // Even to a caller who takes any size: so few bytes cannot hold so many pixels.
        #expect(
            throws: PictureError.malformed(
                source: "big.png", offset: png.count, expected: "data for 60000 × 60000 pixels",
                found: "\(png.count) bytes in all")
        ) { try PNG.decode(png, source: "big.png", maximumPixels: .max) }
        let longest = CraftedPNG(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, depth: 16, colorType: 6, rows: [0]).bytes
        #expect(throws: PictureError.self) { try PNG.decode(longest, source: "big.png", maximumPixels: .max) }
        #expect(
            throws: PictureError.tooLarge(source: "x", offset: 16, width: 3, height: 2, maximumPixels: 5)
        ) { try PNG.decode(CraftedPNG(width: 3, height: 2, rows: []).bytes, source: "x", maximumPixels: 5) }
    }

    @Test("A wrong checksum is named with its chunk and offset")
    func checksum() throws {
        var png = CraftedPNG(width: 1, height: 1, rows: [0, 7]).bytes
        let pixel = try #require(png.firstIndex(of: 7))
        png[pixel] ^= 1
        let error = #expect(throws: PictureError.self) { try PNG.decode(png, source: "a.png") }
        let offset = png.count - 12 - 4
        #expect("\(try #require(error))".hasPrefix("a.png: at byte \(offset): expected CRC "))
        #expect("\(try #require(error))".contains(" of chunk IDAT, found "))
    }

    @Test(
        "A broken header names the offset",
        arguments: [
            (0, 0x88, "a.png: at byte 0: expected the PNG signature, found 88 50 4e 47 0d 0a 1a 0a"),
            (11, 14, "a.png: at byte 8: expected an IHDR chunk of 13 bytes, found 00 00 00 0e 49 48 44 52"),
            (19, 0, "a.png: at byte 16: expected a width of 1 to 2³¹ − 1, found 0"),
            (20, 0x80, "a.png: at byte 20: expected a height of 1 to 2³¹ − 1, found 2147483649"),
            (24, 3, "a.png: at byte 24: expected a bit depth, found 3"),
            (25, 5, "a.png: at byte 25: expected a colour type of 0, 2, 3, 4 or 6, found 5"),
        ] as [(Int, UInt8, String)])
    func header(offset: Int, value: UInt8, message: String) throws {
        var png = CraftedPNG(width: 1, height: 1, rows: [0, 7]).bytes
        png[offset] = value
        let error = #expect(throws: PictureError.self) { try PNG.decode(png, source: "a.png") }
        #expect("\(try #require(error))" == message)
    }

    @Test("A chunk that no file can hold is refused as that")
    func longChunk() throws {
        var png = CraftedPNG(width: 1, height: 1, rows: [0, 7]).bytes
        png.replaceSubrange(33..<37, with: [255, 255, 255, 255])
        let error = #expect(throws: PictureError.self) { try PNG.decode(png, source: "a.png") }
        #expect(
            "\(try #require(error))" == "a.png: at byte 33: expected a chunk of at most 2³¹ − 1 bytes, found 4294967295"
        )
        #expect(
            "\(PictureError.malformed(source: "a\u{1B}", offset: 0, expected: "x", found: "y"))"
                == "a\\u{1B}: at byte 0: expected x, found y")
    }

    @Test("Whole chunks with too few pixels in them are libpng's to refuse")
    func tooFewPixels() throws {
        let png = CraftedPNG(width: 2, height: 2, rows: [0, 1, 2]).bytes
        let error = #expect(throws: PictureError.self) { try PNG.decode(png, source: "a.png") }
        #expect("\(try #require(error))".hasPrefix("a.png: not a valid PNG: "))
    }

    @Test("Cut anywhere it is refused, changed anywhere refused or harmless")
    func damage() throws {
        let pixels = Self.pattern(9 * 5 * 3)
        let png = try PNG.encode(width: 9, height: 5, channels: 3, pixels: pixels)
        for length in 0..<png.count {
            #expect(throws: PictureError.self) { try PNG.decode(Array(png.prefix(length)), source: "cut") }
        }
        for position in png.indices {
            for bit in 0..<8 {
                var damaged = png
                damaged[position] ^= 1 << bit
                // Only what libpng adds about the colour space may change unnoticed.
                if let image = try? PNG.decode(damaged, source: "flipped") { #expect(image.pixels == pixels) }
            }
        }
        #expect(try PNG.decode(png + [1, 2, 3], source: "trailing").pixels == pixels)
    }

    @Test(
        "What PNG cannot hold is refused",
        arguments: [
            (0, 1, 1, 0), (1, 0, 1, 0), (-1, -1, 1, 1), (1, 1, 5, 5), (1, 1, 0, 0), (2, 2, 1, 3), (1 << 31, 1, 1, 1),
            (1 << 16, 1 << 16, 1, 1),
        ])
    func unsupported(width: Int, height: Int, channels: Int, count: Int) {
        #expect(throws: PictureError.self) {
            try PNG.encode(
                width: width, height: height, channels: channels, pixels: [UInt8](repeating: 0, count: count))
        }
    }
}
