import Formats
import Settings

/// What a word without quotes stands for: YAML 1.2's core schema, without what its readers take in different ways.
///
/// `yes`, `no`, `on`, `off`, times and dates are strings, though YAML 1.1 has them for something else. `1e-3`, `.5` and
/// `5.` are numbers, though YAML 1.1 has the first for a string. Refused are numbers with a leading 0 or `_`, `.inf`,
/// `.nan`, and what a Double does not hold. Without the dot, `NaN` is a string, as in JSON.
enum PlainScalar {
    /// A word that readers of YAML take for different values.
    struct Refusal: Error {
        /// What should stand there.
        let expected: String
    }

    static func value(of word: String) throws(Refusal) -> JSONValue {
        switch word {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: try number(word) ?? .string(word)
        }
    }

    /// Nil where a word is no number.
    private static func number(_ word: String) throws(Refusal) -> JSONValue? {
        let isNegative = word.utf8.first == UInt8(ascii: "-")
        let body = Array(word.utf8.dropFirst(isNegative || word.utf8.first == UInt8(ascii: "+") ? 1 : 0))
        guard let first = body.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        if isDigit(first), body.contains(UInt8(ascii: "_")) {
            // Byte by byte: with a combining mark behind it, '_' is no Character of its own.
            let rest = String(decoding: body.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
            guard try number(rest) != nil else { return nil }
            throw Refusal(expected: "a number without '_', or a string in quotes")
        }
        switch String(decoding: body, as: UTF8.self) {
        case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
            throw Refusal(expected: "a finite number, or a string in quotes")
        case let text where text.hasPrefix("0x"):
            return try wholeNumber(text.dropFirst(2), radix: 16, isNegative)
        case let text where text.hasPrefix("0o"):
            return try wholeNumber(text.dropFirst(2), radix: 8, isNegative)
        default:
            return try decimal(body, isNegative)
        }
    }

    private static func decimal(_ body: [UInt8], _ isNegative: Bool) throws(Refusal) -> JSONValue? {
        var rest = body[0...]
        let whole = digits(&rest)
        var fraction = rest.prefix(0)
        var hasPoint = false
        if rest.first == UInt8(ascii: ".") {
            hasPoint = true
            rest = rest.dropFirst()
            fraction = digits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = rest.prefix(0)
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            exponent = rest
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !digits(&rest).isEmpty else { return nil }
        }
        guard rest.isEmpty else { return nil }
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else {
            throw Refusal(expected: "a number without a leading 0 (octal to some), or a string in quotes")
        }
        guard hasPoint || !exponent.isEmpty else {
            return try wholeNumber(Substring(decoding: whole, as: UTF8.self), radix: 10, isNegative)
        }
        let zero: [UInt8] = [UInt8(ascii: "0")]
        let literal = zero + whole + [UInt8(ascii: ".")] + fraction + zero + exponent
        guard let number = Double(String(decoding: literal, as: UTF8.self)), number.isFinite else {
            throw Refusal(expected: "a number that fits a Double")
        }
        return .number(isNegative ? -number : number)
    }

    /// Digits of a whole number; nil where they are none of `radix`.
    private static func wholeNumber(
        _ digits: Substring, radix: Int, _ isNegative: Bool
    ) throws(Refusal) -> JSONValue? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ Character(UnicodeScalar($0)).isDigit(radix) }) else {
            return nil
        }
        if let number = Int((isNegative ? "-" : "") + digits, radix: radix) {
            // Only a Double has a negative zero.
            return isNegative && number == 0 ? -0.0 : .integer(number)
        }
        guard let number = UInt128(digits, radix: radix).flatMap({ Double(exactly: $0) }) else {
            throw Refusal(expected: "a whole number that a Double holds exactly (1e20 may be rounded)")
        }
        return .number(isNegative ? -number : number)
    }

    /// Steps over the digits that come next.
    private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix(while: isDigit)
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Character {
    /// Whether this is an ASCII digit of a number of `radix`.
    fileprivate func isDigit(_ radix: Int) -> Bool {
        isASCII && hexDigitValue.map { $0 < radix } ?? false
    }
}
