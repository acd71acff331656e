import Tensors

/// An array of unsigned bytes in the IDX format, as MNIST is published.
///
/// Two zero bytes, the element type, the rank, a 32-bit big-endian size for each axis, then the values.
/// - SeeAlso: yann.lecun.com/exdb/mnist, "the IDX file format".
package struct IDX: Sendable {
    /// The extent of each axis, outermost first; at least one axis.
    package let dimensions: [Int]
    /// The values, row-major.
    package let values: [UInt8]

    /// Reads a whole file from memory; `IDXFile` says what is refused.
    /// - Parameters:
    ///   - bytes: The file, plain or gzip.
    ///   - source: Its name, for errors.
    /// - Throws: `FormatError`.
    package init(parsing bytes: [UInt8], source: String) throws {
        let file = try IDXFile(ByteSource(bytes, name: source))
        dimensions = file.dimensions
        values = try file.values()
    }

    /// The most values that are read.
    package static let limit = 1 << 32

    /// What stands before the values.
    struct Header {
        /// Where the sizes of the axes begin; their number stands in the byte before.
        static let axes = 4

        let dimensions: [Int]
        /// The number of values, which is their size in bytes.
        let count: Int
        /// The bytes of the header itself.
        var size: Int { Self.axes + 4 * dimensions.count }
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
