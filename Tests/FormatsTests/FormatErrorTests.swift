import Formats
import Testing

struct FormatErrorTests {
    @Test func `an error says where`() {
        func error(_ offset: Int?, _ position: TextPosition?) -> String {
            FormatError(source: "a\n", offset: offset, position: position, expected: "b", found: "c").description
        }
        #expect(error(nil, nil) == "a\\u{A}: expected b, found c")
        #expect(error(6, nil) == "a\\u{A}, byte 6: expected b, found c")
        #expect(error(nil, TextPosition(line: 12, column: 7)) == "a\\u{A}:12:7: expected b, found c")
    }
}
