/// The fields of a Protocol Buffers message, as they stand in its bytes: enough to read what is written here.
struct ProtobufFields {
    enum Value: Equatable {
        case varint(UInt64)
        case bytes([UInt8])
        case fixed32(UInt32)
    }

    struct Damaged: Error {}

    private(set) var fields: [(number: Int, value: Value)] = []

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        func varint() throws -> UInt64 {
            var (value, shift) = (UInt64(0), UInt64(0))
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
                if shift > 63 { break }
            }
            throw Damaged()
        }
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count <= rest.count else { throw Damaged() }
            defer { rest.removeFirst(count) }
            return rest.prefix(count)
        }
        while !rest.isEmpty {
            let key = try varint()
            let value: Value
            switch key & 7 {
            case 0: value = .varint(try varint())
            case 2: value = .bytes(Array(try take(Int(try varint()))))
            case 5: value = .fixed32(try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) })
            default: throw Damaged()
            }
            fields.append((Int(key >> 3), value))
        }
    }

    func integers(_ number: Int) -> [Int] {
        fields.compactMap { field in
            if field.number == number, case .varint(let value) = field.value {
                Int(truncatingIfNeeded: value)
            } else {
                nil
            }
        }
    }

    func data(_ number: Int) -> [[UInt8]] {
        fields.compactMap { field in
            if field.number == number, case .bytes(let value) = field.value { value } else { nil }
        }
    }

    func strings(_ number: Int) -> [String] { data(number).map { String(decoding: $0, as: UTF8.self) } }

    func float(_ number: Int) -> Float? {
        for field in fields where field.number == number {
            if case .fixed32(let bits) = field.value { return Float(bitPattern: bits) }
        }
        return nil
    }

    func messages(_ number: Int) throws -> [ProtobufFields] { try data(number).map { try ProtobufFields($0) } }
}
