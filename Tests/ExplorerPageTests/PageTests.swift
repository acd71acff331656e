import ExplorerPage
import Formats
import Foundation
import Testing

/// The page's sources beside the tests.
enum PageSources {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let root = tests.appending(path: "../..").standardized
    static let folder = root.appending(path: "Sources/CExplorerPage/page")
    /// Node.js, where there is one.
    static let node = ["/usr/bin/node", "/usr/local/bin/node", "/opt/homebrew/bin/node"]
        .first(where: FileManager.default.isExecutableFile)

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}

@Suite("The explorer's page")
struct PageTests {
    private let page = ExplorerPage.embedded

    @Test("holds every file of its folder, byte for byte")
    func holdsEveryFile() throws {
        let folder = try ExplorerPage(folder: PageSources.folder.path)
        #expect(page.files.map(\.name).sorted() == folder.files.map(\.name))
        for file in folder.files {
            #expect(page[file.name]?.bytes == file.bytes, "\(file.name)")
            #expect(page[file.name]?.etag == "\"\(SHA256.hex(of: file.bytes))\"")
            #expect(file.mediaType != "application/octet-stream", "\(file.name) is of no known kind")
        }
        #expect(page["none.js"] == nil)
    }

    @Test("takes less than 100 KB on its way to the browser, and 300 KB as it is written")
    func isSmall() {
        #expect(page.files.reduce(0) { $0 + $1.compressed.count } < 100_000)
        #expect(page.files.reduce(0) { $0 + $1.bytes.count } < 300_000)
    }

    @Test("names no address but a namespace's")
    func namesNoAddress() {
        for file in page.files {
            for match in file.text.matches(of: /https?:\/\/[^'")\s]*/) {
                #expect(match.output.hasSuffix("//www.w3.org/2000/svg"), "\(file.name): \(match.output)")
            }
        }
    }

    @Test("resolves what every module imports")
    func resolvesImports() throws {
        let modules = try page.modules()
        for (name, file) in modules { #expect(page[file] != nil, "\(name) leads to \(file)") }
        for file in page.files where file.name.hasSuffix(".js") {
            let imports = file.text.matches(of: /(?:from |import\()"([^"]+)"/)
            for match in imports {
                let name = String(match.output.1)
                #expect(modules[name] != nil, "\(file.name) imports \(name)")
            }
        }
        #expect(Set(modules.values) == Set(page.files.map(\.name).filter { $0.hasSuffix(".js") }))
    }

    @Test("shows Swift that the compiler has read")
    func showsCompiledSwift() throws {
        let words = try #require(page["pipeline-words.js"]?.text)
        let snippets = words.components(separatedBy: "code: `\n").dropFirst().map { $0.components(separatedBy: "`")[0] }
        #expect(snippets.count == 9)
        let compiled = try ["Tests/ExplorerPageTests/PipelineCode.swift", "Sources/Ops/Codes/Reparameterize.swift"]
            .flatMap { try PageSources.text($0).split(separator: "\n") }
        for line in snippets.flatMap({ $0.split(separator: "\n") }) {
            #expect(compiled.contains { $0.contains(line) }, "no source holds: \(line)")
        }
    }

    @Test("has the hash of its import map for the Content-Security-Policy")
    func hashesImportMap() throws {
        // echo -n '{}' | openssl dgst -sha256 -binary | base64
        let index = PageFile(name: "index.html", bytes: Array("<script type=\"importmap\">{}</script>".utf8))
        let page = try ExplorerPage(files: [index])
        #expect(page.importMap == "{}")
        #expect(page.importMapSource == "'sha256-RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o='")
    }

    @Test(
        "is refused without an import map that leads to its files",
        arguments: [
            ("page.html", "", "the explorer's page: expected a file index.html, found none"),
            ("index.html", "<html>", "index.html: expected <script type=\"importmap\">…</script>, found none"),
            (
                "index.html", "<script type=\"importmap\">{\"imports\": {\"a\": \"//b/c.js\"}}</script>",
                "index.html's import map: expected /assets/NAME for a, found //b/c.js"
            ),
        ])
    func isRefused(name: String, text: String, message: String) {
        let error = #expect(throws: FormatError.self) {
            try ExplorerPage(files: [PageFile(name: name, bytes: Array(text.utf8))]).modules()
        }
        #expect(error?.description == message)
    }
}
