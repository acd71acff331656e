/// A figure, ready to be written as a file of its own or set into a report.
///
/// It consists of panels that stand side by side where there is room and below each other where there is not, so that
/// a telephone shows the same figure as a wide screen, at a size that can be read.
public struct Figure: Hashable, Sendable {
    /// What the figure shows, in a few words.
    public let title: String
    /// How to read it, in a sentence or more.
    public let caption: String
    /// From the top.
    package let rows: [Row]

    /// Panels that belong side by side.
    package struct Row: Hashable, Sendable {
        package let panels: [Panel]
        /// Pixels between two panels.
        package let gap: Double
    }

    /// One drawing.
    package struct Panel: Hashable, Sendable {
        package let width: Double
        package let height: Double
        /// In place of the drawing, for those who cannot see it.
        package let description: String
        /// SVG elements, in a space of `width` by `height` pixels.
        package let content: String

        package init(width: Double, height: Double, description: String, _ draw: (inout Markup) throws -> Void) rethrows
        {
            self.width = width
            self.height = height
            self.description = description
            var markup = Markup()
            try draw(&markup)
            content = markup.text
        }
    }

    package init(title: String, caption: String, rows: [Row]) {
        self.title = title
        self.caption = caption
        self.rows = rows
    }

    /// The width that figures are drawn for, in pixels.
    package static let measure = 928.0

    private static let margin = 32.0
    private static let rowGap = 20.0
    /// Between the lines of a row that had to be broken.
    private static let lineGap = 10.0
    private static let captionLine = 19.0

    /// A whole SVG document, light or dark as the viewer prefers.
    public var svg: String {
        var body = Markup()
        var y = Self.margin + 20
        body.label(title, x: Self.margin, y: y, style: "heading")
        y += 28
        var width = 0.0
        // A legend takes the width of the drawing above it.
        let available = min(rows.first?.width ?? 0, Self.measure)
        for row in rows {
            for line in row.lines(within: available) {
                var x = Self.margin
                for panel in line {
                    body.element(
                        "g", ["transform": "translate(\(NumberText.short(x)) \(NumberText.short(y)))"]
                    ) { $0.write(raw: panel.content) }
                    x += panel.width + row.gap
                }
                width = max(width, x - row.gap - Self.margin)
                y += (line.map(\.height).max() ?? 0) + Self.lineGap
            }
            y += Self.rowGap - Self.lineGap
        }
        width = max(width, Self.measure / 2)
        // 6.2 pixels: the mean width of a letter at 12 pixels in the faces named by the theme.
        for line in Self.wrapped(caption, columns: Int(width / 6.2)) {
            body.label(line, x: Self.margin, y: y + 8, style: "muted")
            y += Self.captionLine
        }
        y += Self.margin - 8

        var document = Markup()
        document.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": "vae-figure", "role": "img",
                "viewBox": "0 0 \(NumberText.short(width + 2 * Self.margin)) \(NumberText.short(y))",
                "width": NumberText.short(width + 2 * Self.margin), "height": NumberText.short(y),
            ]
        ) { svg in
            svg.element("title", text: title)
            svg.element("desc", text: caption)
            svg.element("style", text: Theme.figureStyle)
            svg.element("rect", ["class": "paper", "width": "100%", "height": "100%"])
            svg.write(raw: body.text)
        }
        return document.text + "\n"
    }

    /// For a report: HTML in which the panels flow; the page holds `Theme.figureStyle`.
    package func write(to page: inout Markup) {
        for row in rows {
            page.element("div", ["class": "row", "style": "gap:12px \(NumberText.short(row.gap))px"]) { page in
                for panel in row.panels {
                    page.element(
                        "svg",
                        [
                            "class": panel.width > 600 ? "vae-figure wide" : "vae-figure",
                            "role": "img", "aria-label": panel.description,
                            "viewBox": "0 0 \(NumberText.short(panel.width)) \(NumberText.short(panel.height))",
                            "width": NumberText.short(panel.width), "height": NumberText.short(panel.height),
                        ]
                    ) { $0.write(raw: panel.content) }
                }
            }
        }
    }

    /// Greedy line breaking at spaces.
    package static func wrapped(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension Figure.Row {
    /// Of all panels side by side.
    fileprivate var width: Double {
        panels.map(\.width).reduce(0, +) + gap * Double(max(0, panels.count - 1))
    }

    /// The panels broken into lines as CSS's `flex-wrap` would.
    fileprivate func lines(within width: Double) -> [[Figure.Panel]] {
        var lines: [[Figure.Panel]] = []
        var used = 0.0
        for panel in panels {
            if !lines.isEmpty, used + gap + panel.width <= width {
                lines[lines.count - 1].append(panel)
                used += gap + panel.width
            } else {
                lines.append([panel])
                used = panel.width
            }
        }
        return lines
    }
}
