import Tensors

/// A way through a file on which nothing is read twice: its groups' tables and its strings.
struct HDF5Walk {
    let file: HDF5Bytes
    private var visited: Set<Int> = []
    /// Objects of global heaps by their number, a heap an address.
    private var heaps: [UInt64: [Int: Range<Int>]] = [:]
    /// Bytes of tables and strings that may still be read: parts that overlap would make a small file endless.
    private var left: Int

    init(_ file: HDF5Bytes) {
        self.file = file
        // A string is read in its attribute, and out of it.
        left = 2 * file.bytes.count
    }

    /// Counts bytes of a part that has them to itself in a sound file.
    mutating func spend(_ count: Int, at place: Int) throws(FormatError) {
        guard count <= left else {
            throw file.failure(at: place, "parts with bytes of their own", "more than the file has")
        }
        left -= count
    }

    /// Refuses an address that something was already read at.
    mutating func visit(_ address: Int, _ expected: String) throws(FormatError) {
        guard visited.insert(address).inserted else {
            throw file.failure(at: address, expected, "one that was read before")
        }
    }

    struct Member {
        let name: String
        let address: Int
        /// Where the file says so.
        let place: Int
    }

    // MARK: Groups

    /// A group's members, by its tree of symbol tables and its heap of names.
    mutating func members(of table: (tree: Int, heap: Int)) throws(FormatError) -> [Member] {
        try visit(table.heap, "a heap of names of its own")
        var reader = try file.reader(at: UInt64(table.heap), signature: "HEAP", version: 0, "a heap of names")
        let size = try reader.uint64LittleEndian("a heap's size")
        _ = try reader.take(8, "a heap's free list")
        let names = try file.reader(at: try reader.uint64LittleEndian("a heap's address"), size: size, "names")
        var members: [Member] = []
        var seen: Set<String> = []
        try readTree(at: table.tree, level: nil, names: names, &members)
        for member in members {
            guard seen.insert(member.name).inserted else {
                throw file.failure(at: member.place, "each name once in a group", "\"\(member.name)\" again")
            }
        }
        return members
    }

    /// - Parameter level: What its own must be; nil for a tree's root.
    private mutating func readTree(
        at address: Int, level: UInt8?, names: ByteReader, _ members: inout [Member]
    ) throws(FormatError) {
        try visit(address, "a node of one tree")
        var reader = try file.reader(at: UInt64(address), signature: "TREE", version: nil, "a group's tree")
        let kind = try reader.uint8("a tree's type")
        let own = try reader.uint8("a tree's level")
        guard kind == 0, level ?? own == own else {
            throw file.failure(
                at: address, "a tree of a group's members" + (level.map { ", level \($0)" } ?? ""),
                "type \(kind), level \(own)")
        }
        let count = try reader.uint16LittleEndian("a count of a tree's entries")
        _ = try reader.take(24, "a tree's neighbours")
        try spend(16 * count, at: address)
        for _ in 0..<count {
            let child = try file.address(&reader, "a tree's child")
            _ = try reader.take(8, "a tree's key")
            if own > 0 {
                try readTree(at: child, level: own - 1, names: names, &members)
            } else {
                try readSymbols(at: child, names: names, &members)
            }
        }
    }

    private mutating func readSymbols(
        at address: Int, names: ByteReader, _ members: inout [Member]
    ) throws(FormatError) {
        try visit(address, "a symbol table of one group")
        var reader = try file.reader(at: UInt64(address), signature: "SNOD", version: nil, "a symbol table")
        _ = try reader.take(2, "a symbol table's version")
        let count = try reader.uint16LittleEndian("a count of symbols")
        try spend(40 * count, at: address)
        for _ in 0..<count {
            let place = reader.offset
            let nameOffset = try reader.uint64LittleEndian("a name's offset")
            let object = try reader.uint64LittleEndian("an object's address")
            let kind = try reader.uint32LittleEndian("a symbol's kind")
            _ = try reader.take(20, "a symbol")
            let name = try self.name(at: nameOffset, in: names, place)
            guard kind < 2 else {
                throw file.failure(at: place, "objects of the file in \"\(name)\"", "a link to elsewhere")
            }
            guard object < UInt64(file.bytes.count) else {
                throw file.failure(at: place, "\"\(name)\" within the file", "address \(object)")
            }
            members.append(Member(name: name, address: Int(object), place: place))
        }
    }

    private mutating func name(at offset: UInt64, in names: ByteReader, _ place: Int) throws(FormatError) -> String {
        let expected = "a name of 1 to \(HDF5File.pathLimit) bytes without a slash"
        guard offset < UInt64(names.remaining) else {
            throw file.failure(at: place, expected, "one outside its heap")
        }
        let start = names.offset + Int(offset)
        let bytes = file.bytes[start..<min(start + HDF5File.pathLimit + 1, names.end)].prefix { $0 != 0 }
        guard (1...HDF5File.pathLimit).contains(bytes.count), !bytes.contains(UInt8(ascii: "/")),
            let name = String(validating: bytes, as: UTF8.self), name.isStreamSafe
        else {
            throw file.failure(at: start, expected, bytes.isEmpty ? "none" : "another")
        }
        try spend(bytes.count, at: start)
        return name
    }

