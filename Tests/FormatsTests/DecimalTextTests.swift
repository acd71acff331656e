import Foundation
import Testing

@testable import Formats

/// Floats as six significant digits.
@Suite struct DecimalTextTests {
    private func text(_ values: [Float]) -> String {
        var writer = JSONWriter()
        writer.object { $0.member("x", floats: values) }
        return String(String(decoding: writer.output, as: UTF8.self).dropFirst(6).dropLast(2))
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (0.5, "0.5"), (0.1, "0.1"), (1 / 3, "0.333333"),
            (2 / 3, "0.666667"), (123_456, "123456"), (1_234_567, "1234570"), (999_999.5, "1000000"),
            (0.999_999_6, "1"),
            (9.999_995, "10"), (100, "100"), (1e8, "100000000"), (1e9, "1e+09"), (-12.5, "-12.5"),
            (0.001_234_565, "0.00123457"), (1e-7, "0.0000001"), (9e-8, "9e-08"), (.leastNonzeroMagnitude, "1e-45"),
            (.greatestFiniteMagnitude, "3.4028235e+38"), (.nan, "\"NaN\""), (.infinity, "\"Infinity\""),
            (-.infinity, "\"-Infinity\""), (0.123_456_5, "0.123457"), (131_072.5, "131072"), (131_073.5, "131074"),
        ] as [(Float, String)])
    func knownNumbers(_ value: Float, _ expected: String) {
        #expect(text([value]) == expected)
    }

    /// C's printf rounds the exact value, ties to even.
    @Test func manyNumbersAreThoseOfPrintf() throws {
        var state: UInt64 = 1
        var values: [Float] = []
        while values.count < 200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Float(bitPattern: UInt32(state >> 32))
            if value.magnitude >= 1e-7, value.magnitude < 1e9 { values.append(value) }
        }
        // Bytes over 255, as images are.
        values += (0...255).map { Float($0) / 255 }
        let words = text(values).split(separator: ",")
        #expect(words.count == values.count)
        var wrong: [String] = []
        for (word, value) in zip(words, values) {
            let expected = String(format: "%.5e", Double(value))
            if Double(String(word)) != Double(expected) { wrong.append("\(value): \(word), not \(expected)") }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test func rowsStandInBrackets() throws {
        var writer = JSONWriter()
        writer.object { json in
            json.member("rows", rows: [1, 2, 3, 4], of: 2)
            json.member("none", rows: [], of: 2)
            json.member("list") { json in json.objects([1, 2]) { $0.member("n", .integer($1)) } }
            json.member("text", .string("a\"b"))
        }
        #expect(
            String(decoding: writer.output, as: UTF8.self)
                == #"{"rows":[[1,2],[3,4]],"none":[],"list":[{"n":1},{"n":2}],"text":"a\"b"}"#)
    }
}
