import Testing

@testable import Formats

struct CSVTests {
    private func table(_ text: String) throws -> CSV { try CSV(parsing: Array(text.utf8), source: "t.csv") }

    @Test(arguments: [
        ("a,b\n1,2\n", [["1", "2"]]), ("a,b\r\n1,2\r\n\r\n3,4", [["1", "2"], ["3", "4"]]),
        ("\u{FEFF}a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n", [["x,\"y\"", "two\nlines"]]),
        ("a\tb\n1,5\t2\n", [["1,5", "2"]]),
        ("a,b\n,\n", [["", ""]]), ("a,b", []), ("a,b\n1\r,2\n", [["1\r", "2"]]), ("\"a\tc\",b\n1,2", [["1", "2"]]),
    ])
    func `reads fields, quotes, either line end, a byte order mark and tabs`(text: String, rows: [[String]]) throws {
        #expect(try table(text).rows.map { $0.map(\.text) } == rows)
    }

    @Test func `a field knows its place, also behind line breaks in quotes`() throws {
        let table = try table("a,b\n\"1\n2\",3\n4,5\n")
        #expect(table.rows[0][1] == CSV.Field(text: "3", line: 3, column: 4))
        #expect(table.rows[1][0] == CSV.Field(text: "4", line: 4, column: 1))
        #expect(table.column(["c", "B".lowercased()]) == 1 && table.column(["c"]) == nil)
    }

    @Test(arguments: [
        ("", "t.csv: expected a row of names, found an empty file"),
        ("\n\n", "t.csv: expected a row of names, found an empty file"),
        ("a,a\n", "t.csv:1:3: expected each name once, found \"a\" twice"),
        ("a,b\n1\n", "t.csv:2:1: expected 2 fields, as the first row has, found 1"),
        ("a,b\n1,\"2\n", "t.csv:2:3: expected a closing quote, found none"),
        ("a,b\n1,2\"3\n", "t.csv:2:4: expected a field without quotes, or quotes around all of it, found '\"'"),
        ("a,b\n1,\"2\"3\n", "t.csv:2:6: expected the end of a field behind its closing quote, found '3'"),
    ])
    func `refuses the rest with its line and column`(text: String, message: String) {
        let error = #expect(throws: FormatError.self) { try table(text) }
        #expect(error?.description == message)
    }

    @Test func `refuses text that is not UTF-8, fields without end and columns without number`() {
        #expect(throws: FormatError.self) { try CSV(parsing: [0x61, 0x0A, 0xFF, 0xFE], source: "t.csv") }
        let long = String(repeating: "x", count: CSV.fieldLimit)
        #expect(throws: Never.self) { try table("a\n\(long)\n\"\(long)\"\n") }
        #expect(throws: FormatError.self) { try table("a\n\(long)x\n") }
        #expect(throws: FormatError.self) { try table("a\n\"\(long)x\"\n") }
        #expect(throws: FormatError.self) { try table(String(repeating: ",", count: CSV.columnLimit)) }
    }
}
