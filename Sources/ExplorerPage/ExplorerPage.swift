import Formats
import Settings

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The explorer's page: `index.html` with its modules and style sheets.
///
/// Modules import one another by bare names, which the page's one `<script type="importmap">` resolves: to
/// `/assets/NAME` when the page is served.
package struct ExplorerPage: Sendable {
    /// All files, `index.html` among them.
    package let files: [PageFile]
    /// The page itself.
    package let index: PageFile
    /// The import map's text, as it stands in `index.html`.
    package let importMap: String
    /// What a Content-Security-Policy calls the import map: `'sha256-…'`, quotes included.
    package let importMapSource: String
    private let positions: [String: Int]

    /// Takes the files of a page.
    /// - Throws: `FormatError` where there is no `index.html`, or none with an import map.
    package init(files: [PageFile]) throws(FormatError) {
        self.files = files
        positions = Dictionary(files.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard let index = positions["index.html"] else {
            throw FormatError(source: "the explorer's page", expected: "a file index.html", found: "none")
        }
        self.index = files[index]
        guard let map = files[index].text.part(between: Self.importMapStart, and: Self.scriptEnd) else {
            throw FormatError(source: "index.html", expected: "\(Self.importMapStart)…\(Self.scriptEnd)", found: "none")
        }
        importMap = String(map)
        importMapSource = Self.contentSecuritySource(of: importMap)
    }

    /// The page that is compiled into the program.
    package static let embedded: ExplorerPage = {
        do {
            return try ExplorerPage(files: PageFile.embedded)
        } catch {
            fatalError("\(error)")
        }
    }()

    /// A page under work: the files of a folder, as they are now.
    /// - Throws: `FileError` or `FormatError`.
    package init(folder: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { !$0.hasPrefix(".") }
        try self.init(
            files: names.map { PageFile(name: $0, bytes: try FileBytes.read("\(folder)/\($0)", limit: 1 << 20)) })
    }

    /// A file by its name.
    package subscript(name: String) -> PageFile? { positions[name].map { files[$0] } }

    /// The modules that the import map knows: bare name → file name.
    /// - Throws: `FormatError` where the map is no JSON, or leads elsewhere than to `/assets/`.
    package func modules() throws(FormatError) -> [String: String] {
        let map = try JSONValue(parsing: Array(importMap.utf8), source: "index.html's import map")
        var modules: [String: String] = [:]
        for member in map["imports"]?.object ?? [] {
            guard let path = member.value.string, path.hasPrefix(Self.assets) else {
                throw FormatError(
                    source: "index.html's import map", expected: "\(Self.assets)NAME for \(member.key)",
                    found: member.value.string ?? member.value.kind)
            }
            modules[member.key] = String(path.dropFirst(Self.assets.count))
        }
        return modules
    }

    /// Where files are served.
    package static let assets = "/assets/"
    static let importMapStart = "<script type=\"importmap\">"
    static let scriptEnd = "</script>"

    /// A hash source of CSP level 2 for the text between a script's tags.
    static func contentSecuritySource(of text: String) -> String {
        "'sha256-\(Base64.encode(SHA256.digest(of: Array(text.utf8))))'"
    }
}

extension String {
    /// What stands between two marks, the first time that they stand there.
    func part(between start: String, and end: String) -> Substring? {
        guard let first = firstRange(of: start), let last = self[first.upperBound...].firstRange(of: end) else {
            return nil
        }
        return self[first.upperBound..<last.lowerBound]
    }
}
