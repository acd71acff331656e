import Formats

/// SVG's elements, as far as our figures need them; coordinates in pixels, y downward.
extension Markup {
    /// Where a text stands in relation to its x.
    package enum Anchor: String {
        case start, middle, end
    }

    /// A line of text; `y` is its baseline.
    package mutating func label(
        _ string: String, x: Double, y: Double, anchor: Anchor = .start, style: String = "label"
    ) {
        let (column, row) = (NumberText.short(x), NumberText.short(y))
        switch anchor {
        case .start: element("text", ["class": style, "x": column, "y": row], text: string)
        default:
            element(
                "text", ["class": style, "x": column, "y": row, "text-anchor": anchor.rawValue], text: string)
        }
    }

    /// A straight line.
    package mutating func line(from: (x: Double, y: Double), to: (x: Double, y: Double), style: String) {
        element(
            "path",
            [
                "class": style,
                "d": "M\(NumberText.short(from.x)) \(NumberText.short(from.y))"
                    + "L\(NumberText.short(to.x)) \(NumberText.short(to.y))",
            ])
    }

    /// A dot: a line of no length with a round cap, so that its colour is a stroke like that of every curve.
    package mutating func dot(x: Double, y: Double, style: String) {
        element("path", ["class": style, "d": "M\(NumberText.short(x)) \(NumberText.short(y))h0"])
    }

    /// A PNG, carried in the document itself.
    package mutating func picture(
        _ png: [UInt8], x: Double, y: Double, width: Double, height: Double, isPixelated: Bool, description: String
    ) {
        element(
            "image",
            [
                "x": NumberText.short(x), "y": NumberText.short(y),
                "width": NumberText.short(width), "height": NumberText.short(height),
                "preserveAspectRatio": "none", "image-rendering": isPixelated ? "pixelated" : "auto",
                "aria-label": description,
                "href": "data:image/png;base64," + Base64.encode(png),
            ])
    }
}
