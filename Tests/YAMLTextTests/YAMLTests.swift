import Formats
import Settings
import Testing
import YAMLText

struct YAMLTests {
    @Test(
        arguments: [
            // Numbers.
            ("1", 1), ("+3", 3), ("-17", -17), ("0", 0), ("-0", -0.0), ("+0", 0), ("1e-3", 0.001), ("1E-3", 0.001),
            ("1.5e+3", 1500.0), (".5", 0.5), ("-.5", -0.5), ("5.", 5.0), ("5.e1", 50.0), ("0.1", 0.1), ("1e-999", 0.0),
            ("0x1F", 31), ("-0x1f", -31), ("0o17", 15),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", 9223372036854775808.0), ("0xFFFFFFFFFFFFF800", 18446744073709549568.0),
            ("-18446744073709551616", -18446744073709551616.0),
            // What other readers take for something else.
            ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("12:30:00", "12:30:00"),
            ("2001-12-14", "2001-12-14"), ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
            ("0b11", "0b11"), ("0X1F", "0X1F"), ("0x", "0x"), ("0o8", "0o8"), ("1e", "1e"), ("1.2.3", "1.2.3"),
            (".", "."), ("-", [.null]), ("+", "+"), ("e3", "e3"), ("1 2", "1 2"), ("_1", "_1"),
            ("1_\u{301}", "1_\u{301}"), ("1_a", "1_a"),
            ("٣", "٣"), ("=", "="),
            // Truth and nothing.
            ("true", true), ("TRUE", true), ("False", false), ("tRUE", "tRUE"), ("null", .null), ("~", .null),
            ("- ~\n-\n- ''", [.null, .null, ""]),
            // Strings.
            ("'1'", "1"), (#""1e-3""#, "1e-3"), ("'it''s'", "it's"), (#""\u00e9\x41\n\\""#, "éA\n\\"),
            ("a b\n  c", "a b c"), ("|\n  a\n   b\n", "a\n b\n"), (">-\n  a\n  b\n", "a b"),
            ("|\n  *a &b !c\n", "*a &b !c\n"),
            ("R&D # *a", "R&D"), ("'<<'", "<<"), ("a#b", "a#b"), ("http://a.b:80/c", "http://a.b:80/c"),
            // Collections, in both styles.
            ("[]", []), ("{}", [:]), ("[1, a, 'b',]", [1, "a", "b"]), ("{a: 1, 'b': [2]}", ["a": 1, "b": [2]]),
            ("b: 1\na:\n- x\n- y: 2\n  z:\n", ["b": 1, "a": ["x", ["y": 2, "z": .null]]]),
            ("'12': 1\n\"<<\": 2\non: 3\n? long\n: 4", ["12": 1, "<<": 2, "on": 3, "long": 4]),
            ("{a, b: }", ["a": .null, "b": .null]), (#"{"a":1}"#, ["a": 1]),
            // Around the document.
            ("\u{FEFF}a: 1", ["a": 1]), ("a: 1\r\nb:\r\n  - 2\r\n", ["a": 1, "b": [2]]),
            ("a: 1\rb: 2", ["a": 1, "b": 2]),
            ("# words\n%YAML 1.2\n--- # more\na: 1\n...\n# end\n", ["a": 1]), ("é: ü😀", ["é": "ü😀"]),
        ] as [(String, JSONValue)])
    func `reads what people write`(text: String, expected: JSONValue) throws {
        let value = try read(text).value
        #expect(value == expected)
        #expect(value.number?.sign == expected.number?.sign)
    }

    @Test(
        arguments: [
            // Words of two meanings.
            ("a: 010", "1:4: expected a number without a leading 0 (octal to some), or a string in quotes, found 010"),
            (
                "a: -00.5",
                "1:4: expected a number without a leading 0 (octal to some), or a string in quotes, found -00.5"
            ),
            ("a: 1_000", "1:4: expected a number without '_', or a string in quotes, found 1_000"),
            ("a: -.inf", "1:4: expected a finite number, or a string in quotes, found -.inf"),
            ("a: .NaN", "1:4: expected a finite number, or a string in quotes, found .NaN"),
            ("a: 1e999", "1:4: expected a number that fits a Double, found 1e999"),
            (
                "a: 9223372036854775809",
                "1:4: expected a whole number that a Double holds exactly (1e20 may be rounded), found 9223372036854775809"
            ),
            // Keys.
            ("a: 1\nb: 2\na: 3", "3:1: expected each key once, found \"a\" again"),
            ("{é: 1, \"\\u0065\\u0301\": 2}", "1:8: expected each key once, found \"e\u{301}\" again"),
            ("a:\n  <<: {b: 1}", "2:3: expected no merge key: write the members out, found <<"),
            ("12: a", "1:1: expected a string as key (in quotes, anything is one), found 12"),
            ("{true: a}", "1:2: expected a string as key (in quotes, anything is one), found true"),
            ("? [a]\n: b", "1:3: expected a string as key (in quotes, anything is one), found a list"),
            ("{{a: b}: c}", "1:2: expected a string as key (in quotes, anything is one), found a mapping"),
            ("? # words\n: a", "1:2: expected a string as key (in quotes, anything is one), found none"),
            // What would need more than one look.
            ("a: &x [1]\nb: *x", "1:4: expected no anchor, found &x"),
            ("- *x", "1:3: expected no alias (a string that begins with * stands in quotes), found *x"),
            ("*x : 1", "1:1: expected no alias (a string that begins with * stands in quotes), found *x"),
            ("a: !!str 1", "1:4: expected no tag (a string that begins with ! stands in quotes), found !!str"),
            ("a: !foo {b: 1}", "1:4: expected no tag (a string that begins with ! stands in quotes), found !foo"),
            ("[! 12]", "1:2: expected no tag (a string that begins with ! stands in quotes), found !"),
            ("!x y: 1", "1:1: expected no tag (a string that begins with ! stands in quotes), found !x"),
            ("&x", "1:1: expected no anchor, found &x"),
            ("%YAML 1.1\n---\na: yes", "1:1: expected no directive but %YAML 1.2, found another"),
            ("%TAG ! !a\n---\na: b", "1:1: expected no directive but %YAML 1.2, found another"),
            ("a: 1\n---\nb: 2", "2:1: expected one document, found another behind it"),
            ("", "1:1: expected a YAML document, found an empty one"),
            ("# words\n", "1:1: expected a YAML document, found an empty one"),
            ("---\n...\n", "1:1: expected a YAML document, found an empty one"),
            // Characters.
            ("a: é\u{1B}", "1:5: expected no such character but as an escape in double quotes, found U+001B"),
            ("a:\r\n  \u{0}", "2:3: expected no such character but as an escape in double quotes, found U+0000"),
            ("a: 'b\u{2028}'", "1:6: expected no such character but as an escape in double quotes, found U+2028"),
            (
                "\"\(String(repeating: #"\u0301"#, count: 31))\"",
                "1:1: expected at most 30 combining marks in a row, found more"
            ),
            // Structure; the reader's own words would be "found character that cannot start any token".
            ("a:\n\tb: 1", "2:1: expected an indentation of spaces, found a tab"),
            ("a: @b", "1:4: expected a value (a string that begins so stands in quotes), found '@'"),
            (
                "é: ü: 1",
                "1:5: expected no second value (a string with ': ' in it stands in quotes; keys of one mapping in one column)"
                    + ", found ':'"
            ),
            (
                "a:\n  b: 1\n c: 2",
                "3:2: expected a key in the column of the mapping that begins at 1:1, or the mapping's end, found 'c'"
            ),
            (
                "- a\n -b\nc: 1",
                "3:1: expected '-' in the column of the list that begins at 1:1, or the list's end, found 'c'"
            ),
            ("a: - b", "1:4: expected a list's '-' on a line of its own, found '-'"),
            ("a: 1\nb\n", "2:1: expected ':' after this key, found none in its line"),
            ("a: 'b\nc: 1", "1:4: expected the closing quote of this string, found the end of the text"),
            ("a: ? b", "1:4: expected YAML (mapping keys are not allowed in this context), found '?'"),
            ("a: 'b\n--- c", "1:4: expected the closing quote of this string, found a line with --- or ... before it"),
            ("- a\n-\tb: 1", "2:2: expected an indentation of spaces, found a tab"),
            ("- [1, 2\n- 3", "2:4: expected ',' or ']' in the list that begins at 1:3, found the end of the text"),
            ("a: {b: 1", "1:9: expected ',' or '}' in the mapping that begins at 1:4, found the end of the text"),
            ("[,]", "1:2: expected a value, found ','"),
            ("'a' b", "1:5: expected the end of the document, found 'b'"),
            (
                #"a: "\d""#,
                #"1:5: expected an escape that YAML has, such as \n or \\ (single quotes have none), found another"#
            ),
            (
                #""\ud800""#,
                "1:4: expected YAML (found invalid Unicode character escape code, while parsing a quoted scalar that begins at 1:1), found 'd'"
            ),
            ("a: [1\r\n", "2:1: expected ',' or ']' in the list that begins at 1:4, found the end of the text"),
        ])
    func `refuses the rest in a sentence with its place`(text: String, expected: String) {
        #expect(message { _ = try read(text) } == "a.yaml:" + expected)
    }

    @Test(arguments: [
        ([0x61, 0x0A, 0xC3, 0xA9, 0xFF], "a.yaml:2:2: expected text in UTF-8, found other bytes"),
        ([0x61, 0xC0, 0xAF], "a.yaml:1:2: expected text in UTF-8, found other bytes"),
        ([0xFF, 0xFE, 0x61, 0x00], "a.yaml:1:1: expected text in UTF-8, found the byte order mark of UTF-16"),
        ([0xFE, 0xFF, 0x00, 0x61], "a.yaml:1:1: expected text in UTF-8, found the byte order mark of UTF-16"),
        ([0x61, 0x00], "a.yaml:1:2: expected no such character but as an escape in double quotes, found U+0000"),
    ])
    func `refuses what is no UTF-8`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try YAMLDocument(parsing: bytes, source: "a.yaml") } == expected)
    }

    @Test func `tells where a part begins`() throws {
        let document = try read(
            """
            # A recipe.
            image: [28, 28, 1]
            "größe": {ä: 1, é: [ü, 😀, z]}
            encoder:
              - flatten
              - conv2d:
                  channels: 64
                  kernel: 3
            """)
        let places: [([ValueStep], String?)] = [
            ([], "2:1"), ([.key("image")], "2:1"), ([.key("image"), .index(2)], "2:17"),
            ([.key("größe")], "3:1"), ([.key("größe"), .key("é")], "3:17"),
            ([.key("größe"), .key("é"), .index(2)], "3:27"), ([.key("encoder"), .index(0)], "5:5"),
            ([.key("encoder"), .index(1)], "6:5"), ([.key("encoder"), .index(1), .key("conv2d")], "6:5"),
            ([.key("encoder"), .index(1), .key("conv2d"), .key("kernel")], "8:7"),
            ([.key("decoder")], nil), ([.index(0)], nil), ([.key("image"), .index(3)], nil),
            ([.key("image"), .index(-1)], nil), ([.key("image"), .key("0")], nil),
            ([.key("image"), .index(0), .index(0)], nil),
        ]
        for (path, expected) in places {
            #expect(document.position(of: path)?.description == expected, "\(path)")
        }
    }
}

/// The document that a text holds.
func read(_ text: String) throws(FormatError) -> YAMLDocument {
    try YAMLDocument(parsing: Array(text.utf8), source: "a.yaml")
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
