/// Thrift's compact protocol, as far as Parquet's metadata needs it.
/// - SeeAlso: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
struct ThriftCompact {
    private(set) var bytes: [UInt8] = []
    /// The last field's number, of each structure that is open.
    private var fields: [Int] = []

    private enum Kind: UInt8 {
        case int32 = 5
        case int64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    /// Writes a structure that stands by itself; `body` writes its fields, in ascending order.
    static func structure(_ body: (inout ThriftCompact) -> Void) -> [UInt8] {
        var writer = ThriftCompact()
        writer.members(body)
        return writer.bytes
    }

    private mutating func members(_ body: (inout ThriftCompact) -> Void) {
        fields.append(0)
        body(&self)
        fields.removeLast()
        bytes.append(0)
    }

    mutating func int32(_ field: Int, _ value: Int) {
        head(field, .int32)
        zigzag(value)
    }

    mutating func int64(_ field: Int, _ value: Int) {
        head(field, .int64)
        zigzag(value)
    }

    mutating func text(_ field: Int, _ value: String) {
        head(field, .binary)
        string(value)
    }

    mutating func structure(_ field: Int, _ body: (inout ThriftCompact) -> Void) {
        head(field, .structure)
        members(body)
    }

    mutating func structures<Item>(_ field: Int, _ items: [Item], _ body: (inout ThriftCompact, Item) -> Void) {
        head(field, .list)
        list(items.count, .structure)
        for item in items { members { body(&$0, item) } }
    }

    mutating func int32s(_ field: Int, _ values: [Int]) {
        head(field, .list)
        list(values.count, .int32)
        for value in values { zigzag(value) }
    }

    mutating func texts(_ field: Int, _ values: [String]) {
        head(field, .list)
        list(values.count, .binary)
        for value in values { string(value) }
    }

    private mutating func head(_ field: Int, _ kind: Kind) {
        let step = field - fields[fields.count - 1]
        precondition((1...15).contains(step), "fields are written in ascending order")
        bytes.append(UInt8(step) << 4 | kind.rawValue)
        fields[fields.count - 1] = field
    }

    private mutating func list(_ count: Int, _ kind: Kind) {
        if count < 15 {
            bytes.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            varint(UInt64(count))
        }
    }

    private mutating func string(_ value: String) {
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Small numbers of either sign take few bytes.
    private mutating func zigzag(_ value: Int) { varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63))) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
