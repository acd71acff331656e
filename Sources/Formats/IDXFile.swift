/// An IDX file, plain or compressed with gzip, of which only the header has been read and judged.
///
/// Values come when they are asked for, as many as are asked for, straight into the memory that they stay in.
package struct IDXFile: Sendable {
    private let source: ByteSource
    private let header: IDX.Header
    private let isCompressed: Bool
    /// Names places in what comes out of gzip.
    private let contents: String

    /// Reads the header and holds it against what is known of the file without inflating it.
    ///
    /// Refused are a plain file of another size than its header declares, and a gzip file that declares more than
    /// deflate can make of it. One that declares more than `freelyInflated` bytes must also have the same size in its
    /// trailer, as every file of one gzip member has.
    /// - Throws: `FormatError`, whose offsets into a compressed file's contents name it `source (inflated)`; whatever
    ///   reading the source throws.
    package init(_ source: ByteSource) throws {
        self.source = source
        isCompressed = Gzip.isCompressed(try source.bytes(0..<2))
        contents = isCompressed ? "\(source.name) (inflated)" : source.name
        let stream = isCompressed ? InflateStream(source, container: .gzip) : nil
        var start = try stream?.bytes(IDX.Header.axes) ?? source.bytes(0..<IDX.Header.axes)
        let size = IDX.Header.axes + 4 * Int(start.last ?? 0)
        start += try stream?.bytes(size - IDX.Header.axes) ?? source.bytes(IDX.Header.axes..<size)
        header = try IDX.Header(parsing: start, source: contents)
        try isCompressed ? judgeCompressed() : judgePlain()
    }

    /// The extent of each axis, outermost first; at least one axis.
    package var dimensions: [Int] { header.dimensions }

    /// Bytes of the file for each byte of its values: 1 where it is plain.
    package var density: Double { isCompressed ? Double(source.size) / Double(max(header.count, 1)) : 1 }

    /// Inflated by less, a broken file is found out while it is read.
    package static let freelyInflated = 1 << 24

    /// The values, row-major.
    /// - Parameter items: Only the first of the outermost axis, and no byte of the rest; all if left out.
    /// - Throws: `FormatError` where the values are not there, or more than they; whatever reading the source throws.
    package func values(first items: Int? = nil) throws -> [UInt8] {
        let all = header.dimensions[0]
        let taken = min(items ?? all, all)
        let count = all == 0 ? 0 : header.count / all * taken
        guard isCompressed else { return try source.bytes(header.size..<header.size + count) }
        let stream = InflateStream(source, container: .gzip)
        _ = try stream.bytes(header.size)
        let values = try stream.bytes(count)
        guard values.count == count else {
            throw missing(found: counted(values.count, "byte"))
        }
        if taken == all { try stream.expectEnd(after: header.fileSize) }
        return values
    }

    private func judgePlain() throws(FormatError) {
        guard source.size >= header.fileSize else { throw missing(found: counted(source.size - header.size, "byte")) }
        guard source.size == header.fileSize else {
            throw FormatError(
                source: contents, offset: header.fileSize,
                expected: "the end after the values of \(header.dimensions)",
                found: counted(source.size - header.fileSize, "more byte"))
        }
    }

    private func judgeCompressed() throws {
        guard header.fileSize <= Inflate.largestRatio * source.size else {
            throw missing(found: "a gzip file of \(counted(source.size, "byte"))")
        }
        guard header.fileSize > Self.freelyInflated else { return }
        // RFC 1952: the size of what was compressed, in 32 bits.
        let trailer = try source.bytes(source.size - 4..<source.size).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard trailer == header.fileSize & 0xFFFF_FFFF else {
            throw FormatError(
                source: source.name, offset: source.size - 4,
                expected: "the \(header.fileSize) bytes that its header declares in one gzip member",
                found: "\(trailer) in its trailer")
        }
    }

    private func missing(found: String) -> FormatError {
        FormatError(
            source: contents, offset: header.size,
            expected: "the values of \(header.dimensions) (\(counted(header.count, "byte")))", found: found)
    }
}
