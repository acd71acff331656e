import Formats

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

/// An error's words without the folder that a run lies in, which is nobody's affair.
func words(of error: any Error, in folder: String) -> String {
    printable("\(error)").replacing("\(folder)/", with: "").replacing(folder, with: "the run")
}
