import Formats
import Settings
import Testing
import YAMLText

/// Texts that are meant to do harm, and those that chance makes.
struct HostileTests {
    @Test func `a text, its depth and its nodes have limits`() throws {
        let comment = "a: 1 #"
        let longest = comment + String(repeating: "é", count: (YAMLDocument.byteLimit - comment.utf8.count) / 2)
        #expect(try read(longest).value == ["a": 1])
        #expect(
            message { _ = try read(longest + "ab") } == "a.yaml: expected at most 1048576 bytes of YAML, found 1048578")

        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(String(decoding: try read(deepest).value.serialized(), as: UTF8.self) == deepest)
        #expect(
            message { _ = try read("[" + deepest + "]") }
                == "a.yaml:1:65: expected YAML nested at most 64 deep, found a deeper value")
        #expect(
            message { _ = try read(String(repeating: "- ", count: 65)) }
                == "a.yaml:1:129: expected YAML nested at most 64 deep, found a deeper value")

        // Some versions of libyaml refuse so many at the first, before there is an event.
        let deep = message { _ = try read(String(repeating: "[", count: 2000)) }
        #expect(
            deep.wholeMatch(of: /a\.yaml:1:(1|65): expected YAML nested at most 64 deep, found a deeper value/) != nil)

        // A mapping, its keys and their values.
        let most = "{z: ''" + (0..<49_998).map { ",k\($0): 1" }.joined()
        #expect(try read(most + "}").value.object?.count == 49_999)
        #expect(
            message { _ = try read(most + ", y: 1}") }.hasSuffix("expected at most 100000 keys and values, found more"))
    }

    /// Each as long as a text may be, or growing twofold with each line if somebody let it.
    @Test(arguments: [
        "[", "{", "{a: ", "[[],", "- ", "? ", ": ", "-\n", "a\n", "a ", "\n", "\r\n", "'", "\"", "\"\\", "|\n ",
        ">\n\n", "#\n",
        "&a ", "*a ", "!a ", "! ", "%a\n", "---\n", "...\n", "a: b\n", "{}\n", "1", "0x1", "1_", "9e", "\u{301}",
        "<<: ", ",",
        "] ", "\"\" : ", "'a': 'b', ",
    ])
    func `a mebibyte of one thing is judged at once`(_ piece: String) throws {
        let count = YAMLDocument.byteLimit / piece.utf8.count
        for start in ["", "[", "a: |\n "] {
            let text = Array((start + String(repeating: piece, count: count - start.utf8.count)).utf8)
            var result: Result<YAMLDocument, FormatError>?
            let duration = ContinuousClock().measure {
                result = Result { () throws(FormatError) in try YAMLDocument(parsing: text, source: "a.yaml") }
            }
            #expect(duration < .seconds(10))
            if case .failure(let error)? = result { #expect(error.position != nil) }
        }
    }

    @Test func `aliases do not multiply`() {
        let levels = (1...60).map { "- &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        #expect(
            message { _ = try read("- &a0 [x]\n\(levels)- {*a60 : 1}\n") }
                == "a.yaml:1:3: expected no anchor, found &a0")
    }

    @Test(arguments: 0..<10)
    func `chance makes values and errors with a place`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var values = 0
        for _ in 0..<100 {
            var text = Array(Self.texts[Int(random.next() % UInt64(Self.texts.count))].utf8)
            for _ in 0...random.next() % 4 { Self.mutate(&text, &random) }
            if judge(text) { values += 1 }
        }
        #expect((5...95).contains(values), "chance makes both")
    }

    private static let texts = [
        """
        # A network.
        image: [28, 28, 1]
        encoder:
          - conv2d: {channels: 64, kernel: 3, stride: 2}
          - residual: [group_norm, silu, conv2d: {channels: 64, kernel: 3}]
          - times: 3
            blocks:
              - dense: {units: 0x40, scale: 1e-3}
        latent: {gaussian: {dimensions: 2}}
        """,
        "\"größe\": 'it''s'\nwords: |\n  one\n   two\n\nfolded: >-\n  a\n  b\nempty:\nescaped: \"\\u00e9\\n\"\n",
        #"{"a": [1, -2.5e+3, .5, true, null, "é"], "b": {"c": {}}, "d": []}"#,
        "---\r\n- - a\r\n  - ~\r\n- ? long key\r\n  : [x,\r\n     y]\r\n...\r\n",
    ]

    /// One change of many kinds.
    private static func mutate(_ text: inout [UInt8], _ random: inout SplitMix) {
        func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }
        var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let (place, line) = (below(text.count + 1), below(lines.count))
        let signs = Array("[]{}:,-?&*!|>'\"%@`#\t \n\r\u{0}\u{1B}\u{85}\u{2028}\u{301}😀<~".unicodeScalars)
        switch below(9) {
        case 0 where !text.isEmpty: text[place % text.count] ^= 1 << UInt8(below(8))
        case 1: text.removeSubrange(place..<min(text.count, place + below(5)))
        case 2: text.insert(contentsOf: String(signs[below(signs.count)]).utf8, at: place)
        case 3: text.insert(contentsOf: String(repeating: "9", count: 1 + below(400)).utf8, at: place)
        case 4:
            text.insert(
                contentsOf: String(repeating: ["[", "{a: ", "- "][below(3)], count: below(100)).utf8, at: place)
        case 5: text.removeLast(min(text.count, below(20)))
        default:
            switch below(3) {
            case 0: lines.insert(lines[line], at: below(lines.count))
            case 1: lines[line] = Array(repeating: [0x20, 0x09][below(8) / 7], count: below(6)) + lines[line]
            default: lines[line] = Array(lines[line].drop { $0 == 0x20 })
            }
            text = Array(lines.joined(separator: [0x0A]))
        }
    }
}

/// A text is a value whose every part has a place, or an error in one line with a place in the text; says which.
private func judge(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    func isInside(_ position: TextPosition) -> Bool {
        lines.indices.contains(position.line - 1)
            && (1...lines[position.line - 1].count + 1).contains(position.column)
    }
    func requirePlaces(_ value: JSONValue, _ path: [ValueStep], _ document: YAMLDocument) {
        guard let position = document.position(of: path), isInside(position) else {
            Issue.record("no place of \(path)")
            return
        }
        for member in value.object ?? [] { requirePlaces(member.value, path + [.key(member.key)], document) }
        for (number, item) in (value.array ?? []).enumerated() {
            requirePlaces(item, path + [.index(number)], document)
        }
    }
    do {
        let document = try YAMLDocument(parsing: bytes, source: "a.yaml")
        requirePlaces(document.value, [], document)
        return true
    } catch {
        let position = error.position
        #expect(position.map(isInside) ?? false, "\(error)")
        #expect("\(error)".hasPrefix("a.yaml:\(position?.description ?? ""): expected ") && "\(error)".utf8.count < 400)
        #expect(!"\(error)".contains("\n"))
        return false
    }
}

/// The same numbers for the same seed (Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
