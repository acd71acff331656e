import Formats

extension RunVerification {
    /// Figures and report: each whole, all that belong to it there, and the report showing the figures.
    mutating func verifyPages(of run: RunFolder) throws {
        let isReported = try run.hasReport
        var drawings: [(name: String, elements: [MarkupReader.Element])] = []
        let wanted = run.figureNames
        let there = Set(try FileTree.isFolder(run.figuresPath) ? FileTree.names(in: run.figuresPath) : [])
        for name in wanted.always + wanted.sometimes {
            guard there.contains(name) else {
                if isReported, wanted.always.contains(name) {
                    add("figures/\(name)", .fault, "missing, where report.html shows it: vae report makes both anew")
                }
                continue
            }
            try judge("figures/\(name)") {
                let source = "\(run.figuresPath)/\(name)"
                let bytes = try FileBytes.read(source, limit: RunFolder.largestPage)
                if name.hasSuffix(".png") {
                    let image = try PNG.decode(bytes, source: source)
                    let end = try PNG.checkChunks(bytes, source: source)
                    guard end == bytes.count else {
                        throw FormatError(
                            source: source, offset: end, expected: "the end after the picture",
                            found: counted(bytes.count - end, "more byte"))
                    }
                    return "a whole PNG, \(image.width) × \(image.height)"
                }
                let elements = try Self.drawing(bytes, source: source, root: "svg")
                drawings.append((name, elements))
                return "a whole SVG"
            }
        }
        guard isReported else {
            if !there.isDisjoint(with: wanted.always) { add("report.html", .note, "none: vae report makes it") }
            return
        }
        var shown: Set<MarkupReader.Element.Drawn> = []
        var text = ""
        try judge("report.html") {
            let bytes = try run.reportBytes() ?? []
            let elements = try Self.drawing(bytes, source: run.reportPath, root: "html")
            shown = Set(elements.map(\.drawn))
            text = String(decoding: bytes, as: UTF8.self)
            try Self.requireFiles(of: elements, in: run)
            return "whole, without a file that is missing"
        }
        guard !shown.isEmpty else { return }
        for (name, elements) in drawings {
            let strokes = elements.drop { $0.name != "g" }.filter { $0.depth > 1 && $0.name != "g" }
            func words(_ name: String) -> String { elements.first { $0.name == name }?.text ?? "" }
            let caption = "<strong>\(words("title")).</strong> \(words("desc"))</figcaption>"
            // A page's style sheet is not escaped, a drawing's is.
            let style = words("style").replacing("&quot;", with: "\"").replacing("&gt;", with: ">")
            if !text.contains(caption) || !text.contains(style)
                || strokes.contains(where: { !shown.contains($0.drawn) })
            {
                add("figures/\(name)", .fault, "is not what report.html shows: vae report makes both anew")
            }
        }
    }

    /// The elements of a whole document, the pictures in which are whole too.
    private static func drawing(
        _ bytes: [UInt8], source: String, root: String
    ) throws -> [MarkupReader.Element] {
        let elements = try MarkupReader.elements(of: bytes, source: source)
        guard elements.first?.name == root else {
            throw FormatError(
                source: source, expected: "<\(root)> as its root", found: "<\(elements.first?.name ?? "")>")
        }
        for element in elements {
            for value in element.links where value.hasPrefix(pngPrefix) {
                guard let png = Base64.decode(String(value.dropFirst(pngPrefix.count))) else {
                    throw FormatError(source: source, expected: "pictures in Base64", found: "other text")
                }
                _ = try PNG.decode(png, source: "\(source) (a picture in it)")
            }
        }
        return elements
    }

    private static let pngPrefix = "data:image/png;base64,"

    /// Refuses a page that refers to files which do not lie beside it.
    private static func requireFiles(of elements: [MarkupReader.Element], in run: RunFolder) throws {
        for name in elements.flatMap(\.links) where !name.hasPrefix("data:") && !name.hasPrefix("#") {
            if try FileTree.exists("\(run.path)/\(name)") { continue }
            throw FormatError(source: run.reportPath, expected: "the file \(name) beside it", found: "none")
        }
    }
}

extension RunFolder {
    /// The files of `figures/` that a report of this run writes: those it always does, and those it may.
    var figureNames: (always: [String], sometimes: [String]) {
        let architecture = configuration.training.architecture
        var always = ["losses.svg", "samples.svg", "samples.png", "reconstructions.svg", "reconstructions.png"]
        if architecture.latent >= 2 {
            always.append("scatter.svg")
            if architecture.isVariational { always += ["grid.svg", "grid.png"] }
        }
        return (always, ["comparison.svg"])
    }
}

extension MarkupReader.Element {
    /// What is to be seen of an element, wherever it lies.
    fileprivate struct Drawn: Hashable {
        let name: String
        let attributes: [String: String]
        let text: String
    }

    /// Whatever it refers to.
    fileprivate var links: [String] { ["href", "src"].compactMap { attributes[$0] } }

    fileprivate var drawn: Drawn { Drawn(name: name, attributes: attributes, text: text) }
}
