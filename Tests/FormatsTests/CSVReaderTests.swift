import Testing

@testable import Formats

/// Text with commas, whoever wrote it.
@Suite struct CSVReaderTests {
    private func rows(_ text: String) throws -> [[String]] {
        var reader = CSVReader(Array(text.utf8), source: "a.csv")
        var rows: [[String]] = []
        while let row = try reader.next() { rows.append(row.map(\.text)) }
        return rows
    }

    @Test(
        arguments: [
            ("", []), ("\n\r\n", []), ("a", [["a"]]), ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2\r\n\r\n", [["a", "b"], ["1", "2"]]), ("\u{FEFF}a,b\n", [["a", "b"]]),
            ("a,\n,b", [["a", ""], ["", "b"]]), ("\"a\",\"\"\n", [["a", ""]]),
            ("\"a,\"\"b\"\"\r\nc\",d", [["a,\"b\"\r\nc", "d"]]), (" a , b", [[" a ", " b"]]), ("é,𝄞", [["é", "𝄞"]]),
            ("a\n\nb\n", [["a"], [""], ["b"]]), ("\0,a", [["\0", "a"]]),
        ] as [(String, [[String]])])
    func rowsAreRead(_ text: String, _ expected: [[String]]) throws {
        #expect(try rows(text) == expected)
    }

    @Test(arguments: [
        ("a,b\n1", "a.csv:2:1: expected 2 fields, as in the first row, found 1"),
        ("a,b\n1,2,3", "a.csv:2:5: expected 2 fields, as in the first row, found more"),
        ("a,b\n\n1,2", "a.csv:2:1: expected 2 fields, as in the first row, found 1"),
        ("é\"b", "a.csv:1:2: expected no quote within a field that does not begin with one, found one"),
        ("a,\"b\"c", "a.csv:1:6: expected a comma or the end of the line, found more of the field"),
        ("x\n\"a\n\n", "a.csv:2:1: expected a quote that ends this field, found the end of the file"),
        ("a\rb", "a.csv:1:2: expected a comma or the end of the line, found a carriage return alone"),
        ("\"a\nb\",c\n1", "a.csv:3:1: expected 2 fields, as in the first row, found 1"),
    ])
    func otherTextIsRefused(_ text: String, _ words: String) {
        let error = #expect(throws: FormatError.self) { try rows(text) }
        #expect(error?.description == words)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        for bytes in [[0x61, 0x2C, 0xFF], Array("a,".utf8) + [0x22, 0xC3, 0x22]] as [[UInt8]] {
            var reader = CSVReader(bytes, source: "a.csv")
            let error = #expect(throws: FormatError.self) { try reader.next() }
            #expect(error?.description.hasPrefix("a.csv:1:3: expected UTF-8, found ") == true)
        }
        let marks = "a" + String(repeating: "\u{301}", count: 31)
        #expect(throws: FormatError.self) { try rows(marks) }
    }

    @Test func longFieldsAndRowsHaveAnEnd() throws {
        let field = String(repeating: "x", count: CSVReader.fieldLimit)
        #expect(try rows(field)[0][0] == field)
        for text in [field + "x", "\"\(field)x\""] {
            let error = #expect(throws: FormatError.self) { try rows(text) }
            #expect(error?.description == "a.csv:1:1: expected a field of at most 65536 bytes, found a longer one")
        }
        let row = String(repeating: ",", count: CSVReader.widthLimit - 1)
        #expect(try rows(row + "\n" + row)[1].count == CSVReader.widthLimit)
        let error = #expect(throws: FormatError.self) { try rows(row + ",") }
        #expect(error?.description == "a.csv:1:65537: expected at most 65536 fields, found more")
    }

    /// Time grows with the bytes, whatever they are.
    @Test func blankLinesCostNothing() throws {
        #expect(try rows(String(repeating: "\n", count: 1 << 20)).isEmpty)
        #expect(try rows("a" + String(repeating: "\n", count: 1 << 17) + "b").count == (1 << 17) + 1)
    }
}
