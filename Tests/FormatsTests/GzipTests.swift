import Formats
import Testing

/// Bytes that compress, but not to nothing.
private func sample(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) } }

struct GzipTests {
    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1_000_003])
    func `inflates what was compressed, up to exactly the limit`(count: Int) throws {
        let plain = sample(count)
        #expect(try Gzip.inflate(gzip(plain), source: "a.gz", limit: count) == plain)
        #expect(try Gzip.inflate(gzip(plain), source: "a.gz", limit: count + 100_000) == plain)
    }

    @Test func `inflates several members, empty ones too`() throws {
        let bytes = gzip(sample(70_000)) + gzip([]) + gzip([1, 2])
        #expect(try Gzip.inflate(bytes, source: "a.gz", limit: 70_002) == sample(70_000) + [1, 2])
    }

    @Test(arguments: [0, 9_999, 99_999_999])
    func `stops a bomb at the limit, without its memory`(limit: Int) {
        let bomb = gzip([UInt8](repeating: 0, count: 100_000_000))
        let text = message { _ = try Gzip.inflate(bomb, source: "bomb.gz", limit: limit) }
        #expect(text.hasPrefix("bomb.gz, byte "))
        #expect(text.hasSuffix(": expected at most \(limit) bytes inflated, found more"))
    }

    @Test func `refuses every truncation, naming its place`() {
        let bytes = gzip(sample(500))
        for count in 0..<bytes.count {
            #expect(
                message { _ = try Gzip.inflate(Array(bytes.prefix(count)), source: "a.gz", limit: 500) }
                    == "a.gz, byte \(count): expected more compressed data, found the end")
        }
    }

    @Test func `refuses trailing junk`() {
        let bytes = gzip([1, 2, 3])
        #expect(
            message { _ = try Gzip.inflate(bytes + [0], source: "a.gz", limit: 3) }
                == "a.gz, byte \(bytes.count): expected the end of the compressed data, found 1 more byte")
        #expect(
            message { _ = try Gzip.inflate(bytes + [0x1F, 0x8C], source: "a.gz", limit: 3) }
                == "a.gz, byte \(bytes.count + 2): expected gzip data, found incorrect header check")
    }

    @Test func `refuses a wrong checksum, length and magic`() {
        var bytes = gzip([1, 2, 3])
        bytes[bytes.count - 8] ^= 1
        #expect(
            message { _ = try Gzip.inflate(bytes, source: "a.gz", limit: 3) }
                == "a.gz, byte \(bytes.count - 4): expected gzip data, found incorrect data check")
        bytes = gzip([1, 2, 3])
        bytes[bytes.count - 1] ^= 1
        #expect(
            message { _ = try Gzip.inflate(bytes, source: "a.gz", limit: 3) }
                == "a.gz, byte \(bytes.count): expected gzip data, found incorrect length check")
        #expect(
            message { _ = try Gzip.inflate([1, 2, 3], source: "a.gz", limit: 3) }
                == "a.gz, byte 2: expected gzip data, found incorrect header check")
    }

    @Test func `inflates a bare stream within other bytes`() throws {
        let stream = deflate(sample(3_000))
        let bytes = [1, 2, 3] + stream + [4]
        let range = 3..<3 + stream.count
        #expect(
            try Inflate.inflate(bytes, range: range, container: .raw, source: "a", limit: 3_000) == sample(3_000))
        #expect(
            message {
                _ = try Inflate.inflate(bytes, range: 3..<bytes.count, container: .raw, source: "a", limit: 3_000)
            }
                == "a, byte \(range.upperBound): expected the end of the compressed data, found 1 more byte")
    }
}
