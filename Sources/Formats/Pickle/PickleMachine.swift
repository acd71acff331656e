/// The stack machine that a pickle is a program for.
struct PickleMachine {
    private var reader: ByteReader
    private var stack: [Pickle.Value] = []
    /// Where the open lists of operands begin.
    private var marks: [Int] = []
    private var memo: [Int: Pickle.Value] = [:]

    init(_ reader: ByteReader) { self.reader = reader }

    private enum Operation: UInt8 {
        case mark = 0x28, stop = 0x2E, none = 0x4E, reduce = 0x52, build = 0x62, persistentID = 0x51
        case bool0 = 0x89, bool1 = 0x88, int = 0x4A, int1 = 0x4B, int2 = 0x4D, long1 = 0x8A, float = 0x47
        case unicode = 0x58, shortUnicode = 0x8C
        case emptyTuple = 0x29, tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87
        case emptyList = 0x5D, append = 0x61, appends = 0x65
        case emptyDictionary = 0x7D, setItem = 0x73, setItems = 0x75
        case global = 0x63, stackGlobal = 0x93
        case put = 0x71, longPut = 0x72, memoize = 0x94, get = 0x68, longGet = 0x6A
        case frame = 0x95
    }

    /// Runs to the end.
    /// - Returns: The value that is left.
    mutating func run(_ pickle: inout Pickle) throws(FormatError) -> Pickle.Value {
        guard reader.skip(0x80), let version = reader.peek(), (2...5).contains(version) else {
            throw reader.failure(at: reader.offset, expected: "a pickle of protocol 2 to 5", found: "another file")
        }
        _ = reader.skip(version)
        var isDone = false
        while !isDone {
            let place = reader.offset
            let code = try reader.uint8("a pickle's operation")
            guard let operation = Operation(rawValue: code) else {
                throw reader.failure(
                    at: place, expected: "operations of a pickle of tensors; save model.state_dict()",
                    found: "operation 0x\(hexadecimal([code]))")
            }
            try run(operation, at: place, &pickle)
            isDone = operation == .stop
        }
        let value = try pop()
        guard stack.isEmpty, marks.isEmpty else {
            throw reader.failure(expected: "one value at a pickle's end", found: "more")
        }
        try reader.expectEnd(after: "the pickle")
        return value
    }

    private mutating func run(
        _ operation: Operation, at place: Int, _ pickle: inout Pickle
    ) throws(FormatError) {
        switch operation {
        case .mark: marks.append(stack.count)
        case .stop: break
        case .none: stack.append(.none)
        case .bool0: stack.append(.bool(false))
        case .bool1: stack.append(.bool(true))
        case .int:
            stack.append(.int(Int(Int32(truncatingIfNeeded: try reader.uint32LittleEndian("an integer")))))
        case .int1: stack.append(.int(Int(try reader.uint8("an integer"))))
        case .int2: stack.append(.int(try reader.uint16LittleEndian("an integer")))
        case .long1: stack.append(.int(try long()))
        case .float:
            _ = try reader.take(8, "a float")
            stack.append(.float)
        case .unicode: stack.append(.string(try text(try reader.uint32LittleEndian("a string's size"))))
        case .shortUnicode: stack.append(.string(try text(Int(try reader.uint8("a string's size")))))
        case .emptyTuple: push([], &pickle)
        case .tuple: push(try popToMark(), &pickle)
        case .tuple1: push(try pop(1), &pickle)
        case .tuple2: push(try pop(2), &pickle)
        case .tuple3: push(try pop(3), &pickle)
        case .emptyList:
            stack.append(.list(pickle.lists.count))
            pickle.lists.append([])
        case .append: try append(try pop(1), &pickle)
        case .appends: try append(try popToMark(), &pickle)
        case .emptyDictionary: pushDictionary(&pickle)
        case .setItem: try set(try pop(2), &pickle)
        case .setItems: try set(try popToMark(), &pickle)
        case .global:
            let module = try line()
            stack.append(.global(try global(module, try line(), at: place)))
        case .stackGlobal:
            let names = try pop(2)
            guard case (.string(let module), .string(let name)) = (names[0], names[1]) else {
                throw reader.failure(at: place, expected: "the names of a module and a class", found: "other values")
            }
            stack.append(.global(try global(module, name, at: place)))
        case .put: memo[Int(try reader.uint8("a number"))] = try top()
        case .longPut: memo[try reader.uint32LittleEndian("a number")] = try top()
        case .memoize: memo[memo.count] = try top()
        case .get: try recall(Int(try reader.uint8("a number")), at: place)
        case .longGet: try recall(try reader.uint32LittleEndian("a number"), at: place)
        case .frame: _ = try reader.take(8, "a frame's size")
        case .persistentID: stack.append(.storage(try storage(try pop(), at: place, pickle)))
        case .reduce:
            let parts = try pop(2)
            stack.append(try PickleCall(parts[0], parts[1], at: place, reader).result(&pickle))
        case .build:
            // An ordered dictionary's own attributes: versions of modules.
            _ = try pop()
            guard case .dictionary = try top() else {
                throw reader.failure(at: place, expected: "attributes of a dictionary", found: "of another value")
            }
        }
    }

