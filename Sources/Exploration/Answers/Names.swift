import Formats
import Settings

/// Names that somebody gives, of which only some mean anything.
package enum Names {
    /// Refuses a name that means nothing, or stands twice: a typing error would be answered as another question.
    /// - Parameters:
    ///   - given: In the order in which they stand.
    ///   - known: Those that mean something.
    ///   - place: Where they stand, for errors.
    package static func require(
        _ given: [String], among known: [String], of place: String
    ) throws(ExplorationError) {
        for (position, name) in given.enumerated() {
            guard known.contains(name) else {
                let expected = known.isEmpty ? "no names" : "no names but \(known.joined(separator: ", "))"
                let hint = didYouMean(name, among: known)
                throw .invalid(place, expected: expected, found: printable(name, limit: 40) + hint)
            }
            if given[..<position].contains(name) {
                throw .invalid(place, expected: "each name once", found: "\(name) twice")
            }
        }
    }
}
