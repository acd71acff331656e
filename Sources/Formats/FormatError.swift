/// Bytes that are not what their format demands: a broken, hostile or foreign file.
///
/// Thrown by every parser before memory is taken for what the bytes claim.
public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, or the name of the bytes where there is no file.
    public let source: String
    /// Where the fault lies, in bytes from the start; nil where it has no place.
    public let offset: Int?
    /// What should have stood there.
    public let expected: String
    /// What stands there.
    public let found: String
    /// Whether the file says that a newer program wrote it: no damage, and nothing that this one may judge.
    public let isOfNewerVersion: Bool

    /// Describes a fault in `source`.
    /// - Parameters:
    ///   - source: The file, or the name of the bytes where there is no file.
    ///   - offset: Where the fault lies, in bytes from the start.
    ///   - expected: What should have stood there.
    ///   - found: What stands there.
    ///   - isOfNewerVersion: Whether the file says that a newer program wrote it.
    public init(
        source: String, offset: Int? = nil, expected: String, found: String, isOfNewerVersion: Bool = false
    ) {
        self.source = source
        self.offset = offset
        self.expected = expected
        self.found = found
        self.isOfNewerVersion = isOfNewerVersion
    }

    /// One line: `digits.npy, byte 6: expected NPY version 1, 2 or 3, found 9`.
    public var description: String {
        let place = offset.map { ", byte \($0)" } ?? ""
        return "\(printable(source))\(place): expected \(printable(expected)), found \(printable(found))"
    }
}
