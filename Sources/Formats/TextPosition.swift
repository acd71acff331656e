/// A place in a text, as editors show it: `12:7`.
public struct TextPosition: Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars: `é` is one column where it is one scalar, and so is a tab.
    public let column: Int

    /// A place in a text.
    /// - Parameters:
    ///   - line: The line, from 1.
    ///   - column: The column, from 1, in Unicode scalars.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Line and column: `12:7`.
    public var description: String { "\(line):\(column)" }
}
