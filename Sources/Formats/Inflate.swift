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

    /// What to do with a stream that yields more bytes than `limit`.
    package enum Excess {
        case refuse
        case drop
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
    ///   - excess: `drop` returns the first `limit` bytes and looks no further.
    package static func inflate(
        _ bytes: [UInt8], range: Range<Int>? = nil, container: Container, source: String, limit: Int,
        excess: Excess = .refuse
    ) throws(FormatError) -> [UInt8] {
        let range = range ?? 0..<bytes.count
        var output: [UInt8] = []
        // Images of digits shrink to a fifth: most streams fit at once, and a false limit costs little.
        output.reserveCapacity(min(limit, 8 * range.count + blockSize))
        try bytes.withUnsafeBufferPointer { (input) throws(FormatError) in
            // On the heap, since zlib refuses a stream structure that has moved.
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            let block = UnsafeMutablePointer<UInt8>.allocate(capacity: blockSize)
            defer {
                inflateEnd(stream)
                stream.deallocate()
                block.deallocate()
            }
            guard vae_inflate_init(stream, container.windowBits) == Z_OK else { fatalError("zlib has no memory") }
            var fed = range.lowerBound
            /// The first byte that zlib has not consumed.
            var position: Int { fed - Int(stream.pointee.avail_in) }

            var isDone = false
            while !isDone {
                if stream.pointee.avail_in == 0, fed < range.upperBound {
                    let part = min(range.upperBound - fed, 1 << 30)
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + fed)
                    stream.pointee.avail_in = UInt32(part)
                    fed += part
                }
                stream.pointee.next_out = block
                stream.pointee.avail_out = UInt32(blockSize)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                let produced = blockSize - Int(stream.pointee.avail_out)
                if produced > limit - output.count {
                    guard excess == .drop else {
                        throw FormatError(
                            source: source, offset: position, expected: "at most \(counted(limit, "byte")) inflated",
                            found: "more")
                    }
                    output.append(contentsOf: UnsafeBufferPointer(start: block, count: limit - output.count))
                    break
                }
                if output.count + produced > output.capacity {
                    output.reserveCapacity(min(limit, max(2 * output.capacity, output.count + produced)))
                }
                output.append(contentsOf: UnsafeBufferPointer(start: block, count: produced))

                switch status {
                case Z_OK:
                    continue
                case Z_STREAM_END where position == range.upperBound:
                    isDone = true
                case Z_STREAM_END where container == .gzip && input[position] == 0x1F:
                    inflateReset(stream)
                case Z_STREAM_END:
                    throw FormatError(
                        source: source, offset: position, expected: "the end of the compressed data",
                        found: "\(counted(range.upperBound - position, "more byte"))")
                case Z_BUF_ERROR:
                    throw FormatError(
                        source: source, offset: range.upperBound, expected: "more compressed data",
                        found: "the end")
                default:
                    throw FormatError(
                        source: source, offset: position, expected: "\(container) data",
                        found: String(cString: vae_inflate_message(stream, status)))
                }
            }
        }
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

    /// Bytes that a file comes to unpacked, by its own account, which may be false.
    ///
    /// Its size, or what gzip's last member says of itself, at most what deflate can make of so many bytes.
    /// - Returns: Nil where it cannot be read.
    package static func declaredSize(at path: String) -> Int? {
        var size = 0
        guard
            let start = try? FileBytes.read(
                path, limit: 2,
                part: {
                    size = $0; return 0..<min($0, 2)
                })
        else { return nil }
        guard isCompressed(start), let end = try? FileBytes.read(path, limit: 4, part: { max(0, $0 - 4)..<$0 }) else {
            return size
        }
        let declared = end.reversed().reduce(0) { $0 << 8 | Int($1) }
        return min(declared, Inflate.largestRatio * min(size, 1 << 40))
    }

    /// Inflates a whole gzip file of one or more members, and checks the CRC-32 of each.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    ///   - limit: The largest number of bytes that may come out.
    package static func inflate(_ bytes: [UInt8], source: String, limit: Int) throws(FormatError) -> [UInt8] {
        try Inflate.inflate(bytes, container: .gzip, source: source, limit: limit)
    }

    /// The first `count` bytes of a gzip file's contents, or all of them where they are fewer.
    package static func prefix(_ bytes: [UInt8], source: String, count: Int) throws(FormatError) -> [UInt8] {
        try Inflate.inflate(bytes, container: .gzip, source: source, limit: count, excess: .drop)
    }

    /// One gzip member, as small as zlib makes it: the same bytes for the same input and zlib.
    /// - Parameter bytes: Less than 4 GiB.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        let bound = vae_gzip_bound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = vae_gzip(bytes, bytes.count, buffer.baseAddress, bound)
            guard count > 0 else { fatalError("zlib cannot compress \(bytes.count) bytes") }
        }
    }
}
