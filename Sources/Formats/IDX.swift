import Tensors

/// An array of unsigned bytes in the IDX format, as MNIST is published: plain, or compressed with gzip.
///
/// Two zero bytes, the element type, the rank, a 32-bit big-endian size for each axis, then the values.
/// - SeeAlso: yann.lecun.com/exdb/mnist, "the IDX file format".
package struct IDX: Sendable {
    /// The extent of each axis, outermost first; at least one axis.
    package let dimensions: [Int]
    /// The values, row-major.
    package let values: [UInt8]

    /// Reads a whole file.
    ///
    /// The header comes first, even out of gzip, so that the size it declares bounds what is inflated; and it may
    /// declare no more than `limit`, nor more than deflate can make of so many bytes.
    /// - Parameters:
    ///   - bytes: The file, plain or gzip.
    ///   - source: Its name, for errors. Offsets into a compressed file's contents name it `source (inflated)`.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        let isCompressed = Gzip.isCompressed(bytes)
        let contents = isCompressed ? "\(source) (inflated)" : source
        let start = isCompressed ? try Gzip.prefix(bytes, source: source, count: Header.largest) : bytes
        let header = try Header(parsing: start, source: contents)

        var plain = bytes
        if isCompressed {
            guard header.fileSize <= Inflate.largestRatio * bytes.count else {
                throw FormatError(
                    source: contents, offset: header.size,
                    expected: "the values of \(header.dimensions) (\(counted(header.count, "byte")))",
                    found: "a gzip file of \(counted(bytes.count, "byte"))")
            }
            plain = try Gzip.inflate(bytes, source: source, limit: header.fileSize)
        }
        var reader = ByteReader(plain, source: contents, range: header.size..<plain.count)
        _ = try reader.range(header.count, "the values of \(header.dimensions)")
        try reader.expectEnd(after: "the values of \(header.dimensions)")
        plain.removeFirst(header.size)
        dimensions = header.dimensions
        values = plain
    }

    /// The extent of each axis, from a file's first bytes alone: plain, or compressed with gzip.
    package static func dimensions(inHead bytes: [UInt8], source: String) throws(FormatError) -> [Int] {
        let isCompressed = Gzip.isCompressed(bytes)
        // Of four axes, one more than images have.
        let start = isCompressed ? try Gzip.prefix(bytes, source: source, count: 20) : bytes
        return try Header(parsing: start, source: source).dimensions
    }

    /// The most values that are read.
    package static let limit = 1 << 32

    /// What stands before the values.
    struct Header {
        /// The most bytes that a header can have: 255 axes.
        static let largest = 4 + 4 * 255

        let dimensions: [Int]
        /// The number of values, which is their size in bytes.
        let count: Int
        /// The bytes of the header itself.
        var size: Int { 4 + 4 * dimensions.count }
        /// The bytes of the whole file.
        var fileSize: Int { size + count }

        init(parsing bytes: [UInt8], source: String) throws(FormatError) {
            var reader = ByteReader(bytes, source: source)
            let magic = try reader.take(2, "IDX magic")
            guard magic.allSatisfy({ $0 == 0 }) else {
                throw reader.failure(at: 0, expected: "IDX magic 0000", found: hexadecimal(magic))
            }
            let type = try reader.uint8("an IDX element type")
            guard type == 0x08 else {
                throw reader.failure(
                    at: 2, expected: "IDX element type 08 (unsigned byte)",
                    found: hexadecimal([type]) + (Self.typeNames[type].map { " (\($0))" } ?? ""))
            }
            let rank = Int(try reader.uint8("an IDX rank"))
            guard rank > 0 else { throw reader.failure(at: 3, expected: "an IDX rank of at least 1", found: "0") }
            var dimensions: [Int] = []
            for axis in 0..<rank { dimensions.append(try reader.uint32BigEndian("the size of axis \(axis)")) }
            guard let count = checkedProduct(dimensions), count <= IDX.limit else {
                throw reader.failure(at: 4, expected: "at most \(IDX.limit) values", found: "\(dimensions)")
            }
            self.dimensions = dimensions
            self.count = count
        }

        /// The types that the format knows and this reader does not take.
        private static let typeNames: [UInt8: String] = [
            0x09: "signed byte", 0x0B: "short", 0x0C: "int", 0x0D: "float", 0x0E: "double",
        ]
    }
}
