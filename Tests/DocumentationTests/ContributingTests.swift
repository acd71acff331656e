import Foundation
import Testing
import VAE

/// CONTRIBUTING.md says in which files an op stands.
@Suite struct ContributingTests {
    private static let root = Article.folder.appending(path: "../..").standardized

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The files of each paragraph, and what they must hold.
    @Test(arguments: [("SiLU, an activation", "silu"), ("Any other op", "GroupNorm|vae_group_norm|normalized")])
    func theFilesOfAnOpAreThoseItLists(_ start: String, _ words: String) throws {
        let page = try Self.text("CONTRIBUTING.md")
        let section = try #require(page.components(separatedBy: "## How to add an op").last)
        let part = try #require(section.components(separatedBy: start).last?.components(separatedBy: "\n\nAny").first)
        let end = start.hasPrefix("Any") ? part.components(separatedBy: "`EveryOpTests`")[0] : part
        let paths = end.matches(of: /`(Sources\/[^`]+)`/).map { String($0.1) }
        #expect(paths.count >= 2)
        for path in paths {
            let found = try Self.text(path).range(of: words, options: [.regularExpression, .caseInsensitive])
            #expect(found != nil, "\(path)")
        }
    }
}
