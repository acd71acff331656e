import Settings

extension JSONValue {
    /// The document as UTF-8: members in their order, numbers exact, the same bytes for the same value.
    ///
    /// A number is the shortest text that reads back as the same bits. JSON has no NaN and no infinities; they
    /// become the strings "NaN", "Infinity" and "-Infinity", which the property `number` reads.
    /// - Parameter indented: Whether each member and element stands on a line of its own, for people to read.
    ///   Otherwise everything is on one line, without spaces.
    package func serialized(indented: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isIndented: indented)
        writer.write(self, depth: 0)
        return writer.output
    }
}

/// Writes a document piece by piece, where a `JSONValue` of all of it would cost too much: arrays of floats.
package struct JSONWriter {
    private let isIndented: Bool
    /// What is written so far.
    package private(set) var output: [UInt8] = []
    private var isFirst = true

    fileprivate init(isIndented: Bool) {
        self.isIndented = isIndented
    }

    /// A writer of one line.
    package init() {
        self.init(isIndented: false)
    }

    /// Writes an object; `members` writes what is in it.
    package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        append("{")
        isFirst = true
        try members(&self)
        append("}")
        isFirst = false
    }

    /// Writes an array of objects.
    package mutating func objects<Item>(_ items: [Item], _ members: (inout JSONWriter, Item) throws -> Void) rethrows {
        append("[")
        for (position, item) in items.enumerated() {
            if position > 0 { append(",") }
            try object { try members(&$0, item) }
        }
        append("]")
    }

    /// Writes a member whose value `value` writes.
    package mutating func member(_ key: String, _ value: (inout JSONWriter) throws -> Void) rethrows {
        if !isFirst { append(",") }
        quote(key)
        append(":")
        try value(&self)
        isFirst = false
    }

    /// Writes a member.
    package mutating func member(_ key: String, _ value: JSONValue) {
        member(key) { $0.write(value, depth: 0) }
    }

    /// Writes a member that is an array of numbers, rounded to six significant digits.
    package mutating func member(_ key: String, floats: [Float]) {
        member(key) { writer in writer.floats(floats, 0..<floats.count) }
    }

    /// Writes a member that is an array of rows of numbers, rounded to six significant digits.
    package mutating func member(_ key: String, rows values: [Float], of width: Int) {
        member(key) { writer in
            writer.append("[")
            for start in stride(from: 0, to: values.count, by: width) {
                if start > 0 { writer.append(",") }
                writer.floats(values, start..<start + width)
            }
            writer.append("]")
        }
    }

    private mutating func floats(_ values: [Float], _ range: Range<Int>) {
        append("[")
        values.withUnsafeBufferPointer { DecimalText.append(UnsafeBufferPointer(rebasing: $0[range]), to: &output) }
        append("]")
    }

    fileprivate mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let truth): append(truth ? "true" : "false")
        case .integer(let number): append("\(number)")
        case .number(let number) where number.isFinite: append("\(number)")
        case .number(let number): append(number.isNaN ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"")
        case .string(let text): quote(text)
        case .array(let elements):
            list("[", elements, "]", depth) { writer, element in writer.write(element, depth: depth + 1) }
        case .object(let members):
            list("{", members, "}", depth) { writer, member in
                writer.quote(member.key)
                writer.append(writer.isIndented ? ": " : ":")
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ open: String, _ items: [Item], _ close: String, _ depth: Int, _ write: (inout JSONWriter, Item) -> Void
    ) {
        append(open)
        for (position, item) in items.enumerated() {
            if position > 0 { append(",") }
            breakLine(depth + 1)
            write(&self, item)
        }
        if !items.isEmpty { breakLine(depth) }
        append(close)
    }

    private mutating func breakLine(_ depth: Int) {
        guard isIndented else { return }
        append("\n" + String(repeating: "  ", count: depth))
    }

    /// Control characters are escaped as JSON has it; so are others that a terminal would obey, as `\u202e`.
    private mutating func quote(_ text: String) {
        append("\"")
        if text.utf8.contains(where: { $0 >= 0x7F }) {
            for scalar in text.unicodeScalars {
                if scalar.value >= 0x7F, scalar.isObeyed {
                    for unit in String(scalar).utf16 {
                        append("\\u" + hexadecimal([UInt8(unit >> 8), UInt8(unit & 255)]))
                    }
                } else {
                    escape(String(scalar).utf8)
                }
            }
        } else {
            escape(text.utf8)
        }
        append("\"")
    }

    private mutating func escape(_ text: String.UTF8View) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20: append("\\u00" + hexadecimal([byte]))
            default: output.append(byte)
            }
        }
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }
}
