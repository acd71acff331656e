/// An element type as a datatype message has it.
struct HDF5Type {
    /// Bytes of one element.
    let size: Int
    /// Nil where it is no number that a `Tensor` takes.
    let element: ElementType?
    /// Whether an element is a string of `size` bytes, or a reference to one in a heap.
    let string: StringKind?
    /// For errors: `int32`, `string`.
    let name: String

    enum StringKind {
        case fixed
        case variable
    }

    init(_ reader: inout ByteReader, _ file: HDF5Bytes) throws(FormatError) {
        let place = reader.offset
        let first = try reader.uint8("a datatype")
        guard (1...3).contains(first >> 4) else {
            throw file.failure(at: place, "a datatype of version 1 to 3", "version \(first >> 4)")
        }
        let bits = Array(try reader.take(3, "a datatype"))
        size = try reader.uint32LittleEndian("a datatype's size")
        guard size > 0 else { throw file.failure(at: place, "elements of a byte or more", "of 0 bytes") }
        switch first & 15 {
        case 0:
            let isSigned = bits[0] & 8 != 0
            let properties = Array(try reader.take(4, "an integer's bits"))
            let isPlain = bits[0] & 1 == 0 && properties == [0, 0, UInt8(truncatingIfNeeded: 8 * size), 0]
            element =
                switch (isPlain, isSigned, size) {
                case (true, true, 8): .int64
                case (true, false, 1): .uint8
                default: nil
                }
            (string, name) = (nil, "\(isSigned ? "" : "u")int\(8 * size)\(bits[0] & 1 == 0 ? "" : ", big-endian")")
        case 1:
            let isLittleEndian = bits[0] & 0x41 == 0
            let properties = Array(try reader.take(12, "a float's bits"))
            element = isLittleEndian ? Self.float(size, properties, sign: bits[1]) : nil
            (string, name) = (nil, "float\(8 * size)\(isLittleEndian ? "" : ", big-endian")")
        case 3:
            (element, string, name) = (nil, .fixed, "string")
        case 9 where bits[0] & 15 == 1:
            guard size == 16 else { throw file.failure(at: place, "a string's reference of 16 bytes", "\(size)") }
            (element, string, name) = (nil, .variable, "string")
        case let kind:
            (element, string, name) = (nil, nil, "datatype class \(kind)")
        }
    }

    /// The IEEE type of these bits.
    private static func float(_ size: Int, _ properties: [UInt8], sign: UInt8) -> ElementType? {
        floats.first { $0.size == size && $0.properties == properties && $0.sign == sign }?.type
    }

    /// Bit offset, precision, places and sizes of exponent and mantissa, exponent bias, and the sign's place.
    private static let floats: [(type: ElementType, size: Int, properties: [UInt8], sign: UInt8)] = [
        (.float16, 2, [0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0], 15),
        (.float32, 4, [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0], 31),
        (.float64, 8, [0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0], 63),
    ]
}

/// A shape as a dataspace message has it.
enum HDF5Space {
    /// Reads [] for a single value, [0] for none.
    static func read(_ reader: inout ByteReader, _ file: HDF5Bytes) throws(FormatError) -> [Int] {
        let place = reader.offset
        let version = try reader.uint8("a dataspace's version")
        guard version == 1 || version == 2 else {
            throw file.failure(at: place, "a dataspace of version 1 or 2", "\(version)")
        }
        let rank = try reader.uint8("a number of axes")
        guard rank <= 32 else { throw file.failure(at: place, "at most 32 axes", "\(rank)") }
        _ = try reader.uint8("a dataspace's flags")
        let kind = try reader.uint8("a dataspace's kind")
        if version == 1 {
            _ = try reader.take(4, "reserved bytes")
        } else if kind == 2 {
            return [0]
        }
        var shape: [Int] = []
        for _ in 0..<rank {
            let extent = try reader.uint64LittleEndian("an axis")
            guard let extent = Int(exactly: extent) else {
                throw file.failure(at: place, "axes of fewer than 2^63", "\(extent)")
            }
            shape.append(extent)
        }
        return shape
    }
}
