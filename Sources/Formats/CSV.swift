/// A table as comma- or tab-separated text (RFC 4180): rows of fields, the first row their names.
///
/// Fields may stand in double quotes, within which a quote is doubled and line breaks are kept. Lines end with LF or CRLF;
/// a byte order mark is passed over, and so are empty lines.
package struct CSV: Sendable {
    /// A field with its place.
    package struct Field: Hashable, Sendable {
        package let text: String
        /// From 1.
        package let line, column: Int

        package var position: TextPosition { TextPosition(line: line, column: column) }
    }

    /// What the columns are called.
    package let names: [String]
    /// Rows of as many fields as there are names.
    package let rows: [[Field]]

    /// The most bytes of a table.
    package static let byteLimit = 1 << 30
    /// The most columns.
    package static let columnLimit = 10_000
    /// The most bytes of a field.
    package static let fieldLimit = 1 << 16

    /// Reads a table.
    /// - Parameters:
    ///   - bytes: UTF-8; tabs separate the fields where the first line has one outside of quotes, else commas.
    ///   - source: Named in errors.
    /// - Throws: `FormatError` with line and column: text that is not UTF-8, a row of another number of fields, a quote
    ///   that is not closed or stands within a field, a name that stands twice, a field that is too long.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        var parser = CSVParser(bytes, source: source)
        guard let head = try parser.row() else {
            throw FormatError(source: source, expected: "a row of names", found: "an empty file")
        }
        names = head.map(\.text)
        for (place, field) in head.enumerated() where names[..<place].contains(field.text) {
            throw parser.failure(field.line, field.column, "each name once", "\"\(field.text)\" twice")
        }
        var rows: [[Field]] = []
        while let row = try parser.row() {
            guard row.count == names.count else {
                throw parser.failure(
                    row[0].line, 1, counted(names.count, "field") + ", as the first row has", "\(row.count)")
            }
            rows.append(row)
        }
        self.rows = rows
    }

    /// The place of the first column that has one of these names, in whatever case.
    package func column(_ wanted: [String]) -> Int? {
        wanted.lazy.compactMap { name in names.firstIndex { $0.lowercased() == name } }.first
    }
}

/// Walks over a table's bytes.
private struct CSVParser {
    private let bytes: [UInt8]
    private let source: String
    private let separator: UInt8
    private var place = 0
    private var line = 1
    /// In Unicode scalars.
    private var column = 1

    private static let (quote, lf, cr) = (UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"))

    init(_ bytes: [UInt8], source: String) {
        (self.bytes, self.source) = (bytes, source)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        let first = bytes.prefix { $0 != Self.lf }
        let outside = first.split(separator: Self.quote, omittingEmptySubsequences: false).enumerated()
        let hasTab = outside.contains { $0.offset.isMultiple(of: 2) && $0.element.contains(UInt8(ascii: "\t")) }
        separator = UInt8(ascii: hasTab ? "\t" : ",")
    }

    func failure(_ line: Int, _ column: Int, _ expected: String, _ found: String) -> FormatError {
        FormatError(
            source: source, position: TextPosition(line: line, column: column), expected: expected, found: found)
    }

    /// The next row that is not an empty line; nil at the end.
    mutating func row() throws(FormatError) -> [CSV.Field]? {
        while place < bytes.count, skipLineBreak() {}
        guard place < bytes.count else { return nil }
        var fields: [CSV.Field] = []
        repeat {
            guard fields.count < CSV.columnLimit else {
                throw failure(line, column, "at most \(CSV.columnLimit) fields", "more")
            }
            fields.append(try field())
        } while skip(separator)
        guard place == bytes.count || skipLineBreak() else {
            throw failure(line, column, "the end of a field behind its closing quote", shown)
        }
        return fields
    }

    private mutating func field() throws(FormatError) -> CSV.Field {
        let (line, column) = (line, column)
        var text: [UInt8] = []
        if skip(Self.quote) {
            while true {
                guard place < bytes.count else { throw failure(line, column, "a closing quote", "none") }
                if skip(Self.quote) {
                    guard skip(Self.quote) else { break }
                    text.append(Self.quote)
                } else {
                    text.append(take())
                }
                try judge(text, line, column)
            }
        } else {
            while place < bytes.count, bytes[place] != separator, bytes[place] != Self.lf, !isLineBreak {
                guard bytes[place] != Self.quote else {
                    throw failure(self.line, self.column, "a field without quotes, or quotes around all of it", "'\"'")
                }
                text.append(take())
                try judge(text, line, column)
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw failure(line, column, "UTF-8", hexadecimal(text.prefix(8)))
        }
        return CSV.Field(text: string, line: line, column: column)
    }

    private func judge(_ text: [UInt8], _ line: Int, _ column: Int) throws(FormatError) {
        guard text.count <= CSV.fieldLimit else {
            throw failure(line, column, "a field of at most \(CSV.fieldLimit) bytes", "a longer one")
        }
    }

    private var shown: String { "'\(printable(String(decoding: bytes[place..<place + 1], as: UTF8.self)))'" }

    /// A carriage return counts as one only before a line feed.
    private var isLineBreak: Bool {
        bytes[place] == Self.lf || bytes[place] == Self.cr && place + 1 < bytes.count && bytes[place + 1] == Self.lf
    }

    private mutating func take() -> UInt8 {
        let byte = bytes[place]
        place += 1
        if byte == Self.lf {
            (line, column) = (line + 1, 1)
        } else if byte & 0xC0 != 0x80 {
            column += 1
        }
        return byte
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        _ = take()
        return true
    }

    private mutating func skipLineBreak() -> Bool {
        guard place < bytes.count, isLineBreak else { return false }
        while take() != Self.lf {}
        return true
    }
}
