import CZlib

/// A deflate stream that is inflated as far as it is asked for, into memory of whoever asks.
final class InflateStream {
    private let source: ByteSource
    private let range: Range<Int>
    private let container: Inflate.Container
    /// On the heap, since zlib refuses a stream structure that has moved.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    /// Compressed bytes that wait for zlib.
    private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var fed: Int
    private var isDone = false

    /// - Parameters:
    ///   - source: Holds the compressed stream, and is named in errors.
    ///   - range: Where in it the stream lies; nothing may be left over. All of it by default.
    init(_ source: ByteSource, range: Range<Int>? = nil, container: Inflate.Container) {
        self.source = source
        self.range = range ?? 0..<source.size
        self.container = container
        fed = self.range.lowerBound
        stream.initialize(to: z_stream())
        guard vae_inflate_init(stream, container.windowBits) == Z_OK else { fatalError("zlib has no memory") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        piece.deallocate()
    }

    /// The first byte that zlib has not consumed.
    var position: Int { fed - Int(stream.pointee.avail_in) }

    /// Inflates into a buffer until that is full or the stream has ended.
    /// - Returns: How many bytes came, fewer than the buffer holds only at the stream's end.
    /// - Throws: `FormatError` with a place in `source`; whatever reading it throws.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var produced = 0
        while produced < buffer.count, !isDone {
            try refill()
            let room = min(buffer.count - produced, 1 << 30)
            stream.pointee.next_out = (buffer.baseAddress! + produced).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            produced += room - Int(stream.pointee.avail_out)
            switch status {
            case Z_OK:
                continue
            case Z_STREAM_END:
                try refill()
                isDone = position == range.upperBound
                if isDone { break }
                guard container == .gzip, stream.pointee.next_in.pointee == 0x1F else {
                    throw FormatError(
                        source: source.name, offset: position, expected: "the end of the compressed data",
                        found: "\(counted(range.upperBound - position, "more byte"))")
                }
                inflateReset(stream)
            case Z_BUF_ERROR:
                throw FormatError(
                    source: source.name, offset: range.upperBound, expected: "more compressed data", found: "the end")
            default:
                throw FormatError(
                    source: source.name, offset: position, expected: "\(container) data",
                    found: String(cString: vae_inflate_message(stream, status)))
            }
        }
        return produced
    }

    /// The next `count` bytes, or all that are left where they are fewer.
    func bytes(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Refuses a stream out of which more comes.
    /// - Parameter limit: How much has come, for the error.
    func expectEnd(after limit: Int) throws {
        var byte: UInt8 = 0
        guard try withUnsafeMutableBytes(of: &byte, { try read(into: $0) }) == 0 else {
            throw FormatError(
                source: source.name, offset: position, expected: "at most \(counted(limit, "byte")) inflated",
                found: "more")
        }
    }

    private func refill() throws {
        guard stream.pointee.avail_in == 0, fed < range.upperBound else { return }
        let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, range.upperBound - fed)])
        try source.read(into: part, from: fed)
        stream.pointee.next_in = part.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(part.count)
        fed += part.count
    }
}
