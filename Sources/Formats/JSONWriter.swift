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

private struct JSONWriter {
    let isIndented: Bool
    var output: [UInt8] = []

    mutating func write(_ value: JSONValue, depth: Int) {
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

    private mutating func quote(_ text: String) {
        append("\"")
        for byte in text.utf8 {
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
        append("\"")
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }
}
