/// The bytes of a file where its outline is looked for: a few at a time, so that a large file is not read for it.
struct PictureHead {
    private let source: ByteSource
    /// The bytes from `start` on that were read last.
    private var window: [UInt8] = []
    private var start = 0
    private static let windowSize = 4096

    private let maximumPixels: Int

    /// - Parameter maximumPixels: A larger picture is refused by `judge`.
    init(_ source: ByteSource, maximumPixels: Int = .max) {
        self.source = source
        self.maximumPixels = maximumPixels
    }

    /// The file, for errors.
    var name: String { source.name }
    /// Bytes in the file.
    var size: Int { source.size }

    /// Bytes from `offset` on; fewer at the end of the file.
    /// - Parameter count: At most the size of a window.
    mutating func bytes(_ offset: Int, _ count: Int) throws -> ArraySlice<UInt8> {
        let end = min(offset + count, size)
        guard offset < end else { return [] }
        if offset < start || end > start + window.count {
            start = offset
            window = try source.bytes(offset..<offset + max(count, Self.windowSize))
        }
        return window[offset - start..<end - start]
    }

    /// Bytes that must be there.
    /// - Parameter what: What they are, for the error.
    mutating func take(_ offset: Int, _ count: Int, _ what: String) throws -> ArraySlice<UInt8> {
        let bytes = try bytes(offset, count)
        guard bytes.count == count else {
            throw malformed(offset, "\(what) (\(counted(count, "byte")))", counted(bytes.count, "more byte"))
        }
        return bytes
    }

    /// Refuses a picture that is too large for who asks.
    /// - Parameter offset: Where its size stands.
    func judge(width: Int, height: Int, at offset: Int) throws(PictureError) {
        guard width <= maximumPixels / height else {
            throw .tooLarge(source: name, offset: offset, width: width, height: height, maximumPixels: maximumPixels)
        }
    }

    func malformed(_ offset: Int, _ expected: String, _ found: String) -> PictureError {
        .malformed(source: name, offset: offset, expected: expected, found: found)
    }
}

extension Sequence<UInt8> {
    /// The number that the bytes are, most significant first.
    var bigEndian: Int { reduce(0) { $0 << 8 | Int($1) } }
    /// The number that the bytes are, least significant first.
    var littleEndian: Int { reversed().bigEndian }
}
