import Formats

/// Weights of a file that do not become a model's: every reason, a line each.
package struct ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    package let source: String
    /// What is wrong, each in a line.
    package let reasons: [String]
    /// Options of the command line that would answer a question.
    package let answers: [String]

    init(source: String, _ reasons: [String], answers: [String] = []) {
        (self.source, self.reasons, self.answers) = (source, reasons, answers)
    }

    /// The file and the first reason, or all of them in lines of their own; then what answers them.
    package var description: String {
        let lines = reasons.map { printable($0) }
        let head = lines.count == 1 ? " \(lines[0])" : lines.map { "\n  \($0)" }.joined()
        return "\(printable(source)):\(head)" + answers.map { "\n  \(printable($0))" }.joined()
    }
}
