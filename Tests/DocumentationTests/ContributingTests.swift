import Foundation
import Testing

/// CONTRIBUTING.md says in which files a layer stands.
@Suite struct ContributingTests {
    private static let root = Article.folder.appending(path: "../..").standardized

    @Test func theFilesOfALayerAreThoseItLists() throws {
        let page = try String(contentsOf: Self.root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "## How to add a layer").last)
        let list = try #require(section.components(separatedBy: "A rewrite that joins two layers").first)
        let named = list.matches(of: /`((?:Sources|Tests|Interop)\/[^`]+)`/).map { String($0.1) }
        #expect(list.contains("it stands in \(named.count)\nfiles"))
        for path in named {
            let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            #expect(text.contains(/(?i)max_?pool/), "\(path)")
        }
    }
}
