/// What a settings function is walked by: it names each setting once, and whoever asks reads, writes or lists them.
///
/// A type with settings has one function, `settings(_:)`, which names each of them with what it may be. Reading takes the
/// given values into it and refuses those that nobody asked for; writing gives them back; a list is for people.
package final class SettingVisitor {
    /// One setting, for a list.
    package struct Entry: Hashable, Sendable {
        package let name: String
        /// What it holds; at the defaults where a default was asked.
        package let value: JSONValue
        /// What it may be: `a whole number from 1`.
        package let range: String
    }

    /// Every setting that was named so far, as it stands after the visit.
    package private(set) var entries: [Entry] = []
    /// What is read; nil to leave everything as it is.
    private let given: [JSONValue.Member]?
    /// Settings that were left at what they were.
    private var asked: [String] = []

    /// A visitor that changes nothing, for writing and listing.
    package init() { given = nil }

    /// A visitor that reads the members of an object.
    package init(reading members: [JSONValue.Member]) { given = members }

    /// The given value of a setting.
    private func take(_ name: String) -> JSONValue? {
        asked.append(name)
        guard let given else { return nil }
        for member in given where member.key == name { return member.value }
        return nil
    }

    /// A setting that is read elsewhere: no member is refused for it, and a mistyped one may be near to it.
    package func know(_ name: String) { asked.append(name) }

    private func fail(_ name: String, _ range: String, _ found: JSONValue) -> SettingError {
        SettingError("expected \(range), found \(found.shown)", at: [.key(name)])
    }

    /// A setting of any form.
    /// - Parameters:
    ///   - range: What it may be, in words.
    ///   - read: The value of what was given; nil where it is not of that form.
    package func value<Value>(
        _ name: String, _ value: inout Value, _ range: String, read: (JSONValue) -> Value?,
        write: (Value) -> JSONValue
    ) throws(SettingError) {
        if let found = take(name) {
            guard let new = read(found) else { throw fail(name, range, found) }
            value = new
        }
        entries.append(Entry(name: name, value: write(value), range: range))
    }

    /// A setting of any form that may be left out.
    ///
    /// Apart from `value`, where a wrong form of an optional would pass for one that is not given.
    /// - Parameter read: The value of what was given; nil where it is not of that form.
    package func optional<Value>(
        _ name: String, _ value: inout Value?, _ range: String, read: (JSONValue) -> Value?,
        write: (Value) -> JSONValue
    ) throws(SettingError) {
        try self.value(
            name, &value, range,
            read: { json -> Value?? in
                guard let found = read(json) else { return .none }
                return .some(found)
            },
            write: { $0.map(write) ?? .null })
    }

    /// A whole number.
    package func integer(_ name: String, _ value: inout Int, _ range: ClosedRange<Int>) throws(SettingError) {
        let words =
            range.upperBound == .max
            ? "a whole number from \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        try self.value(
            name, &value, words, read: { json in json.whole.flatMap { range.contains($0) ? $0 : nil } },
            write: { .integer($0) })
    }

    /// A number of a closed range, whose ends may be infinite.
    package func number(
        _ name: String, _ value: inout Double, _ range: ClosedRange<Double>, _ words: String
    ) throws(SettingError) {
        try self.value(
            name, &value, words,
            read: { json in json.number.flatMap { $0.isFinite && range.contains($0) ? $0 : nil } },
            write: { .number($0) })
    }

    /// True or false.
    package func flag(_ name: String, _ value: inout Bool) throws(SettingError) {
        try self.value(name, &value, "true or false", read: { $0.bool }, write: { .bool($0) })
    }

    /// One of a few words.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ value: inout Choice
    ) throws(SettingError) where Choice.RawValue == String {
        let words = Choice.allCases.map { $0.rawValue }
        try self.value(
            name, &value, "one of " + words.joined(separator: ", "),
            read: { json in json.string.flatMap { Choice(rawValue: $0) } }, write: { .string($0.rawValue) })
    }

    /// Height and width: one number for both, or a list of two.
    package func pair(
        _ name: String, _ height: inout Int, _ width: inout Int, _ range: ClosedRange<Int>
    ) throws(SettingError) {
        var both = [height, width]
        try value(
            name, &both,
            "a whole number from \(range.lowerBound) to \(range.upperBound), or a list of height and width",
            read: { json in
                let sides = json.whole.map { [$0, $0] } ?? json.wholes ?? []
                return sides.count == 2 && range.contains(sides[0]) && range.contains(sides[1]) ? sides : nil
            },
            write: { $0[0] == $0[1] ? .integer($0[0]) : .array($0.map { .integer($0) }) })
        (height, width) = (both[0], both[1])
    }

    /// Refuses members that no setting is called by.
    package func finish(_ what: String) throws(SettingError) {
        for member in given ?? [] where !asked.contains(member.key) {
            var reason = "\(what) has no setting called \(member.key)"
            reason += didYouMean(member.key, among: asked)
            if asked.isEmpty { reason = "\(what) has no settings, so \(member.key) means nothing" }
            throw SettingError(reason, at: [.key(member.key)])
        }
    }

    /// Every setting of a value as it stands.
    /// - Parameter visit: Calls the value's own `settings(_:)`.
    package static func list<Value>(
        _ value: Value, _ visit: (inout Value, SettingVisitor) throws(SettingError) -> Void
    ) -> [Entry] {
        var copy = value
        let visitor = SettingVisitor()
        // A visit that reads nothing refuses nothing.
        do throws(SettingError) { try visit(&copy, visitor) } catch {}
        return visitor.entries
    }

    /// All settings as an object, in the order in which they were named.
    package var written: JSONValue { .object(entries.map { .init($0.name, $0.value) }) }
}

extension JSONValue {
    /// The number, if it is whole: `3.0` is.
    package var whole: Int? {
        switch self {
        case .integer(let number): number
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }

    /// The whole numbers of an array.
    package var wholes: [Int]? {
        guard let array else { return nil }
        var numbers: [Int] = []
        for element in array {
            guard let number = element.whole else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// As an error shows it: short values themselves, others by their kind.
    package var shown: String {
        switch self {
        case .null: "nothing"
        case .bool(let truth): truth ? "true" : "false"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): text.utf8.count <= 40 ? text : "a string of \(text.utf8.count) bytes"
        case .array(let elements):
            elements.count <= 8 && wholes != nil
                ? "[" + elements.map { $0.shown }.joined(separator: ", ") + "]" : "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}
