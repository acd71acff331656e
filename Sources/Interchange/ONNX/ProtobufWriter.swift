/// Bytes in Protocol Buffers' wire format: a field is a key, which is its number and how its value is written, and the
/// value.
/// - SeeAlso: protobuf.dev, "Encoding".
struct ProtobufWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// How a field's value is written, the lower three bits of its key.
    private enum WireType: UInt64 {
        case varint = 0
        case lengthDelimited = 2
        case fixed32 = 5
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func key(_ field: Int, _ type: WireType) { varint(UInt64(field) << 3 | type.rawValue) }

    /// An `int32`, `int64` or `enum`; negative ones take ten bytes.
    mutating func integer(_ field: Int, _ value: Int) {
        key(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// A `float`.
    mutating func float(_ field: Int, _ value: Float) {
        key(field, .fixed32)
        littleEndian(value.bitPattern)
    }

    /// `bytes`.
    mutating func data(_ field: Int, _ value: [UInt8]) {
        key(field, .lengthDelimited)
        varint(UInt64(value.count))
        bytes += value
    }

    /// A `string`.
    mutating func string(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

    /// A message of its own.
    mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        body(&inner)
        data(field, inner.bytes)
    }

    /// `bytes` that are numbers one after the other.
    mutating func numbers<Number: FixedWidthInteger>(_ field: Int, _ values: some Collection<Number>) {
        key(field, .lengthDelimited)
        varint(UInt64(values.count * MemoryLayout<Number>.size))
        bytes.reserveCapacity(bytes.count + values.count * MemoryLayout<Number>.size)
        for value in values { littleEndian(value) }
    }

    private mutating func littleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
