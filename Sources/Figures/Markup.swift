/// The text of an XML or HTML document, built so that nothing gets in unescaped.
package struct Markup: Sendable {
    /// What was written so far.
    package private(set) var text = ""

    package init() {}

    /// Writes `<name …/>`.
    package mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        open(name, attributes)
        text += "/>"
    }

    /// Writes `<name …>`, what `content` writes, and `</name>`.
    package mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: (inout Markup) throws -> Void
    ) rethrows {
        open(name, attributes)
        text += ">"
        try content(&self)
        text += "</\(name)>"
    }

    /// Writes `<name …>string</name>`, escaped.
    package mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text string: String
    ) {
        element(name, attributes) { $0.write(string) }
    }

    /// Writes `string`, escaped.
    package mutating func write(_ string: String) {
        text += Self.escaped(string)
    }

    /// Writes markup that is already whole.
    package mutating func write(raw markup: String) {
        text += markup
    }

    private mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        text += "<" + name
        for (key, value) in attributes {
            text += " \(key)=\"\(Self.escaped(value))\""
        }
    }

    /// `string` as it may stand in an element or a quoted attribute.
    ///
    /// Characters that XML 1.0 forbids even when escaped become U+FFFD.
    package static func escaped(_ string: String) -> String {
        // Most text needs nothing; long path data and data URIs would be slow scalar by scalar.
        let isPlain = string.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != 0x26 && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 && $0 != 0x27
        }
        if isPlain { return string }
        var result = ""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
            case "\0"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