    // MARK: Strings

    /// Attributes that are strings, or lists of them, by name.
    mutating func strings(_ messages: [Range<Int>]) throws(FormatError) -> [String: [String]] {
        var attributes: [String: [String]] = [:]
        for message in messages {
            var reader = ByteReader(file.bytes, source: file.source, range: message)
            let version = try reader.uint8("an attribute's version")
            guard version == 1 || version == 2 || version == 3 else {
                throw file.failure(at: message.lowerBound, "an attribute of version 1 to 3", "\(version)")
            }
            let flags = try reader.uint8("an attribute's flags")
            guard version == 1 || flags == 0 else {
                throw file.failure(at: message.lowerBound, "an attribute with a type of its own", "a shared one")
            }
            let sizes = [
                try reader.uint16LittleEndian("a name's size"), try reader.uint16LittleEndian("a type's size"),
                try reader.uint16LittleEndian("a shape's size"),
            ]
            if version == 3 { _ = try reader.uint8("a name's encoding") }
            let parts = try sizes.map { size throws(FormatError) in
                let range = try reader.range(version == 1 ? (size + 7) & ~7 : size, "an attribute")
                return ByteReader(file.bytes, source: file.source, range: range.lowerBound..<range.lowerBound + size)
            }
            var (type, space) = (parts[1], parts[2])
            guard let name = Self.text(parts[0].next(sizes[0])) else {
                throw file.failure(at: parts[0].offset, "an attribute's name in UTF-8", "other bytes")
            }
            let kind = try HDF5Type(&type, file)
            let shape = try HDF5Space.read(&space, file)
            guard let string = kind.string else { continue }
            guard let count = checkedProduct(shape), let size = checkedProduct([count, kind.size]) else {
                throw file.failure(at: message.lowerBound, "fewer than 2^63 bytes", "shape \(shape)")
            }
            var values = ByteReader(
                file.bytes, source: file.source, range: try reader.range(size, "the values of an attribute"))
            guard attributes[name] == nil else {
                throw file.failure(at: message.lowerBound, "each attribute once", "\"\(name)\" again")
            }
            attributes[name] = try (0..<count).map { _ throws(FormatError) in
                let place = values.offset
                let bytes =
                    string == .fixed
                    ? try values.take(kind.size, "a string") : try variableString(&values)
                try spend(bytes.count, at: place)
                guard let text = Self.text(bytes) else {
                    throw file.failure(at: place, "strings in UTF-8 as attribute \"\(name)\"", "other bytes")
                }
                return text
            }
        }
        return attributes
    }

    /// Up to the first zero byte, as C has strings.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        let text = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
        return text?.isStreamSafe == true ? text : nil
    }

    /// A string in a heap that many objects share.
    private mutating func variableString(_ reader: inout ByteReader) throws(FormatError) -> ArraySlice<UInt8> {
        let place = reader.offset
        let size = try reader.uint32LittleEndian("a string's size")
        let address = try reader.uint64LittleEndian("a heap's address")
        let number = try reader.uint32LittleEndian("a string's number")
        if size == 0 { return [] }
        if heaps[address] == nil { heaps[address] = try heap(at: address) }
        guard let range = heaps[address]?[number], size <= range.count else {
            throw file.failure(at: place, "string \(number) of \(size) bytes in the heap at \(address)", "none")
        }
        return file.bytes[range.prefix(size)]
    }

    private mutating func heap(at address: UInt64) throws(FormatError) -> [Int: Range<Int>] {
        var start = try file.reader(at: address, signature: "GCOL", version: 1, "a heap of strings")
        let size = try start.uint64LittleEndian("a heap's size")
        var reader = try file.reader(at: address, size: size, "a heap of strings")
        try spend(reader.remaining, at: reader.offset)
        _ = try reader.take(16, "a heap's header")
        var objects: [Int: Range<Int>] = [:]
        while reader.remaining >= 16 {
            let place = reader.offset
            let number = try reader.uint16LittleEndian("a string's number")
            // What is left belongs to nobody.
            if number == 0 { break }
            _ = try reader.take(6, "a reference count")
            let size = try reader.uint64LittleEndian("a string's size")
            let range = try reader.range(Int(clamping: size), "a string in a heap")
            _ = try reader.take(min(-range.count & 7, reader.remaining), "padding")
            guard objects.updateValue(range, forKey: number) == nil else {
                throw file.failure(at: place, "each string once in a heap", "number \(number) again")
            }
        }
        return objects
    }
}
