import Formats
import Settings

/// Makes a value of events; its recursion is bounded by `YAMLDocument.depthLimit`.
struct YAMLBuilder {
    private let text: CheckedText
    private let events: YAMLEvents
    private var count = 0

    init(_ text: CheckedText) {
        self.text = text
        events = YAMLEvents(text)
    }

    mutating func document() throws(FormatError) -> (JSONValue, Places) {
        _ = try events.next()
        let start = try events.next()
        guard case .documentStart(let hasOtherRules) = start.kind else { throw empty() }
        guard !hasOtherRules else {
            throw text.failure(start.position, expected: "no directive but %YAML 1.2", found: "another")
        }
        let root = try events.next()
        let result = try node(root, depth: 0)
        if root.kind == .scalar("", isPlain: true) { throw empty() }
        _ = try events.next()
        let end = try events.next()
        guard end.kind == .streamEnd else {
            throw text.failure(end.position, expected: "one document", found: "another behind it")
        }
        return result
    }

    private func empty() -> FormatError {
        text.failure(TextPosition(line: 1, column: 1), expected: "a YAML document", found: "an empty one")
    }

    /// The value that an event begins.
    private mutating func node(_ event: YAMLEvent, depth: Int) throws(FormatError) -> (JSONValue, Places) {
        try admit(event)
        if case .scalar(let string, let isPlain) = event.kind {
            return (isPlain ? try plainValue(string, event) : .string(string), Places(position: event.position))
        }
        guard depth < YAMLDocument.depthLimit else {
            throw text.failure(event.position, expected: YAMLFault.depthLimit, found: YAMLFault.tooDeep)
        }
        return event.kind == .listStart
            ? try list(event.position, depth: depth + 1) : try mapping(event.position, depth: depth + 1)
    }

    private mutating func list(_ start: TextPosition, depth: Int) throws(FormatError) -> (JSONValue, Places) {
        var items: [JSONValue] = []
        var places = Places(position: start)
        var event = try events.next()
        while event.kind != .listEnd {
            let (item, place) = try node(event, depth: depth)
            items.append(item)
            places.parts.append(place)
            event = try events.next()
        }
        return (.array(items), places)
    }

    private mutating func mapping(_ start: TextPosition, depth: Int) throws(FormatError) -> (JSONValue, Places) {
        var members: [JSONValue.Member] = []
        var places = Places(position: start)
        var keys: Set<String> = []
        var event = try events.next()
        while event.kind != .mappingEnd {
            let key = try key(event)
            guard keys.insert(key).inserted else {
                throw text.failure(
                    event.position, expected: "each key once", found: "\"\(printable(key, limit: 40))\" again")
            }
            let (value, place) = try node(try events.next(), depth: depth)
            members.append(JSONValue.Member(key, value))
            places.parts.append(Places(position: event.position, parts: place.parts))
            event = try events.next()
        }
        return (.object(members), places)
    }

    private mutating func key(_ event: YAMLEvent) throws(FormatError) -> String {
        try admit(event)
        let found: String
        switch event.kind {
        case .scalar("<<", isPlain: true):
            throw text.failure(event.position, expected: "no merge key: write the members out", found: "<<")
        case .scalar(let string, isPlain: false): return string
        case .scalar(let string, isPlain: true):
            if case .string = try plainValue(string, event) { return string }
            found = string.isEmpty ? "none" : string
        case .listStart: found = "a list"
        default: found = "a mapping"
        }
        throw text.failure(event.position, expected: "a string as key (in quotes, anything is one)", found: found)
    }

    private func plainValue(_ string: String, _ event: YAMLEvent) throws(FormatError) -> JSONValue {
        do {
            return try PlainScalar.value(of: string)
        } catch {
            throw text.failure(event.position, expected: error.expected, found: printable(string, limit: 40))
        }
    }

    /// Counts a node, and refuses what stands before it.
    ///
    /// libyaml drops the tag `!` and tells nobody, so the text itself is looked at.
    private mutating func admit(_ event: YAMLEvent) throws(FormatError) {
        count += 1
        guard count <= YAMLDocument.nodeLimit else {
            throw text.failure(
                event.position, expected: "at most \(YAMLDocument.nodeLimit) keys and values", found: "more")
        }
        guard event.index < text.characters.count else { return }
        let refused: String
        switch text.characters[event.index] {
        case "&": refused = "no anchor"
        case "*": refused = "no alias (a string that begins with * stands in quotes)"
        case "!": refused = "no tag (a string that begins with ! stands in quotes)"
        default: return
        }
        throw text.failure(event.position, expected: refused, found: text.word(at: event.index))
    }
}
