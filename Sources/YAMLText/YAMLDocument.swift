import Formats
import Settings

/// A YAML text as a `JSONValue`, with the place of every key and item in the text.
///
/// What is read is the part of YAML 1.2 that says the same to every reader: mappings with strings as keys, lists, strings
/// in each style, numbers, truth values and null, in one document. Whatever else YAML has is refused with its line and
/// column: anchors, aliases, merge keys, tags, and keys that stand twice or are no strings.
///
/// ```swift
/// let recipe = try YAMLDocument(parsing: bytes, source: "recipe.yaml")
/// recipe.value["encoder"]?.array?[3]["conv2d"]
/// recipe.position(of: [.key("encoder"), .index(3), .key("conv2d")])   // 12:7
/// ```
package struct YAMLDocument: Sendable {
    /// What the text says, members of mappings in the order in which they stand.
    package let value: JSONValue
    private let places: Places

    /// Reads one document of UTF-8, with a byte order mark or without, and line ends of any system.
    ///
    /// Time and memory grow no faster than the text.
    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - source: Named in errors.
    /// - Throws: An error with the line and the column of the fault; one without where the text is too long.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        let text = try CheckedText(bytes, source: source)
        var builder = YAMLBuilder(text)
        (value, places) = try builder.document()
    }

    /// How many bytes a text may have: 1 MiB.
    package static let byteLimit = 1 << 20

    /// How deep mappings and lists may nest.
    package static let depthLimit = JSONValue.depthLimit

    /// How many mappings, lists, keys and values there may be in all.
    package static let nodeLimit = 100_000

    /// Where a part of the value begins: a member at its key, an item where its own text begins.
    /// - Parameter path: The steps that lead to it from the whole, which is what no step leads to.
    /// - Returns: Nil where the value has no such part.
    package func position(of path: [ValueStep]) -> TextPosition? {
        var value = self.value
        var places = self.places
        for step in path {
            switch (step, value) {
            case (.key(let key), .object(let members)):
                guard let number = members.firstIndex(where: { $0.key == key }) else { return nil }
                value = members[number].value
                places = places.parts[number]
            case (.index(let number), .array(let items)) where items.indices.contains(number):
                value = items[number]
                places = places.parts[number]
            default:
                return nil
            }
        }
        return places.position
    }
}

/// Where a value begins, and its members or items in their order.
struct Places: Sendable {
    let position: TextPosition
    var parts: [Places] = []
}
