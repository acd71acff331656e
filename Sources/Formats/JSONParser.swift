import Settings

extension JSONValue {
    /// Reads one document, to the letter of RFC 8259.
    ///
    /// Refuses what other readers let pass: a key that stands twice in an object, values nested deeper than
    /// `depthLimit`, more of them than `countLimit`, numbers that overflow, half surrogate pairs, bad UTF-8,
    /// heaps of combining marks, and anything but spaces after the end.
    /// - Parameters:
    ///   - bytes: Holds the document.
    ///   - range: Where in `bytes` it lies; all of them by default.
    ///   - source: Named in errors.
    package init(parsing bytes: [UInt8], range: Range<Int>? = nil, source: String) throws(FormatError) {
        var parser = JSONParser(reader: ByteReader(bytes, source: source, range: range))
        self = try parser.document()
    }

    /// How deep arrays and objects may nest.
    package static let depthLimit = 64

    /// How many values a document may have, those within others included: one takes up to a hundred bytes of memory
    /// for the two that it has in the file.
    package static let countLimit = 1 << 20
}

/// A recursive-descent parser, whose recursion `JSONValue.depthLimit` bounds.
private struct JSONParser {
    var reader: ByteReader
    private var count = 0

    init(reader: ByteReader) {
        self.reader = reader
    }

    mutating func document() throws(FormatError) -> JSONValue {
        let value = try self.value(depth: 0)
        skipSpaces()
        try reader.expectEnd(after: "the JSON document")
        return value
    }

    private mutating func value(depth: Int) throws(FormatError) -> JSONValue {
        skipSpaces()
        count += 1
        guard count <= JSONValue.countLimit else {
            throw reader.failure(expected: "at most \(JSONValue.countLimit) JSON values", found: "more")
        }
        switch reader.peek() {
        case UInt8(ascii: "{"):
            return .object(try members(depth: depth))
        case UInt8(ascii: "["):
            return .array(try elements(depth: depth))
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "t"):
            try keyword("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try keyword("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try keyword("null")
            return .null
        default:
            return try number()
        }
    }

    private mutating func elements(depth: Int) throws(FormatError) -> [JSONValue] {
        try open(depth: depth)
        var elements: [JSONValue] = []
        skipSpaces()
        if reader.skip(UInt8(ascii: "]")) { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
        } while try hasMore(before: "]")
        return elements
    }

    private mutating func members(depth: Int) throws(FormatError) -> [JSONValue.Member] {
        try open(depth: depth)
        var members: [JSONValue.Member] = []
        var keys: Set<String> = []
        skipSpaces()
        if reader.skip(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpaces()
            let start = reader.offset
            guard reader.peek() == UInt8(ascii: "\"") else { throw reader.failure(expected: "a key") }
            let key = try string()
            guard keys.insert(key).inserted else {
                throw reader.failure(at: start, expected: "each key once", found: "\"\(key)\" again")
            }
            skipSpaces()
            guard reader.skip(UInt8(ascii: ":")) else { throw reader.failure(expected: "':'") }
            members.append(JSONValue.Member(key, try value(depth: depth + 1)))
        } while try hasMore(before: "}")
        return members
    }

    /// Steps over the comma before another item, or over the bracket after the last.
    private mutating func hasMore(before bracket: Unicode.Scalar) throws(FormatError) -> Bool {
        skipSpaces()
        if reader.skip(UInt8(ascii: ",")) { return true }
        guard reader.skip(UInt8(ascii: bracket)) else { throw reader.failure(expected: "',' or '\(bracket)'") }
        return false
    }

    /// Steps over the opening bracket of a value at `depth`.
    private mutating func open(depth: Int) throws(FormatError) {
        guard depth < JSONValue.depthLimit else {
            throw reader.failure(expected: "JSON nested at most \(JSONValue.depthLimit) deep", found: "a deeper value")
        }
        _ = try reader.uint8("a bracket")
    }

    private mutating func keyword(_ word: StaticString) throws(FormatError) {
        let start = reader.offset
        let matches = word.withUTF8Buffer { word in word.allSatisfy { reader.skip($0) } }
        guard matches else { throw reader.failure(at: start, expected: "a JSON value", found: "a misspelt word") }
    }

    private mutating func skipSpaces() {
        _ = reader.take { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number() throws(FormatError) -> JSONValue {
        let start = reader.offset
        let isNegative = reader.skip(UInt8(ascii: "-"))
        var isInteger = true
        if !reader.skip(UInt8(ascii: "0")) { try digits(expected: "a JSON value") }
        if reader.skip(UInt8(ascii: ".")) {
            isInteger = false
            try digits(expected: "a digit")
        }
        if reader.skip(UInt8(ascii: "e")) || reader.skip(UInt8(ascii: "E")) {
            isInteger = false
            if !reader.skip(UInt8(ascii: "-")) { _ = reader.skip(UInt8(ascii: "+")) }
            try digits(expected: "a digit")
        }
        let literal = String(decoding: reader.passed(start..<reader.offset), as: UTF8.self)
        // Only a Double has a negative zero.
        if isInteger, let integer = Int(literal), !(isNegative && integer == 0) { return .integer(integer) }
        guard let number = Double(literal), number.isFinite else {
            throw reader.failure(at: start, expected: "a number that fits a Double", found: "a larger one")
        }
        return .number(number)
    }

    /// Steps over all digits that come next, of which there must be one.
    private mutating func digits(expected: String) throws(FormatError) {
        guard !reader.take(while: { (0x30...0x39).contains($0) }).isEmpty else {
            throw reader.failure(expected: expected)
        }
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(FormatError) -> String {
        let start = reader.offset
        _ = reader.skip(UInt8(ascii: "\""))
        var text: [UInt8] = []
        var byte: UInt8
        repeat {
            text += reader.take { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            byte = try reader.uint8("the closing quote of a string")
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: UTF8.encode(try escape())!)
            } else if byte != UInt8(ascii: "\"") {
                throw reader.failure(
                    at: reader.offset - 1, expected: "an escape instead of a control character",
                    found: "byte 0x\(hexadecimal([byte]))")
            }
        } while byte != UInt8(ascii: "\"")
        guard let string = String(validating: text, as: UTF8.self) else {
            throw reader.failure(at: start, expected: "UTF-8", found: "a string with other bytes")
        }
        guard string.isStreamSafe else {
            throw reader.failure(at: start, expected: "at most 30 combining marks in a row", found: "more")
        }
        return string
    }

    /// What stands after a backslash.
    private mutating func escape() throws(FormatError) -> Unicode.Scalar {
        let start = reader.offset - 1
        switch try reader.uint8("an escaped character") {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimalUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            if UTF16.isLeadSurrogate(unit), reader.skip(UInt8(ascii: "\\")), reader.skip(UInt8(ascii: "u")) {
                let trail = try hexadecimalUnit()
                if UTF16.isTrailSurrogate(trail) { return UTF16.decode(UTF16.EncodedScalar([unit, trail])) }
            }
            throw reader.failure(at: start, expected: "a whole surrogate pair", found: "half of one")
        default:
            throw reader.failure(at: start, expected: "a JSON escape", found: "another character after '\\'")
        }
    }

    /// Four hexadecimal digits.
    private mutating func hexadecimalUnit() throws(FormatError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = reader.peek().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }) else {
                throw reader.failure(expected: "a hexadecimal digit")
            }
            _ = try reader.uint8("a hexadecimal digit")
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
