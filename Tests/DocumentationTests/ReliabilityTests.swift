import Foundation
import Testing

/// Documentation/reliability.md names the test that tries each fault.
@Suite struct ReliabilityTests {
    @Test func everyTestItNamesExists() throws {
        let root = Article.folder.appending(path: "../..").standardized
        let page = try String(contentsOf: root.appending(path: "Documentation/reliability.md"), encoding: .utf8)
        let tests = root.appending(path: "Tests")
        let files = try FileManager.default.subpathsOfDirectory(atPath: tests.path).filter {
            $0.hasSuffix("Tests.swift")
        }
        let named = page.matches(of: /`([A-Z][A-Za-z]+Tests)\.([^`]+)`/)
        #expect(named.count > 40)
        for match in named {
            let path = try #require(files.first { $0.hasSuffix("/\(match.1).swift") }, "\(match.1)")
            let text = try String(contentsOf: tests.appending(path: path), encoding: .utf8)
            let names = ["func \(match.2)(", "func `\(match.2)`("]
            #expect(names.contains { text.contains($0) }, "\(match.1) has no \(match.2)")
        }
    }
}
