@testable import Formats

/// Writes HDF5 files by hand, sound or not: every structure at the end of the bytes so far, the superblock first.
struct HDF5Writer {
    indirect enum Node {
        case group([(name: String, node: Node)], more: [[UInt8]] = [])
        case object([[UInt8]])
        /// An object that was written before.
        case at(Int)
    }

    private(set) var bytes: [UInt8]

    /// - Parameter version: Of the superblock.
    init(version: UInt8 = 0) {
        bytes = HDF5Bytes.signature + [version, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]
        if version == 1 { bytes += [32, 0, 0, 0] }
        bytes += littleEndian(UInt64(0)) + littleEndian(UInt64.max)
        bytes += [UInt8](repeating: 0, count: 8) + littleEndian(UInt64.max)
        // The root's entry, whose address is its second number.
        bytes += [UInt8](repeating: 0, count: 40)
    }

    /// A whole file with this root.
    static func file(_ root: Node, version: UInt8 = 0) -> [UInt8] {
        var writer = HDF5Writer(version: version)
        return writer.finish(root)
    }

    mutating func finish(_ root: Node) -> [UInt8] {
        let start = bytes[8] == 0 ? 0 : 4
        let address = write(root)
        bytes.replaceSubrange(40 + start..<48 + start, with: littleEndian(UInt64(bytes.count)))
        bytes.replaceSubrange(64 + start..<72 + start, with: littleEndian(UInt64(address)))
        return bytes
    }

    /// Appends bytes, and returns their address.
    mutating func append(_ part: [UInt8]) -> Int {
        defer { bytes += part }
        return bytes.count
    }

    mutating func write(_ node: Node) -> Int {
        switch node {
        case .at(let address): return address
        case .object(let messages): return append(Self.header(messages))
        case .group(let members, let more):
            let addresses = members.map { write($0.node) }
            var (names, symbols): ([UInt8], [UInt8]) = (Array(repeating: 0, count: 8), [])
            for (member, address) in zip(members, addresses) {
                symbols += littleEndian(UInt64(names.count)) + littleEndian(UInt64(address))
                symbols += [UInt8](repeating: 0, count: 24)
                names += Array(member.name.utf8) + [0]
            }
            let segment = append(names)
            let heap = append(
                Array("HEAP".utf8) + [0, 0, 0, 0] + littleEndian(UInt64(names.count)) + littleEndian(UInt64.max)
                    + littleEndian(UInt64(segment)))
            let table = append(Array("SNOD".utf8) + [1, 0] + littleEndian(UInt16(members.count)) + symbols)
            let tree = append(Self.tree(level: 0, [table]))
            return append(
                Self.header([Self.message(17, littleEndian(UInt64(tree)) + littleEndian(UInt64(heap)))] + more))
        }
    }

    static func tree(type: UInt8 = 0, level: UInt8, _ children: [Int]) -> [UInt8] {
        Array("TREE".utf8) + [type, level] + littleEndian(UInt16(children.count)) + littleEndian(UInt64.max)
            + littleEndian(UInt64.max) + [UInt8](repeating: 0, count: 8)
            + children.flatMap { littleEndian(UInt64($0)) + [UInt8](repeating: 0, count: 8) }
    }

    static func header(_ messages: [[UInt8]], count: Int? = nil) -> [UInt8] {
        let body = messages.flatMap { $0 }
        return [1, 0] + littleEndian(UInt16(count ?? messages.count)) + [1, 0, 0, 0] + littleEndian(UInt32(body.count))
            + [0, 0, 0, 0] + body
    }

    /// A message, filled up to a multiple of eight bytes.
    static func message(_ type: UInt16, _ body: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        let body = body + [UInt8](repeating: 0, count: -body.count & 7)
        return littleEndian(type) + littleEndian(UInt16(body.count)) + [flags, 0, 0, 0] + body
    }

    static func space(_ shape: [UInt64], version: UInt8 = 1) -> [UInt8] {
        [version, UInt8(shape.count), 0, version == 2 ? 1 : 0] + (version == 2 ? [] : [0, 0, 0, 0])
            + shape.flatMap { littleEndian($0) }
    }

    static let float16: [UInt8] = [0x11, 0x20, 15, 0, 2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]
    static let float32: [UInt8] = [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]
    static let float64: [UInt8] = [0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0]
    static let int64: [UInt8] = [0x10, 0x08, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0]
    static let int32: [UInt8] = [0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0]
    static let uint8: [UInt8] = [0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]
    static let variableString: [UInt8] = [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]
    static func fixedString(_ size: UInt32) -> [UInt8] { [0x13, 0, 0, 0] + littleEndian(size) }

    /// A contiguous layout; values that nobody wrote have no address.
    static func layout(at address: UInt64, _ size: Int) -> [UInt8] {
        [3, 1] + littleEndian(address) + littleEndian(UInt64(size))
    }

    /// The messages of a dataset whose values lie in its header.
    static func compact(_ shape: [UInt64], _ type: [UInt8], _ values: [UInt8]) -> [[UInt8]] {
        [message(1, space(shape)), message(3, type), message(8, [3, 0] + littleEndian(UInt16(values.count)) + values)]
    }

    static func attribute(
        _ name: String, _ type: [UInt8], _ space: [UInt8], _ values: [UInt8], version: UInt8 = 1, flags: UInt8 = 0
    ) -> [UInt8] {
        let parts = [Array(name.utf8) + [0], type, space]
        let padded = version == 1 ? parts.map { $0 + [UInt8](repeating: 0, count: -$0.count & 7) } : parts
        return message(
            12,
            [version, flags] + parts.flatMap { littleEndian(UInt16($0.count)) } + (version == 3 ? [0] : [])
                + padded.flatMap { $0 } + values)
    }

    /// A heap of strings numbered from 1, and what refers to each.
    static func heap(_ texts: [String], at address: Int) -> (heap: [UInt8], references: [[UInt8]]) {
        var objects: [UInt8] = []
        for (place, text) in texts.enumerated() {
            let bytes = Array(text.utf8)
            objects += littleEndian(UInt16(place + 1)) + [1, 0, 0, 0, 0, 0] + littleEndian(UInt64(bytes.count)) + bytes
            objects += [UInt8](repeating: 0, count: -bytes.count & 7)
        }
        // What is left has the number 0.
        objects += [UInt8](repeating: 0, count: 24)
        let heap = Array("GCOL".utf8) + [1, 0, 0, 0] + littleEndian(UInt64(16 + objects.count)) + objects
        let references = texts.enumerated().map { place, text in
            littleEndian(UInt32(text.utf8.count)) + littleEndian(UInt64(address)) + littleEndian(UInt32(place + 1))
        }
        return (heap, references)
    }
}
