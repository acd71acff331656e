import Testing

@testable import Formats

/// Whole tables; `CSVReaderTests` has what a row may be.
struct CSVTests {
    private func table(_ text: String) throws -> CSV { try CSV(parsing: Array(text.utf8), source: "t.csv") }

    @Test func `names, rows and columns, with commas or tabs`() throws {
        let commas = try table("a,B\n1,2\t3\n")
        #expect(commas.names == ["a", "B"] && commas.rows.map { $0.map(\.text) } == [["1", "2\t3"]])
        #expect(commas.column(["c", "b"]) == 1 && commas.column(["c"]) == nil)
        #expect(try table("a\tb\n1,5\t2\n").rows.map { $0.map(\.text) } == [["1,5", "2"]])
        // A tab within quotes separates nothing.
        #expect(try table("\"a\tc\",b\n1,2").names == ["a\tc", "b"])
    }

    @Test(arguments: [
        ("", "t.csv: expected a row of names, found an empty file"),
        ("a,a\n", "t.csv:1:3: expected each name once, found \"a\" twice"),
        ("a,b\n1\n", "t.csv:2:1: expected 2 fields, as in the first row, found 1"),
        ("a\tb\n\"1\"2\t3\n", "t.csv:2:4: expected a tab or the end of the line, found more of the field"),
    ])
    func `refuses the rest with its place`(text: String, message: String) {
        let error = #expect(throws: FormatError.self) { try table(text) }
        #expect(error?.description == message)
    }
}
