import Formats

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
                let hint = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
                throw .invalid(place, expected: expected, found: printable(name, limit: 40) + hint)
            }
            if given[..<position].contains(name) {
                throw .invalid(place, expected: "each name once", found: "\(name) twice")
            }
        }
    }

    /// The known name that is a few letters away at the most.
    static func nearest(to name: String, among known: [String]) -> String? {
        guard name.utf8.count <= 40 else { return nil }
        let letters = Array(name.lowercased().utf8)
        let candidates = known.map { (name: $0, distance: distance(letters, Array($0.utf8))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(letters.count, best.name.utf8.count) / 2) ? best.name : nil
    }

    /// Letters to add, drop or change (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let change = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
