import Tensors

/// One array in NumPy's NPY format.
/// - SeeAlso: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package enum NPY {
    /// Reads a whole file, values of either byte order and axes in either order.
    ///
    /// Taken are float32, and float64, int64 and uint8 as far as Float32 holds their values (see `ElementType`).
    ///
    /// Refused are headers beyond `headerLimit`, other element types (objects among them, which are pickles and can
    /// run code), and values shorter or longer than the shape.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package static func parse(_ bytes: [UInt8], source: String) throws(FormatError) -> Tensor {
        let outline = try Outline(parsing: bytes, size: bytes.count, source: source)
        let header = outline.header
        let values = try header.type.floats(bytes, outline.range, isBigEndian: header.isBigEndian, source: source)
        let shape = Shape(header.shape)
        return Tensor(shape, header.isFortranOrder ? rowMajor(values, shape: shape) : values)
    }

    /// What a file says of its array.
    package struct Outline: Sendable {
        let header: NPYHeader
        /// Where the values lie.
        package let range: Range<Int>

        package var type: ElementType { header.type }
        package var shape: [Int] { header.shape }
        /// Whether the values lie in the order of the shape, last axis first, as bytes are had without a change.
        package var isPlain: Bool { !header.isFortranOrder && (header.type.size == 1 || !header.isBigEndian) }

        /// Reads the header and judges it by the file's size.
        /// - Parameters:
        ///   - start: The file's first bytes, `headSize` of them or the whole file.
        ///   - size: Bytes of the file.
        package init(parsing start: [UInt8], size: Int, source: String) throws(FormatError) {
            var reader = ByteReader(start, source: source)
            let found = try reader.take(magic.count, "NPY magic")
            guard found.elementsEqual(magic) else {
                try ForeignFile.refuse(start, wanted: "an NPY file (numpy.save writes one)", source: source)
                throw reader.failure(at: 0, expected: "NPY magic \(hexadecimal(magic))", found: hexadecimal(found))
            }
            let version = try reader.uint8("an NPY version")
            guard (1...3).contains(version) else {
                throw reader.failure(at: 6, expected: "NPY version 1, 2 or 3", found: "\(version)")
            }
            _ = try reader.uint8("an NPY minor version")
            let lengthOffset = reader.offset
            let length =
                version == 1
                ? try reader.uint16LittleEndian("an NPY header length")
                : try reader.uint32LittleEndian("an NPY header length")
            guard length <= headerLimit else {
                throw reader.failure(
                    at: lengthOffset, expected: "an NPY header of at most \(headerLimit) bytes",
                    found: "one of \(length)")
            }
            let headerRange = try reader.range(length, "an NPY header")
            header = try NPYHeader(parsing: start, range: headerRange, source: source)
            guard let count = checkedProduct(header.shape + [header.type.size]) else {
                throw reader.failure(
                    at: headerRange.lowerBound, expected: "a shape of fewer than 2^63 bytes", found: "\(header.shape)")
            }
            let values = "the values of shape \(header.shape)"
            guard count <= size - reader.offset else {
                throw reader.failure(
                    expected: "\(values) (\(counted(count, "byte")))",
                    found: counted(size - reader.offset, "byte"))
            }
            range = reader.offset..<reader.offset + count
            guard range.upperBound == size else {
                throw reader.failure(
                    at: range.upperBound, expected: "the end after \(values)",
                    found: counted(size - range.upperBound, "more byte"))
            }
        }
    }

    /// The first bytes of a file, which have its whole header.
    package static let headSize = headerLimit + 12

    /// An array with the element type that its values are written in.
    package enum Array: Sendable {
        /// Real numbers of any shape.
        case float32(Tensor)
        /// A row of labels, indices or counts.
        case int64([Int])

        fileprivate var dimensions: [Int] {
            switch self {
            case .float32(let tensor): tensor.shape.dimensions
            case .int64(let values): [values.count]
            }
        }

        /// NumPy's name of the element type, little-endian.
        fileprivate var description: String {
            switch self {
            case .float32: "<f4"
            case .int64: "<i8"
            }
        }
    }

    /// The bytes of a file that holds `tensor` as little-endian float32, version 1.
    package static func serialized(_ tensor: Tensor) -> [UInt8] { serialized(.float32(tensor)) }

    /// The bytes of a file that holds `array`, version 1.
    package static func serialized(_ array: Array) -> [UInt8] {
        let sizes = array.dimensions
        let header = header(array.description, sizes)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.count + 8 * sizes.reduce(1, *))
        bytes.append(contentsOf: header)
        switch array {
        case .float32(let tensor): bytes.append(littleEndian: tensor.values)
        case .int64(let values): for value in values { bytes.append(littleEndian: Int64(value)) }
        }
        return bytes
    }

    /// What stands before the values, version 1.
    /// - Parameters:
    ///   - type: NumPy's name of the element type: `<f4`.
    ///   - sizes: The shape.
    static func header(_ type: String, _ sizes: [Int]) -> [UInt8] {
        let tuple = sizes.map(String.init).joined(separator: ", ") + (sizes.count == 1 ? "," : "")
        var header = [UInt8]("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(tuple)), }".utf8)
        // The values begin at a multiple of 64, after a line break.
        let unpadded = magic.count + 4 + header.count + 1
        header.append(contentsOf: repeatElement(0x20, count: -unpadded & 63))
        header.append(0x0A)

        var bytes: [UInt8] = []
        bytes.append(contentsOf: magic + [1, 0])
        bytes.append(littleEndian: UInt16(header.count))
        return bytes + header
    }

    /// The largest header that is read, in bytes, as in NumPy.
    package static let headerLimit = 10_000

    /// How a file begins.
    package static let magic: [UInt8] = [0x93] + [UInt8]("NUMPY".utf8)

    /// Values whose first axis varies fastest, put into row-major order.
    private static func rowMajor(_ values: [Float], shape: Shape) -> [Float] {
        var strides: [Int] = []
        var step = 1
        for extent in shape.dimensions {
            strides.append(step)
            step *= extent
        }
        var ordered: [Float] = []
        ordered.reserveCapacity(values.count)
        var index = [Int](repeating: 0, count: shape.rank)
        var position = 0
        for _ in values.indices {
            ordered.append(values[position])
            // Steps the index like an odometer, last axis first.
            for axis in shape.dimensions.indices.reversed() {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= strides[axis] * index[axis]
                index[axis] = 0
            }
        }
        return ordered
    }
}
