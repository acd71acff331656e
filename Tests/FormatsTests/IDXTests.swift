import Formats
import Testing

/// An IDX file of unsigned bytes.
private func idx(_ sizes: [UInt32], _ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { littleEndian($0).reversed() } + values
}

struct IDXTests {
    @Test(arguments: [[0], [1], [7], [2, 3, 5], [0, 28, 28], [1, 1, 1, 1]] as [[UInt32]])
    func `reads plain and compressed files`(sizes: [UInt32]) throws {
        let values = (0..<Int(sizes.reduce(1, *))).map { UInt8($0) }
        for bytes in [idx(sizes, values), gzip(idx(sizes, values))] {
            let array = try IDX(parsing: bytes, source: "a")
            #expect(array.dimensions == sizes.map(Int.init))
            #expect(array.values == values)
        }
    }

    @Test(
        arguments: [
            ([], "a, byte 0: expected IDX magic (2 bytes), found 0 bytes"),
            ([0], "a, byte 0: expected IDX magic (2 bytes), found 1 byte"),
            ([1, 2, 8, 1], "a, byte 0: expected IDX magic 0000, found 0102"),
            ([0, 0], "a, byte 2: expected an IDX element type (1 byte), found 0 bytes"),
            ([0, 0, 0x0D, 1], "a, byte 2: expected IDX element type 08 (unsigned byte), found 0d (float)"),
            ([0, 0, 0xFF, 1], "a, byte 2: expected IDX element type 08 (unsigned byte), found ff"),
            ([0, 0, 8, 0], "a, byte 3: expected an IDX rank of at least 1, found 0"),
            ([0, 0, 8, 2, 0, 0, 0, 1, 0], "a, byte 8: expected the size of axis 1 (4 bytes), found 1 byte"),
            (idx([2, 2], [1, 2, 3]), "a, byte 12: expected the values of [2, 2] (4 bytes), found 3 bytes"),
            (
                idx([2, 2], [1, 2, 3, 4, 5, 6]),
                "a, byte 16: expected the end after the values of [2, 2], found 2 more bytes"
            ),
            (
                idx([1 << 31, 1 << 31, 1 << 31], []),
                "a, byte 4: expected at most 4294967296 values, found [2147483648, 2147483648, 2147483648]"
            ),
            (
                idx([UInt32.max, UInt32.max], []),
                "a, byte 4: expected at most 4294967296 values, found [4294967295, 4294967295]"
            ),
            (
                // A product of zero hides an overflow.
                idx([UInt32.max, UInt32.max, UInt32.max, 0], []),
                "a, byte 4: expected at most 4294967296 values, found [4294967295, 4294967295, 4294967295, 0]"
            ),
            (
                idx([1 << 16, 1 << 16], []),
                "a, byte 12: expected the values of [65536, 65536] (4294967296 bytes), "
                    + "found 0 bytes"
            ),
            (idx([1, UInt32.max, 2], []), "a, byte 4: expected at most 4294967296 values, found [1, 4294967295, 2]"),
        ] as [([UInt8], String)])
    func `refuses broken files`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try IDX(parsing: bytes, source: "a") } == expected)
    }

    @Test func `a compressed file yields no more than its header declares`() {
        let bytes = gzip(idx([2, 2], [UInt8](repeating: 0, count: 50_000_000)))
        let text = message { _ = try IDX(parsing: bytes, source: "a.gz") }
        #expect(text.hasSuffix("expected at most 16 bytes inflated, found more"))
    }

    /// A declared size within the limit that so small a file cannot hold takes no memory and no time.
    @Test func `a compressed file declares no more than deflate can make of it`() {
        let small = gzip(idx([1 << 16, 1 << 16], [1, 2, 3]))
        #expect(
            message { _ = try IDX(parsing: small, source: "a.gz") }
                == "a.gz (inflated), byte 12: expected the values of [65536, 65536] (4294967296 bytes), "
                + "found a gzip file of \(small.count) bytes")
    }

    @Test func `the densest stream that there is is taken`() throws {
        let count = 3_000_000
        let bytes = gzip(idx([UInt32(count)], [UInt8](repeating: 0, count: count)))
        #expect(count / bytes.count > 1000)
        #expect(try IDX(parsing: bytes, source: "a.gz").values.count == count)
    }

    /// By the header and the trailer alone: the values would be 32 MB of nothing.
    @Test func `a large file of which the trailer tells otherwise is not inflated`() throws {
        var bytes = gzip(idx([32, 1 << 20], [UInt8](repeating: 0, count: 32 << 20)))
        let file = try IDXFile(ByteSource(bytes, name: "a.gz"))
        #expect(file.dimensions == [32, 1 << 20] && file.density < 0.002)
        bytes[bytes.count - 4] ^= 5
        let size = (32 << 20) + 12
        #expect(
            message { _ = try IDX(parsing: bytes, source: "a.gz") }
                == "a.gz, byte \(bytes.count - 4): expected the \(size) bytes that its header declares in one gzip member, "
                + "found \(size ^ 5) in its trailer")
    }

    @Test(arguments: [0, 1, 2, 5, 9])
    func `gives the first of the outermost axis`(count: Int) throws {
        let values = (0..<15).map { UInt8($0) }
        for bytes in [idx([5, 3], values), gzip(idx([5, 3], values))] {
            let file = try IDXFile(ByteSource(bytes, name: "a"))
            #expect(try file.values(first: count) == Array(values.prefix(3 * count)))
        }
    }

    @Test func `faults inside a compressed file say so`() {
        #expect(
            message { _ = try IDX(parsing: gzip(idx([2, 2], [1])), source: "a.gz") }
                == "a.gz (inflated), byte 12: expected the values of [2, 2] (4 bytes), found 1 byte")
        #expect(
            message { _ = try IDX(parsing: gzip(idx([1 << 30, 1 << 30], [1])), source: "a.gz") }
                == "a.gz (inflated), byte 4: expected at most 4294967296 values, found [1073741824, 1073741824]")
        #expect(
            message { _ = try IDX(parsing: gzip(idx([2], [1, 2])) + [0], source: "a.gz") }
                .hasSuffix("expected the end of the compressed data, found 1 more byte"))
    }
}
