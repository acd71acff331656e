/// Text with commas that anybody may have written, a row at a time.
///
/// Rows end in LF or CRLF, the last one also in nothing; a byte order mark and empty lines at the end are passed over.
/// Refused are quotes within a field that does not begin with one, a field that goes on behind its closing quote, a
/// quote that is never closed, bytes that are not UTF-8, and rows that have another number of fields than the first.
/// - SeeAlso: RFC 4180.
package struct CSVReader {
    package struct Field: Hashable, Sendable {
        package let text: String
        package let position: TextPosition
    }

    private let bytes: [UInt8]
    private let source: String
    private let separator: UInt8
    /// Without the line ends behind the last row.
    private let end: Int
    private var place = 0
    private var line = 1
    /// A place in the line that was asked for last, and its column.
    private var known = (place: 0, column: 1)
    private var width: Int?

    /// The most bytes of a field.
    package static let fieldLimit = 1 << 16
    /// The most fields of a row.
    package static let widthLimit = 1 << 16

    /// - Parameters:
    ///   - source: The file's name, for errors.
    ///   - separator: What stands between two fields.
    package init(_ bytes: [UInt8], source: String, separator: Unicode.Scalar = ",") {
        self.separator = UInt8(ascii: separator)
        self.bytes = bytes
        self.source = source
        end = (bytes.lastIndex { $0 != Self.lineFeed && $0 != Self.carriageReturn } ?? -1) + 1
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { (place, known) = (3, (3, 1)) }
    }

    /// The next row; nil at the end.
    package mutating func next() throws(FormatError) -> [Field]? {
        guard place < end else { return nil }
        var fields: [Field] = []
        if let width { fields.reserveCapacity(width) }
        let start = position()
        repeat {
            guard fields.count < width ?? Self.widthLimit else {
                throw failure(
                    at: position(), expected: width.map(Self.fields) ?? "at most \(Self.widthLimit) fields",
                    found: "more")
            }
            fields.append(try field())
        } while skip(separator)
        guard endLine() else {
            throw failure(
                at: position(),
                expected: "\(separator == UInt8(ascii: ",") ? "a comma" : "a tab") or the end of the line",
                found: peek == Self.carriageReturn ? "a carriage return alone" : "more of the field")
        }
        if let width, fields.count != width {
            throw failure(at: start, expected: Self.fields(width), found: "\(fields.count)")
        }
        width = fields.count
        return fields
    }

    private static func fields(_ count: Int) -> String { counted(count, "field") + ", as in the first row" }

    private static let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    private static let quote = UInt8(ascii: "\"")

    private var peek: UInt8? { place < end ? bytes[place] : nil }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    /// Steps over the end of a line, or stands at the end of all.
    private mutating func endLine() -> Bool {
        guard place < end else { return true }
        if bytes[place] == Self.carriageReturn, place + 1 < end, bytes[place + 1] == Self.lineFeed { place += 1 }
        guard skip(Self.lineFeed) else { return false }
        startLine()
        return true
    }

    private mutating func startLine() {
        line += 1
        known = (place, 1)
    }

    private mutating func field() throws(FormatError) -> Field {
        let (start, position) = (place, position())
        let text = skip(Self.quote) ? try quoted(from: position) : try plain(from: position)
        guard let text = String(validating: text, as: UTF8.self), text.isStreamSafe else {
            throw failure(at: position, expected: "UTF-8", found: "a field of \(counted(place - start, "other byte"))")
        }
        return Field(text: text, position: position)
    }

    private mutating func plain(from position: TextPosition) throws(FormatError) -> [UInt8] {
        let start = place
        while let byte = peek, byte != separator, byte != Self.lineFeed, byte != Self.carriageReturn {
            guard byte != Self.quote else {
                throw failure(
                    at: self.position(), expected: "no quote within a field that does not begin with one",
                    found: "one")
            }
            place += 1
            try requireShort(place - start, position)
        }
        return Array(bytes[start..<place])
    }

    /// Up to the quote that ends it; two in a row stand for one.
    private mutating func quoted(from position: TextPosition) throws(FormatError) -> [UInt8] {
        var text: [UInt8] = []
        while let byte = peek {
            place += 1
            if byte == Self.quote, !skip(Self.quote) { return text }
            if byte == Self.lineFeed { startLine() }
            text.append(byte)
            try requireShort(text.count, position)
        }
        throw failure(at: position, expected: "a quote that ends this field", found: "the end of the file")
    }

    private func requireShort(_ count: Int, _ position: TextPosition) throws(FormatError) {
        guard count <= Self.fieldLimit else {
            throw failure(at: position, expected: "a field of at most \(Self.fieldLimit) bytes", found: "a longer one")
        }
    }

    /// The cursor's place.
    private mutating func position() -> TextPosition {
        // Of a character's bytes those behind the first are no columns.
        known.column += bytes[known.place..<place].count { $0 & 0xC0 != 0x80 }
        known.place = place
        return TextPosition(line: line, column: known.column)
    }

    private func failure(at position: TextPosition, expected: String, found: String) -> FormatError {
        FormatError(source: source, position: position, expected: expected, found: found)
    }
}
