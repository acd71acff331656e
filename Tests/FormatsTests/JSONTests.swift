import Formats
import Settings
import Tensors
import Testing

private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8), source: "a.json") }

private func text(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }

struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), (" true\r\n", true), ("false", false), ("0", 0), ("-17", -17),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", 9223372036854775808.0), ("-0", -0.0), ("1.5e-3", 0.0015), ("2E+2", 200.0),
            ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-999", 0.0),
            ("\"\"", ""), ("[]", []), ("{ }", [:]), ("[ 1 , [2] ]", [1, [2]]),
            ("{ \"b\" : 1 , \"a\" : {\"b\":null} }", ["b": 1, "a": ["b": .null]]),
            (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "\"\\/\u{8}\u{C}\n\r\té😀"),
            ("\"é😀\u{7F}\"", "é😀\u{7F}"),
        ] as [(String, JSONValue)])
    func `reads documents`(document: String, expected: JSONValue) throws {
        let value = try parse(document)
        #expect(value == expected)
        #expect(value.number?.sign == expected.number?.sign)
    }

    @Test(
        arguments: [
            ("", "byte 0: expected a JSON value, found the end"),
            (" ", "byte 1: expected a JSON value, found the end"),
            ("tru", "byte 0: expected a JSON value, found a misspelt word"),
            ("NaN", "byte 0: expected a JSON value, found 'N'"),
            ("\u{FEFF}1", "byte 0: expected a JSON value, found byte 0xef"),
            ("1 2", "byte 2: expected the end after the JSON document, found 1 more byte"),
            ("01", "byte 1: expected the end after the JSON document, found 1 more byte"),
            ("-", "byte 1: expected a JSON value, found the end"),
            ("1.", "byte 2: expected a digit, found the end"),
            ("1.e1", "byte 2: expected a digit, found 'e'"),
            ("1e+", "byte 3: expected a digit, found the end"),
            ("[1e999]", "byte 1: expected a number that fits a Double, found a larger one"),
            ("[1,]", "byte 3: expected a JSON value, found ']'"),
            ("[1 2]", "byte 3: expected ',' or ']', found '2'"),
            ("[", "byte 1: expected a JSON value, found the end"),
            ("{1:2}", "byte 1: expected a key, found '1'"),
            ("{\"a\" 1}", "byte 5: expected ':', found '1'"),
            ("{\"a\":1", "byte 6: expected ',' or '}', found the end"),
            ("{\"a\":1,}", "byte 7: expected a key, found '}'"),
            ("{\"a\":1,\"b\":2,\"\\u0061\":3}", "byte 13: expected each key once, found \"a\" again"),
            ("\"a", "byte 2: expected the closing quote of a string (1 byte), found 0 bytes"),
            ("\"a\n\"", "byte 2: expected an escape instead of a control character, found byte 0x0a"),
            ("\"\\x\"", "byte 1: expected a JSON escape, found another character after '\\'"),
            ("\"\\u12g4\"", "byte 5: expected a hexadecimal digit, found 'g'"),
            ("\"\\ud83d\"", "byte 1: expected a whole surrogate pair, found half of one"),
            ("\"\\ud83d\\u0041\"", "byte 1: expected a whole surrogate pair, found half of one"),
            ("\"\\ude00\"", "byte 1: expected a whole surrogate pair, found half of one"),
        ])
    func `refuses what is no JSON`(document: String, expected: String) {
        #expect(message { _ = try parse(document) } == "a.json, " + expected)
    }

    @Test func `refuses bad UTF-8`() {
        #expect(
            message { _ = try JSONValue(parsing: [0x22, 0xC0, 0xAF, 0x22], source: "a.json") }
                == "a.json, byte 0: expected UTF-8, found a string with other bytes")
    }

    @Test func `a million brackets do not exhaust the stack`() throws {
        for bracket in ["[", "{\"a\":"] {
            let depth = JSONValue.depthLimit
            #expect(
                message { _ = try parse(String(repeating: bracket, count: 1_000_000)) }
                    == "a.json, byte \(depth * bracket.utf8.count): "
                    + "expected JSON nested at most 64 deep, found a deeper value")
        }
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(text(try parse(deepest)) == deepest)
    }

    /// Two bytes of a file become a value of up to a hundred, so that the format's own limit on a header is not enough.
    @Test func `values are counted`() throws {
        let limit = JSONValue.countLimit
        let most = "[" + String(repeating: "0,", count: limit - 2) + "0]"
        #expect(try parse(most).array?.count == limit - 1)
        #expect(
            message { _ = try parse("[" + String(repeating: "[],", count: limit) + "0]") }
                == "a.json, byte \(3 * limit - 2): expected at most 1048576 JSON values, found more")
    }

    @Test func `long numbers, keys and strings take time in proportion`() throws {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(
            message { _ = try parse(digits) }
                == "a.json, byte 0: expected a number that fits a Double, found a larger one")
        #expect(try parse("0." + digits) == .number(7.0 / 9))
        #expect(try parse("1e-" + digits) == 0.0)
        let words = String(repeating: "é\u{301}\u{323}\u{1161}", count: 100_000)
        #expect(try parse("{\"a\(words)\":1,\"b\(words)\":2}").object?.count == 2)
    }

    /// Unicode puts marks in order before strings are hashed; Swift does it in time that grows with their square.
    @Test func `a heap of combining marks is refused`() throws {
        for (count, isTaken) in [(15, true), (16, false), (1_000_000, false)] {
            let document = "[{\"a\(String(repeating: "\u{301}\u{323}", count: count))\":1}]"
            let expected =
                isTaken
                ? "no error" : "a.json, byte 2: expected at most 30 combining marks in a row, found more"
            #expect(message { _ = try parse(document) } == expected)
        }
    }

    @Test(
        arguments: [
            0.1, 1e-7, 1e16, 1e300, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, 1 / 3,
            Double(Float(0.1)), 43.59,
        ] as [Double])
    func `numbers come back as the same bits`(number: Double) throws {
        #expect(try parse(text(.number(number))).number?.bitPattern == number.bitPattern)
        #expect(try parse(text(.number(number))) == .number(number))
    }

    @Test func `NaN and infinities are written as strings`() throws {
        #expect(text([.number(.nan), .number(.infinity), .number(-.infinity)]) == #"["NaN","Infinity","-Infinity"]"#)
        #expect(JSONValue.string("NaN").number?.isNaN == true)
        #expect(JSONValue.string("Infinity").number == .infinity)
        #expect(JSONValue.string("-Infinity").number == -.infinity)
    }

    @Test func `writes on one line or indented, members in their order`() throws {
        let value: JSONValue = [
            "b": [1, 2.5, []], "a": ["x": .null, "y": true], "e\"\\\n\r\t\u{1}é": [:], "c": false,
        ]
        #expect(text(value) == #"{"b":[1,2.5,[]],"a":{"x":null,"y":true},"e\"\\\n\r\t\u0001é":{},"c":false}"#)
        let short: JSONValue = ["b": [1, "x"], "a": [:]]
        #expect(
            String(decoding: short.serialized(indented: true), as: UTF8.self) == """
                {
                  "b": [
                    1,
                    "x"
                  ],
                  "a": {}
                }
                """)
        #expect(try JSONValue(parsing: value.serialized(), source: "a") == value)
        #expect(try JSONValue(parsing: value.serialized(indented: true), source: "a") == value)
    }

    /// What a terminal would obey stands in a document as its escape, which reads back as the same text.
    @Test func `characters that a terminal obeys are escaped`() throws {
        let value: JSONValue = ["path": "é\u{1B}[2J\u{7F}\u{9B}\u{202E}\u{E0001}\u{1F600}"]
        #expect(text(value) == #"{"path":"é\u001b[2J\u007f\u009b\u202e\udb40\udc01\#u{1F600}"}"#)
        #expect(try JSONValue(parsing: value.serialized(), source: "a") == value)
    }

    private struct Sizes: Codable, Equatable {
        var name: String
        var sizes: Shape
    }

    @Test func `values are coded with sorted keys, on one line or many`() throws {
        let sizes = Sizes(name: "a/b", sizes: [1])
        #expect(String(decoding: try JSONCoding.encode(sizes), as: UTF8.self) == #"{"name":"a/b","sizes":[1]}"#)
        let lines = try JSONCoding.encode(sizes, indented: true)
        #expect(lines.split(separator: 0x0A).count == 6)
        #expect(try JSONCoding.decode(Sizes.self, from: lines, source: "a", "sizes") == sizes)
        #expect(Base64.encode([0xFF, 0, 7, 1]) == "/wAHAQ==")
    }

    @Test(arguments: [
        (#"{"name":"a"}"#, ": expected sizes, found no sizes"),
        (#"{"name":"a","sizes":[null]}"#, ": expected sizes, found null at sizes.Index 0"),
        (#"{"name":1,"sizes":[]}"#, ": expected sizes, found no String at name"),
        (
            #"{"name":"a","sizes":[-1]}"#,
            ": expected sizes, found at sizes: a shape has extents of 0 or more whose product fits 63 bits, not [-1]"
        ),
        (#"{"name":"a","sizes":[1e300]}"#, ": expected sizes, found The given data was not valid JSON."),
        (#"{"name":"a","name":"b"}"#, #", byte 12: expected each key once, found "name" again"#),
    ])
    func `a value that does not fit is named with its place`(text: String, expected: String) {
        #expect(
            message { _ = try JSONCoding.decode(Sizes.self, from: Array(text.utf8), source: "a", "sizes") }
                == "a" + expected)
    }

    @Test func `members are reached by key and kind`() {
        let value: JSONValue = ["a": 1, "b": "x", "c": [true], "d": 2.5, "e": .null]
        #expect(value["a"]?.integer == 1 && value["a"]?.number == 1 && value["a"]?.string == nil)
        #expect(value["b"]?.string == "x" && value["b"]?.number == nil && value["b"]?.array == nil)
        #expect(value["c"]?.array?.first?.bool == true && value["c"]?.integer == nil && value["c"]?["a"] == nil)
        #expect(value["d"]?.number == 2.5 && value["d"]?.bool == nil && value["z"] == nil)
        #expect(
            [value, [1], "x", 1, 1.5, true, .null].map(\.kind)
                == ["an object", "an array", "a string", "a number", "a number", "a truth value", "null"])
    }
}
