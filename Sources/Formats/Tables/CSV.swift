/// A whole table of text: rows of fields, the first row their names.
///
/// As `CSVReader` reads it; tabs separate the fields where the first line has one outside of quotes, else commas.
package struct CSV: Sendable {
    /// What the columns are called.
    package let names: [String]
    /// Rows of as many fields as there are names.
    package let rows: [[CSVReader.Field]]

    /// The most bytes of a table.
    package static let byteLimit = 1 << 30

    /// Reads a table.
    /// - Parameter source: Named in errors.
    /// - Throws: `FormatError` with line and column: as `CSVReader`, and for a name that stands twice.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        var reader = CSVReader(bytes, source: source, separator: Self.separator(of: bytes))
        guard let head = try reader.next() else {
            throw FormatError(source: source, expected: "a row of names", found: "an empty file")
        }
        names = head.map(\.text)
        for (place, field) in head.enumerated() where names[..<place].contains(field.text) {
            throw FormatError(
                source: source, position: field.position, expected: "each name once", found: "\"\(field.text)\" twice")
        }
        var rows: [[CSVReader.Field]] = []
        while let row = try reader.next() { rows.append(row) }
        self.rows = rows
    }

    private static func separator(of bytes: [UInt8]) -> Unicode.Scalar {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let parts = line.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false).enumerated()
        return parts.contains { $0.offset.isMultiple(of: 2) && $0.element.contains(UInt8(ascii: "\t")) } ? "\t" : ","
    }

    /// The place of the first column that has one of these names, in whatever case.
    package func column(_ wanted: [String]) -> Int? {
        wanted.lazy.compactMap { name in names.firstIndex { $0.lowercased() == name } }.first
    }
}
