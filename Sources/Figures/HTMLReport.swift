/// A run's results as one page that needs nothing beside itself: no network, no script.
public struct HTMLReport: Sendable {
    /// A number that stands large at the top of the page.
    public struct KeyNumber: Hashable, Sendable {
        /// What it is: "val_loss".
        public let name: String
        /// Already as text: "34.05".
        public let value: String
        /// A few quiet words under it.
        public let note: String

        /// Takes a name, the number as text, and a few words about it.
        public init(name: String, value: String, note: String = "") {
            self.name = name
            self.value = value
            self.note = note
        }
    }

    /// A part of a section.
    public enum Block: Hashable, Sendable {
        /// Text; what stands between back-ticks is set as code.
        case paragraph(String)
        /// A line of its own, set as code.
        case formula(String)
        /// Short points; back-ticks as in a paragraph.
        case list([String])
        /// Names and values.
        case settings([Setting])
        /// A table of every epoch.
        case losses([EpochLosses])
        /// A picture with its caption.
        case figure(Figure)
    }

    /// One line of a table of settings.
    public struct Setting: Hashable, Sendable {
        /// What was set.
        public let name: String
        /// To what.
        public let value: String

        /// Takes a name and a value as text.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A heading and what stands under it.
    public struct Section: Hashable, Sendable {
        /// A few words.
        public let heading: String
        /// From the top.
        public let blocks: [Block]

        /// Takes a heading and what stands under it.
        public init(_ heading: String, _ blocks: [Block]) {
            self.heading = heading
            self.blocks = blocks
        }
    }

    /// The page's title: the run's name.
    public let title: String
    /// A line under it.
    public let subtitle: String
    /// What the reader must know before he believes the rest; usually none.
    public let warnings: [String]
    /// Four to six of them look best.
    public let keyNumbers: [KeyNumber]
    /// From the top.
    public let sections: [Section]
    /// Versions, seed, and the like.
    public let footer: [String]

    /// Describes a report; see the properties.
    public init(
        title: String, subtitle: String, warnings: [String] = [], keyNumbers: [KeyNumber] = [],
        sections: [Section], footer: [String] = []
    ) {
        self.title = title
        self.subtitle = subtitle
        self.warnings = warnings
        self.keyNumbers = keyNumbers
        self.sections = sections
        self.footer = footer
    }

    /// The whole page: every text escaped, the same bytes for the same report.
    public var html: String {
        var page = Markup()
        page.write(raw: "<!DOCTYPE html>\n")
        page.element("html", ["lang": "en"]) { html in
            html.element("head") { head in
                head.element("meta", ["charset": "utf-8"])
                head.element("meta", ["name": "viewport", "content": "width=device-width,initial-scale=1"])
                head.element("meta", ["name": "color-scheme", "content": "light dark"])
                // Nothing is fetched and nothing runs, whatever a run is called.
                head.element(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
                    ])
                head.element("title", text: title)
                head.element("style") { $0.write(raw: "\n\(Self.style)\n\(Theme.figureStyle)\n") }
            }
            html.write(raw: "\n")
            html.element("body") { body in
                writeHeader(to: &body)
                for section in sections {
                    body.write(raw: "\n")
                    body.element("section") { part in
                        part.element("h2", text: section.heading)
                        for block in section.blocks { Self.write(block, to: &part) }
                    }
                }
                if !footer.isEmpty {
                    body.write(raw: "\n")
                    body.element("footer") { end in
                        for line in footer { end.element("p", text: line) }
                    }
                }
            }
        }
        return page.text + "\n"
    }

    private func writeHeader(to page: inout Markup) {
        page.element("header") { header in
            header.element("h1", text: title)
            header.element("p", ["class": "subtitle"], text: subtitle)
            if !warnings.isEmpty {
                header.element("aside", ["class": "warnings", "role": "note"]) { box in
                    for warning in warnings { box.element("p") { Self.write(prose: warning, to: &$0) } }
                }
            }
            if !keyNumbers.isEmpty {
                header.element("dl", ["class": "numbers"]) { list in
                    for number in keyNumbers {
                        list.element("div") { entry in
                            entry.element("dt", text: number.name)
                            entry.element("dd", text: number.value)
                            if !number.note.isEmpty { entry.element("dd", ["class": "note"], text: number.note) }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ block: Block, to page: inout Markup) {
        page.write(raw: "\n")
        switch block {
        case .paragraph(let text): page.element("p") { write(prose: text, to: &$0) }
        case .formula(let text): page.element("pre", text: text)
        case .list(let points):
            page.element("ul") { list in
                for point in points { list.element("li") { write(prose: point, to: &$0) } }
            }
        case .settings(let settings):
            page.element("dl", ["class": "settings"]) { list in
                for setting in settings {
                    list.element("div") { entry in
                        entry.element("dt", text: setting.name)
                        entry.element("dd", text: setting.value)
                    }
                }
            }
        case .losses(let epochs): write(epochs, to: &page)
        case .figure(let figure):
            page.element("figure") { element in
                figure.write(to: &element)
                element.element("figcaption") { caption in
                    caption.element("strong", text: figure.title + ".")
                    caption.write(" " + figure.caption)
                }
            }
        }
    }

    /// Text in which every second piece between back-ticks is code.
    private static func write(prose: String, to page: inout Markup) {
        let pieces = prose.split(separator: "`", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            // A last back-tick without a partner is a back-tick.
            let isCode = index % 2 == 1 && index < pieces.count - 1
            if isCode {
                page.element("code", text: String(piece))
            } else {
                page.write((index % 2 == 1 ? "`" : "") + piece)
            }
        }
    }
}
