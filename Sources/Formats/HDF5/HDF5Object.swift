import Tensors

/// An object header: the messages that say what a group or a dataset is.
struct HDF5Object {
    /// Where the tables of a group's members lie; nil for a dataset.
    private(set) var symbolTable: (tree: Int, heap: Int)?
    /// Where each attribute's message lies.
    private(set) var attributes: [Range<Int>] = []
    private var shape: [Int]?
    private var type: HDF5Type?
    private var values: Range<Int>?

    private enum Message: Int {
        case dataspace = 1
        case type = 3
        case externalFiles = 7
        case layout = 8
        case filters = 11
        case attribute = 12
        case continuation = 16
        case symbolTable = 17
        case manyAttributes = 21
    }

    /// Reads the header at an address, and all pieces that it goes on in.
    init(at address: Int, _ walk: inout HDF5Walk) throws(FormatError) {
        let file = walk.file
        var reader = try file.reader(at: UInt64(address), "an object header")
        let version = try reader.uint8("an object header's version")
        guard version == 1 else {
            let found = version == UInt8(ascii: "O") ? "version 2, of a newer form (libver)" : "version \(version)"
            throw file.failure(at: address, "an object header of version 1", found)
        }
        _ = try reader.uint8("a reserved byte")
        let count = try reader.uint16LittleEndian("a count of messages")
        _ = try reader.take(4, "a reference count")
        let size = try reader.uint32LittleEndian("an object header's size")
        _ = try reader.take(4, "padding")
        var pieces = [try reader.range(size, "an object header's messages")]
        var left = count
        while let piece = pieces.popLast() {
            try walk.spend(piece.count, at: piece.lowerBound)
            var messages = ByteReader(file.bytes, source: file.source, range: piece)
            while left > 0, messages.remaining >= 8 {
                left -= 1
                if let next = try read(&messages, file) {
                    try walk.visit(next.lowerBound, "a continuation of its own")
                    pieces.append(next)
                }
            }
        }
    }

    /// Reads one message.
    /// - Returns: Where more messages lie, if it says so.
    private mutating func read(_ reader: inout ByteReader, _ file: HDF5Bytes) throws(FormatError) -> Range<Int>? {
        let place = reader.offset
        let kind = Message(rawValue: try reader.uint16LittleEndian("a message's type"))
        let size = try reader.uint16LittleEndian("a message's size")
        let flags = try reader.uint8("a message's flags")
        _ = try reader.take(3, "reserved bytes")
        let body = try reader.range(size, "a message")
        guard let kind else { return nil }
        if flags & 2 != 0 {
            throw file.failure(at: place, "messages that stand in the object itself", "one that is shared")
        }
        var message = ByteReader(file.bytes, source: file.source, range: body)
        func once<Value>(_ value: Value?) throws(FormatError) {
            if value != nil { throw file.failure(at: place, "each message once", "another of type \(kind.rawValue)") }
        }
        switch kind {
        case .dataspace:
            try once(shape)
            shape = try HDF5Space.read(&message, file)
        case .type:
            try once(type)
            type = try HDF5Type(&message, file)
        case .layout:
            try once(values)
            values = try Self.layout(&message, file)
        case .attribute:
            attributes.append(body)
        case .continuation:
            let address = try message.uint64LittleEndian("the address of a continuation")
            let size = try message.uint64LittleEndian("the size of a continuation")
            let piece = try file.reader(at: address, size: size, "a continuation of an object header")
            return piece.offset..<piece.end
        case .symbolTable:
            try once(symbolTable)
            symbolTable = (
                try file.address(&message, "a group's tree"), try file.address(&message, "a group's names")
            )
        case .externalFiles:
            throw file.failure(at: place, "values within the file", "external files")
        case .filters:
            throw file.failure(at: place, "values as they are", "filters, such as compression")
        case .manyAttributes:
            _ = try message.take(2, "attribute information")
            let address = try message.uint64LittleEndian("the address of attributes")
            guard address == HDF5Bytes.undefined else {
                throw file.failure(at: place, "attributes in the object itself", "dense attributes, of a newer form")
            }
        }
        return nil
    }

    /// Where a dataset's values lie; an empty range at 0 where nothing was ever written.
    private static func layout(_ reader: inout ByteReader, _ file: HDF5Bytes) throws(FormatError) -> Range<Int> {
        let place = reader.offset
        let version = try reader.uint8("a layout's version")
        guard version == 3 else { throw file.failure(at: place, "a data layout of version 3", "\(version)") }
        let kind = try reader.uint8("a layout's class")
        switch kind {
        case 0:
            let size = try reader.uint16LittleEndian("a size of values")
            return try reader.range(size, "compact values")
        case 1:
            let address = try reader.uint64LittleEndian("an address of values")
            let size = try reader.uint64LittleEndian("a size of values")
            if address == HDF5Bytes.undefined { return 0..<0 }
            let values = try file.reader(at: address, size: size, "values")
            return values.offset..<values.end
        default:
            throw file.failure(at: place, "contiguous values", kind == 2 ? "chunked ones" : "layout class \(kind)")
        }
    }

    /// What the messages say of a dataset.
    func dataset(_ path: String, at address: Int, _ file: HDF5Bytes) throws(FormatError) -> HDF5File.Dataset {
        guard let shape, let type, let values else {
            throw file.failure(
                at: address, "the shape, type and values of the dataset \"\(path)\", or a group's symbol table",
                "fewer of them")
        }
        guard let size = checkedProduct(shape + [type.size]) else {
            throw file.failure(at: address, "a shape of fewer than 2^63 bytes", "\(shape)")
        }
        guard values.count == size else {
            throw file.failure(
                at: address, "\(counted(size, "byte")) for \"\(path)\" of shape \(shape)",
                values.isEmpty ? "none written" : "\(values.count)")
        }
        return HDF5File.Dataset(path: path, shape: shape, type: type.element, typeName: type.name, range: values)
    }
}
