import Exploration
import Formats
import Runs
import Settings

/// The explorer of one run as one HTML file that needs no server, no network and no file beside it.
///
/// It holds the page's own files, the modules as `data:` URLs, and in `<script id="embedded-run">` what
/// `page/embedded.js` computes its answers from: weights, codes, losses and images.
package struct SelfContainedPage: Sendable {
    /// UTF-8.
    package let html: [UInt8]
    /// Test images whose pictures the page holds, and all of them.
    package let pictures, images: Int

    /// Large enough for MNIST as a whole, small enough to be sent by mail.
    package static let byteLimit = 6_000_000

    /// Asks a run for all that its page holds.
    /// - Parameters:
    ///   - explorer: Of the run.
    ///   - id: Nil for the first run.
    ///   - point: Which weights.
    ///   - page: What it is made of.
    ///   - byteLimit: Pictures are left out, from all over the set, until the page is no larger.
    /// - Throws: `ExplorationError`, `FormatError`.
    package init(
        _ explorer: RunExplorer, run id: String? = nil, checkpoint point: RunFolder.Point = .last,
        page: ExplorerPage = .embedded, byteLimit: Int = SelfContainedPage.byteLimit
    ) async throws {
        let model = try await explorer.model(run: id, checkpoint: point)
        let (test, codes) = (try await model.images(.test), try await model.codes(.test))
        var run = EmbeddedRun(
            detail: try await explorer.run(id), checkpoint: point, weights: model.weights,
            model: try model.run.configuration.training.program(), codes: codes, test: test)
        let frame = try PageFrame(page)
        try run.keepPictures(within: byteLimit - frame.byteCount - run.byteCount)
        html = try frame.filled(with: run.json)
        (pictures, images) = (run.pictures.count, test.count)
    }

    /// Writes the file, whole or not at all.
    /// - Throws: `FileError`.
    package func write(to path: String) throws(FileError) {
        try AtomicFile.write(html, to: path)
    }
}

/// The page's HTML around the run's data.
private struct PageFrame {
    private let before, after: String

    var byteCount: Int { before.utf8.count + after.utf8.count }

    init(_ page: ExplorerPage) throws(FormatError) {
        let imports = try page.modules().sorted { $0.key < $1.key }.compactMap { name, file in
            page[file].map { JSONValue.Member(name, .string(Self.dataURL($0))) }
        }
        let map = String(decoding: JSONValue.object([.init("imports", .object(imports))]).serialized(), as: UTF8.self)
        var html = page.index.text
        for file in page.files {
            let path = ExplorerPage.assets + file.name
            html = html.replacing(
                "<link rel=\"stylesheet\" href=\"\(path)\">", with: "<style>\n\(file.text)</style>")
            html = html.replacing(" src=\"\(path)\"", with: " src=\"\(Self.dataURL(file))\"")
        }
        html = html.replacing(page.importMap, with: map)
        // Nothing is fetched, and no script runs but the page's own.
        let policy =
            "default-src 'none'; script-src \(ExplorerPage.contentSecuritySource(of: map)) data:; "
            + "style-src 'unsafe-inline'; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
        html = html.replacing(
            Self.charset,
            with: "\(Self.charset)\n<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)\">")
        guard let body = html.firstRange(of: Self.moduleStart), html.contains("Content-Security-Policy") else {
            throw FormatError(
                source: "index.html", expected: "\(Self.charset) and \(Self.moduleStart)", found: "not both")
        }
        before = html[..<body.lowerBound] + "<script type=\"application/json\" id=\"embedded-run\">"
        after = ExplorerPage.scriptEnd + "\n" + html[body.lowerBound...]
    }

    /// The page with a JSON document that its own end tag cannot end: `<` stands in strings only.
    func filled(with json: [UInt8]) throws -> [UInt8] {
        var bytes = Array(before.utf8)
        bytes.reserveCapacity(byteCount + json.count)
        for byte in json {
            if byte == UInt8(ascii: "<") { bytes += Array("\\u003c".utf8) } else { bytes.append(byte) }
        }
        return bytes + Array(after.utf8)
    }

    private static func dataURL(_ file: PageFile) -> String {
        "data:text/javascript;base64," + Base64.encode(file.bytes)
    }

    private static let charset = "<meta charset=\"utf-8\">"
    private static let moduleStart = "<script type=\"module\""
}
