import Formats
import Runs

/// A question that cannot be answered: what was expected, and what was found.
package struct ExplorationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose fault it is, and what may help.
    package enum Kind: Sendable {
        /// The question makes no sense as it stands.
        case invalid
        /// It asks about something that is not there.
        case unknown
        /// What it asks about cannot be read, or is not made yet.
        case unavailable
        /// Too many questions wait already: ask again later.
        case overloaded
    }

    package let kind: Kind
    /// One line for a person.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func invalid(_ name: String, expected: String, found: String) -> ExplorationError {
        ExplorationError(.invalid, "\(name): expected \(expected), found \(printable(found, limit: 100))")
    }
}

/// An error's words with folders by their names, since the paths that lead to them are nobody's affair.
func words(of error: any Error, in folders: String?...) -> String {
    // A folder within another is not to be left with half of its path.
    folders.compactMap(\.self).map(FileTree.trimmed).sorted { $0.count > $1.count }
        .reduce(printable("\(error)")) { words, folder in
            words.replacingPath(printable(folder), with: printable(RunFolder.name(of: folder)))
        }
}

extension String {
    /// With another word in a path's place wherever it stands as a whole, or at the beginning of a longer one.
    fileprivate func replacingPath(_ path: String, with name: String) -> String {
        var (replaced, rest) = ("", self[...])
        for range in ranges(of: path) {
            let before = range.lowerBound == startIndex ? nil : self[index(before: range.lowerBound)]
            let after = range.upperBound == endIndex ? nil : self[range.upperBound]
            if before?.isOfPath == true || before == "/" || after?.isOfPath == true { continue }
            replaced += self[rest.startIndex..<range.lowerBound] + name
            rest = self[range.upperBound...]
        }
        return replaced + rest
    }
}

extension Character {
    /// Whether a path's part goes on with it, as words for people do not.
    fileprivate var isOfPath: Bool { isLetter || isNumber || "-_.~".contains(self) }
}
