import CZlib

/// Decompression of deflate streams (RFC 1951), bare or in gzip's clothes, with a bound on what comes out.
package enum Inflate {
    /// What surrounds the deflate stream.
    package enum Container {
        /// One or more gzip members, each with its CRC-32.
        case gzip
        /// Nothing, as in a ZIP archive.
        case raw

        /// What zlib takes for it: a window of 2¹⁵ bytes, plus 16 for gzip, negated for a bare stream.
        var windowBits: Int32 { self == .gzip ? 31 : -15 }
    }

    /// Inflates a range of bytes, of which nothing may be left over.
    ///
    /// Memory grows with what really comes out, and never beyond `limit`.
    /// - Parameters:
    ///   - bytes: Holds the compressed stream.
    ///   - range: Where in `bytes` it lies; all of them by default.
    ///   - container: What surrounds it.
    ///   - source: Named in errors; their offsets count the bytes of `bytes`.
    ///   - limit: The largest number of bytes that may come out.
    package static func inflate(
        _ bytes: [UInt8], range: Range<Int>? = nil, container: Container, source: String, limit: Int
    ) throws(FormatError) -> [UInt8] {
        do {
            return try inflate(
                InflateStream(ByteSource(bytes, name: source), range: range, container: container),
                expecting: 8 * (range?.count ?? bytes.count), limit: limit)
        } catch let error as FormatError {
            throw error
        } catch {
            fatalError("bytes in memory cannot fail to be read: \(error)")
        }
    }

    /// - Parameter guess: About how much comes out: images of digits shrink to a fifth, and a false guess costs little.
    private static func inflate(
        _ stream: InflateStream, expecting guess: Int, limit: Int
    ) throws -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, guess + blockSize))
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 16)
        defer { block.deallocate() }
        while output.count < limit {
            let wanted = min(blockSize, limit - output.count)
            let produced = try stream.read(into: .init(rebasing: block[..<wanted]))
            if output.count + produced > output.capacity {
                output.reserveCapacity(min(limit, max(2 * output.capacity, output.count + produced)))
            }
            output.append(contentsOf: UnsafeMutableRawBufferPointer(rebasing: block[..<produced]))
            if produced < wanted { return output }
        }
        try stream.expectEnd(after: limit)
        return output
    }

    /// How many bytes deflate can make of one: 258 of a two-bit match.
    static let largestRatio = 1032

    /// Inflated bytes wait here, inside the cache, for their copy to the output.
    private static let blockSize = 1 << 16
}

/// Compressed files (RFC 1952).
package enum Gzip {
    /// Whether the bytes begin as a gzip file does.
    package static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Inflates a whole gzip file of one or more members, and checks the CRC-32 of each.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    ///   - limit: The largest number of bytes that may come out.
    package static func inflate(_ bytes: [UInt8], source: String, limit: Int) throws(FormatError) -> [UInt8] {
        try Inflate.inflate(bytes, container: .gzip, source: source, limit: limit)
    }

    /// One gzip member, as small as zlib makes it: the same bytes for the same input and zlib.
    /// - Parameters:
    ///   - bytes: Less than 4 GiB.
    ///   - quickly: For somebody who waits: looks for runs only, which is nearly all that pictures have.
    package static func compress(_ bytes: [UInt8], quickly: Bool = false) -> [UInt8] {
        let bound = vae_gzip_bound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = vae_gzip(bytes, bytes.count, buffer.baseAddress, bound, quickly ? 1 : 0)
            guard count > 0 else { fatalError("zlib cannot compress \(bytes.count) bytes") }
        }
    }
}