    // MARK: The stack

    private func top() throws(FormatError) -> Pickle.Value {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw reader.failure(expected: "a value for a pickle's operation", found: "none")
        }
        return value
    }

    private mutating func pop() throws(FormatError) -> Pickle.Value {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(_ count: Int) throws(FormatError) -> [Pickle.Value] {
        var values: [Pickle.Value] = []
        for _ in 0..<count { values.append(try pop()) }
        return values.reversed()
    }

    private mutating func popToMark() throws(FormatError) -> [Pickle.Value] {
        guard let mark = marks.popLast() else {
            throw reader.failure(expected: "a mark for a pickle's operation", found: "none")
        }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func push(_ values: [Pickle.Value], _ pickle: inout Pickle) {
        stack.append(.tuple(pickle.tuples.count))
        pickle.tuples.append(values)
    }

    private mutating func pushDictionary(_ pickle: inout Pickle) {
        stack.append(.dictionary(pickle.dictionaries.count))
        pickle.dictionaries.append([])
    }

    private mutating func append(_ values: [Pickle.Value], _ pickle: inout Pickle) throws(FormatError) {
        guard case .list(let number) = try top() else {
            throw reader.failure(expected: "a list to append to", found: "another value")
        }
        pickle.lists[number] += values
    }

    private mutating func set(_ values: [Pickle.Value], _ pickle: inout Pickle) throws(FormatError) {
        guard case .dictionary(let number) = try top(), values.count.isMultiple(of: 2) else {
            throw reader.failure(expected: "a dictionary and pairs for it", found: "other values")
        }
        for place in stride(from: 0, to: values.count, by: 2) {
            pickle.dictionaries[number].append((values[place], values[place + 1]))
        }
    }

    private mutating func recall(_ number: Int, at place: Int) throws(FormatError) {
        guard let value = memo[number] else {
            throw reader.failure(at: place, expected: "a value that was kept as \(number)", found: "none")
        }
        stack.append(value)
    }

    // MARK: Words and numbers

    private mutating func text(_ size: Int) throws(FormatError) -> String {
        let place = reader.offset
        guard let text = String(validating: try reader.take(size, "a string"), as: UTF8.self), text.isStreamSafe else {
            throw reader.failure(at: place, expected: "a string in UTF-8", found: "other bytes")
        }
        return text
    }

    private mutating func line() throws(FormatError) -> String {
        let text = String(decoding: reader.take { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        guard reader.skip(0x0A) else { throw reader.failure(expected: "a name and a line break") }
        return text
    }

    /// A whole number of up to eight bytes, least significant first, in two's complement.
    private mutating func long() throws(FormatError) -> Int {
        let size = Int(try reader.uint8("an integer's size"))
        guard size <= 8 else { throw reader.failure(expected: "an integer of at most 8 bytes", found: "\(size)") }
        let bytes = try reader.take(size, "an integer")
        let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
        return bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    }

    private func global(_ module: String, _ name: String, at place: Int) throws(FormatError) -> Pickle.Global {
        guard let global = Pickle.Global(module: module, name: name) else {
            throw reader.failure(
                at: place, expected: "numbers: save model.state_dict()", found: "\(module).\(name), which is code")
        }
        return global
    }

    /// `('storage', torch.FloatStorage, '0', 'cpu', 36)`.
    private func storage(
        _ value: Pickle.Value, at place: Int, _ pickle: Pickle
    ) throws(FormatError) -> Pickle.Storage {
        if case .tuple(let number) = value, pickle.tuples[number].count == 5,
            case (.string("storage"), .global(.storage(let type, let size, let name)), .string(let key)) = (
                pickle.tuples[number][0], pickle.tuples[number][1], pickle.tuples[number][2]
            ), case .int(let count) = pickle.tuples[number][4], count >= 0
        {
            return Pickle.Storage(key: key, type: type, elementSize: size, typeName: name, count: count)
        }
        throw reader.failure(at: place, expected: "a storage's class, key, place and size", found: "other values")
    }
}
