/// The known name that somebody most likely meant by one that nobody knows, for "did you mean …?".
///
/// Names are near when a few letters are added, dropped, replaced or exchanged with their neighbour: one, or up to half of
/// the shorter name's. Capitals and small letters are the same. Of equally near names the first is taken.
/// - Parameters:
///   - name: What was written; beyond 40 bytes nothing is near.
///   - known: The names that mean something.
/// - Returns: One of `known`, or nil where none is near.
package func nearestName(to name: String, among known: [String]) -> String? {
    guard !name.isEmpty, name.utf8.count <= 40 else { return nil }
    let letters = Array(name.lowercased())
    let near = known.compactMap { candidate -> (name: String, distance: Int)? in
        let others = Array(candidate.lowercased())
        let distance = editDistance(letters, others)
        return distance <= max(1, min(letters.count, others.count) / 2) ? (candidate, distance) : nil
    }
    return near.min { $0.distance < $1.distance }?.name
}

/// `; did you mean relu?`, to stand behind an error's words; empty where no known name is near.
package func didYouMean(_ name: String, among known: [String]) -> String {
    nearestName(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
}

/// Letters to add, drop, replace or exchange with their neighbour (Damerau and Levenshtein, each place changed once).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for (i, letter) in a.enumerated() {
        var row = [i + 1]
        for (j, other) in b.enumerated() {
            var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (letter == other ? 0 : 1))
            if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other { least = min(least, rows[i - 1][j - 1] + 1) }
            row.append(least)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
