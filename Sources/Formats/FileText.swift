extension String {
    /// Whether at most 30 combining marks stand in a row: Unicode's bound for text that is read as a stream (UAX #15, 13).
    ///
    /// Swift sorts a run of marks before it hashes or compares a string, in time that grows with the square of its
    /// length: a name of a few megabytes would keep a dictionary busy for days.
    package var isStreamSafe: Bool {
        var marks = 0
        for scalar in unicodeScalars {
            // No mark stands before U+0300, and the properties take a search.
            let isMark = scalar.value >= 0x300 && scalar.properties.canonicalCombiningClass != .notReordered
            marks = isMark ? marks + 1 : 0
            if marks > 30 { return false }
        }
        return true
    }
}

/// A file's own words as an error shows them: on one line, without what a terminal would obey, and not endless.
///
/// Control and format characters are written as `\u{1B}`; what goes beyond `limit` characters becomes `…`.
package func printable(_ text: String, limit: Int = 1000) -> String {
    var shown = ""
    for (position, scalar) in text.unicodeScalars.enumerated() {
        if position == limit { return shown + "…" }
        if scalar.isObeyed {
            shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}

/// Words of several lines, each made `printable` without a limit: what a terminal may be given as it is.
package func printableLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { printable(String($0), limit: .max) }.joined(separator: "\n")
}

/// A path or another word as a person types it into a shell, in a command that an answer proposes.
///
/// What holds neither spaces nor signs of the shell's stays as it is. Control and format characters are written as
/// `$'\x1b'`, which bash, zsh and the newest POSIX read.
package func shellWord(_ word: String) -> String {
    if word.unicodeScalars.contains(where: \.isObeyed) {
        let escaped = word.unicodeScalars.map { scalar in
            if scalar.isObeyed {
                return Array(String(scalar).utf8).map { "\\x" + hexadecimal([$0]) }.joined()
            }
            return scalar == "'" || scalar == "\\" ? "\\\(scalar)" : String(scalar)
        }
        return "$'\(escaped.joined())'"
    }
    let isPlain = word.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil || "_./-+=:@%,".unicodeScalars.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}

extension Unicode.Scalar {
    /// Whether a terminal obeys it, or may show other characters elsewhere for its sake, rather than show it.
    var isObeyed: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
