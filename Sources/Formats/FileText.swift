extension String {
    /// Whether at most 30 combining marks stand in a row: Unicode's bound for text that is read as a stream (UAX #15, 13).
    ///
    /// Swift sorts a run of marks before it hashes or compares a string, in time that grows with the square of its
    /// length: a name of a few megabytes would keep a dictionary busy for days.
    var isStreamSafe: Bool {
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
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default:
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}
