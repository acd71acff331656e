import Foundation
import Testing

/// CONTRIBUTING.md says in which files an op stands.
@Suite struct ContributingTests {
    private static let root = Article.folder.appending(path: "../..").standardized

    /// The example of one of its lists.
    struct Example: Sendable, CustomTestStringConvertible {
        let heading: String
        /// The example's name as files have it.
        let words: String
        var testDescription: String { heading }
    }

    private static let examples = [
        Example(heading: "### A function of each value", words: "silu"),
        Example(heading: "### An op with settings and parameters", words: #"group_?norm|Pattern\.norms"#),
        Example(heading: "### An objective", words: "RegularizedAutoencoder|rae: \\{"),
    ]

    @Test(arguments: examples)
    func theFilesOfAnOpAreThoseItLists(_ example: Example) throws {
        let page = try String(contentsOf: Self.root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
        let section = page.components(separatedBy: example.heading + "\n")
        try #require(section.count == 2)
        let list = section[1].components(separatedBy: "\n#")[0]
        let named = Set(list.matches(of: /`((?:Sources|Tests)\/[^`]+)`/).map { String($0.1) })
        for path in named where path.hasPrefix("Tests/") {
            #expect(try Self.names(example, in: path), "\(path)")
        }
        let sources = Self.root.appending(path: "Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).map { "Sources/" + $0 }
        // Recipes name ops as everybody does.
        let found = try files.filter { try !$0.hasPrefix("Sources/Recipes/") && Self.names(example, in: $0) }
        #expect(named.filter { $0.hasPrefix("Sources/") } == Set(found))
    }

    /// Whether a text file names the example elsewhere than in a comment.
    private static func names(_ example: Example, in path: String) throws -> Bool {
        guard ["swift", "c", "h", "inc", "js", "md"].contains(path.split(separator: ".").last) else { return false }
        let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
        let expression = try Regex(example.words).ignoresCase()
        return text.split(separator: "\n").contains { line in
            !line.drop { $0 == " " }.hasPrefix("//") && line.contains(expression)
        }
    }
}
