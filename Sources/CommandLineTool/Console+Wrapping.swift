extension Console {
    /// Lines of at most `columns` characters, broken between words; a word that is longer stays whole.
    ///
    /// Where a line sets parts apart by two spaces, as a line of metrics does, it is broken between those, if that is
    /// enough. What goes on is indented by two more spaces than the line itself.
    /// - Parameter indent: Of what goes on; nil for the line's own and two.
    static func wrapped(_ text: String, to columns: Int, indent: Int? = nil) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.count > columns else { return String(line) }
            let own = line.prefix { $0 == " " }.count
            let next = min(indent ?? own + 2, columns / 2)
            let parts = line.dropFirst(own).split(separator: "  ").map(String.init)
            let fits = parts.count > 1 && indent == nil && parts.allSatisfy { $0.count <= columns - next }
            let (words, space) = fits ? (parts, "  ") : (pieces(line.dropFirst(own)), "")
            var lines = [String(repeating: " ", count: own)]
            var isEmpty = true
            for word in words {
                let gap = isEmpty ? "" : space
                if !isEmpty, lines[lines.count - 1].count + gap.count + bare(word).count > columns {
                    lines[lines.count - 1] = bare(lines[lines.count - 1])
                    lines.append(String(repeating: " ", count: next) + word)
                } else {
                    lines[lines.count - 1] += gap + word
                }
                isEmpty = false
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Words, each with the spaces behind it.
    private static func pieces(_ line: Substring) -> [String] {
        var pieces: [String] = []
        for character in line {
            if let last = pieces.last, character == " " || last.last != " " {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        return pieces
    }

    /// Without the spaces at its end.
    private static func bare(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }
}
