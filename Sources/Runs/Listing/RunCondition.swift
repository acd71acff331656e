import Settings

/// What a run must be to be listed: `latent=8`, `val_loss<30`, `tags!=old`.
package struct RunCondition: Hashable, Sendable {
    /// The column that is looked at.
    package let column: String
    private let comparison: Comparison
    private let value: String

    private enum Comparison: String, CaseIterable {
        // In the order in which they are looked for: `<=` is no `<`.
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case equal = "="
        case less = "<"
        case greater = ">"
    }

    /// Reads a column's name, one of `=`, `!=`, `<`, `<=`, `>` and `>=`, and a value; nil for other words.
    package init?(_ text: String) {
        let signs = text.indices.lazy.compactMap { place in
            Comparison.allCases.first { text[place...].hasPrefix($0.rawValue) }.map { (place, $0) }
        }
        guard let (place, comparison) = signs.first, place > text.startIndex else { return nil }
        column = String(text[..<place])
        self.comparison = comparison
        value = String(text[place...].dropFirst(comparison.rawValue.count))
        // `==`, `=>` and `<` of a word are mistakes, not values.
        let isOrder = [.less, .atMost, .greater, .atLeast].contains(comparison)
        if value.first.map({ "=<>!".contains($0) }) ?? false || isOrder && value.isEmpty { return nil }
    }

    /// Whether a run's value in that column is as wanted.
    ///
    /// Numbers are compared as numbers, all else as text; of tags, one must be as wanted, or with `!=` none. Nil, where a
    /// run has no such value, is unequal to everything, and neither less nor greater.
    package func holds(_ found: JSONValue?) -> Bool {
        guard let found else { return comparison == .notEqual }
        if case .array(let elements) = found {
            let contains = elements.contains { $0.string == value }
            return comparison == .equal ? contains : comparison == .notEqual ? !contains : false
        }
        if let one = found.number, let other = Double(value) { return compare(one, other) }
        return compare(found.shownPlainly, value)
    }

    private func compare<Value: Comparable>(_ one: Value, _ other: Value) -> Bool {
        switch comparison {
        case .equal: one == other
        case .notEqual: one != other
        case .less: one < other
        case .atMost: one <= other
        case .greater: one > other
        case .atLeast: one >= other
        }
    }
}

extension JSONValue {
    /// Text as it is, a list with commas, all else as JSON has it.
    package var shownPlainly: String {
        switch self {
        case .null: ""
        case .bool(let truth): "\(truth)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): text
        case .array(let elements): elements.map(\.shownPlainly).joined(separator: ",")
        case .object(let members): members.map { "\($0.key)=\($0.value.shownPlainly)" }.joined(separator: ",")
        }
    }
}
