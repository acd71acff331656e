/// Bytes that are not what their format demands: a broken, hostile or foreign file.
///
/// Thrown by every parser before memory is taken for what the bytes claim.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, or the name of the bytes where there is no file.
    public let source: String
    /// Where the fault lies, in bytes from the start; nil where it has no place, or `position` says it.
    public let offset: Int?
    /// Where the fault lies in a text that people write; nil in other files.
    public let position: TextPosition?
    /// What should have stood there.
    public let expected: String
    /// What stands there.
    public let found: String
    /// The fault in a sentence of its own, where "expected, found" would not say it.
    public let reason: String?
    /// Whether the file says that a newer program wrote it: no damage, and nothing that this one may judge.
    public let isOfNewerVersion: Bool

    /// Describes a fault in `source`.
    /// - Parameters:
    ///   - source: The file, or the name of the bytes where there is no file.
    ///   - offset: Where the fault lies, in bytes from the start.
    ///   - position: Where it lies in a text that people write, in place of `offset`.
    ///   - expected: What should have stood there.
    ///   - found: What stands there.
    ///   - isOfNewerVersion: Whether the file says that a newer program wrote it.
    public init(
        source: String, offset: Int? = nil, position: TextPosition? = nil, expected: String, found: String,
        isOfNewerVersion: Bool = false
    ) {
        self.source = source
        self.offset = offset
        self.position = position
        self.expected = expected
        self.found = found
        reason = nil
        self.isOfNewerVersion = isOfNewerVersion
    }

    /// Describes a fault in a text that people write, in a sentence of its own.
    /// - Parameters:
    ///   - position: Where it lies; nil where nobody knows.
    package init(source: String, position: TextPosition?, reason: String) {
        self.source = source
        offset = nil
        self.position = position
        (expected, found) = ("", "")
        self.reason = reason
        isOfNewerVersion = false
    }

    /// One line: `digits.npy, byte 6: expected NPY version 1, 2 or 3, found 9`; of a text,
    /// `recipe.yaml:12:7: expected …`, which editors and terminals lead to.
    public var description: String {
        let place = position.map { ":\($0)" } ?? offset.map { ", byte \($0)" } ?? ""
        if let reason { return "\(printable(source))\(place): \(printable(reason))" }
        return "\(printable(source))\(place): expected \(printable(expected)), found \(printable(found))"
    }
}
