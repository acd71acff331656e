import Tensors

/// Latent codes as points, a colour for each class; one panel a model.
///
/// Both axes of a panel have one scale and are centred on zero, so that the cloud's shape and place can be seen.
public struct LatentScatter: Hashable, Sendable {
    /// The codes of one model.
    public struct Panel: Hashable, Sendable {
        /// The model's name.
        public let title: String
        /// A second, quieter line.
        public let note: String
        /// Shape [images, latent].
        public let codes: Tensor
        /// For each image the index of its class.
        public let labels: [Int]
        /// The latent dimensions to the right and up, counted from zero.
        public let dimensions: [Int]
        /// Whether circles show where a standard normal holds 50 % and 95 % of its mass.
        public let showsPrior: Bool

        /// Takes codes of shape [images, latent] and a class for each; see the properties.
        public init(
            title: String, note: String, codes: Tensor, labels: [Int], dimensions: (x: Int, y: Int) = (0, 1),
            showsPrior: Bool = false
        ) {
            requireShape(
                codes.shape.rank == 2 && codes.shape[0] == labels.count,
                "\(labels.count) labels for codes of shape \(codes.shape)")
            requireShape(
                (0..<codes.shape[1]).contains(dimensions.x) && (0..<codes.shape[1]).contains(dimensions.y),
                "dimensions \(dimensions.x) and \(dimensions.y) of codes of shape \(codes.shape)")
            self.title = title
            self.note = note
            self.codes = codes
            self.labels = labels
            self.dimensions = [dimensions.x, dimensions.y]
            self.showsPrior = showsPrior
        }
    }

    /// From the left.
    public let panels: [Panel]
    /// The legend's entries, in the order of the labels; colours repeat after ten.
    public let classes: [String]
    /// Short names that stand in the middle of each class, none over another; none if empty.
    public let marks: [String]

    /// Takes panels, the name of each class, and short names to be written on the points.
    public init(panels: [Panel], classes: [String], marks: [String] = []) {
        requireShape(marks.isEmpty || marks.count == classes.count, "\(marks.count) marks for \(classes.count) classes")
        for panel in panels {
            requireShape(
                panel.labels.allSatisfy(classes.indices.contains),
                "a label of '\(panel.title)' is none of the \(classes.count) classes")
        }
        self.panels = panels
        self.classes = classes
        self.marks = marks
    }

    /// The panels side by side and the legend under them.
    public func figure(title: String, caption: String) -> Figure {
        let dropped = panels.map { $0.labels.count - $0.points.count }.reduce(0, +)
        let remark = dropped == 0 ? "" : " Not shown: \(dropped) codes that are not finite."
        return Figure(
            title: title, caption: caption + remark,
            rows: [.init(panels: panels.map(draw), gap: 48), .init(panels: legend, gap: 12)])
    }

    private var legend: [Figure.Panel] {
        // 7 pixels: a wide letter at 12 pixels, so that no entry runs into the next.
        let names = classes.prefix(Self.mostKeys).map { NumberText.shortened($0, to: Self.mostLetters) }
        let more = classes.count - names.count
        let width = 20 + 7 * Double(names.map(\.count).max() ?? 0)
        let rest = "and \(more) more"
        return names.enumerated().map { index, name in
            Figure.Panel(width: width, height: 18, description: name) { entry in
                entry.dot(x: 6, y: 9, style: "key \(Self.style(index))")
                entry.label(name, x: 17, y: 13)
            }
        }
            + (more == 0
                ? []
                : [
                    Figure.Panel(width: 7 * Double(rest.count), height: 18, description: rest) {
                        $0.label(rest, x: 0, y: 13, style: "muted")
                    }
                ])
    }

    /// Classes that the legend names, and letters of a name.
    private static let mostKeys = 60, mostLetters = 24

    private static let plot = (left: 40.0, top: 66.0, size: 392.0)

    private func draw(_ panel: Panel) -> Figure.Panel {
        let (left, top, size) = Self.plot
        let points = panel.points
        let reach = points.map { max(abs($0.x), abs($0.y)) }.max() ?? 1
        let prior = panel.showsPrior ? Self.priorRadii[1] : 0
        let limit = max(reach, prior) > 0 ? max(reach, prior) * 1.03 : 1
        let horizontal = Scale(domain: -limit...limit, pixels: (left, left + size))
        let vertical = Scale(domain: -limit...limit, pixels: (top + size, top))
        let ticks = Ticks(-limit...limit, count: 8)
        return Figure.Panel(
            width: left + size + 8, height: top + size + 40,
            description: "Scatter of \(points.count) codes: \(panel.title), \(panel.note)"
        ) { markup in
            markup.label(panel.title, x: 0, y: 14, style: "title")
            markup.label(panel.note, x: 0, y: 33, style: "muted")
            for tick in ticks.values {
                let (x, y) = (horizontal(tick), vertical(tick))
                let style = tick == 0 ? "hairline rule" : "hairline grid"
                markup.line(from: (x, top), to: (x, top + size), style: style)
                markup.line(from: (left, y), to: (left + size, y), style: style)
                markup.label(ticks.label(tick), x: x, y: top + size + 16, anchor: .middle, style: "tick")
                markup.label(ticks.label(tick), x: left - 8, y: y + 4, anchor: .end, style: "tick")
            }
            markup.label("\(Self.axisName(panel.dimensions[0])) →", x: left + size, y: top + size + 35, anchor: .end)
            markup.label("↑ \(Self.axisName(panel.dimensions[1]))", x: left, y: top - 8)
            drawPoints(points, horizontal, vertical, in: &markup)
            if panel.showsPrior { drawPrior(horizontal, vertical, in: &markup) }
            drawMarks(points, horizontal, vertical, in: &markup)
        }
    }

    /// Chunks of consecutive points, and in each one path a class: no class lies over all others, and a path of
    /// many points takes a fifth of the bytes that as many circles would.
    private func drawPoints(
        _ points: [Point], _ horizontal: Scale, _ vertical: Scale, in markup: inout Markup
    ) {
        let chunk = 250
        let diameter = min(6, max(2, 280 / Double(points.count).squareRoot()))
        markup.element(
            "g",
            [
                "class": "dots", "transform": "scale(.1)", "stroke-width": NumberText.short(diameter * 10),
                "stroke-opacity": ".72",
            ]
        ) { group in
            for (turn, start) in stride(from: 0, to: points.count, by: chunk).enumerated() {
                var paths = [String](repeating: "", count: classes.count)
                for point in points[start..<min(start + chunk, points.count)] {
                    // Tenths of a pixel as whole numbers.
                    let x = Int((horizontal(point.x) * 10).rounded())
                    let y = Int((vertical(point.y) * 10).rounded())
                    paths[point.label] += "M\(x) \(y)h0"
                }
                for step in classes.indices {
                    let index = (step + turn) % classes.count
                    if paths[index].isEmpty { continue }
                    group.element("path", ["class": Self.style(index), "d": paths[index]])
                }
            }
        }
    }

    private func drawPrior(_ horizontal: Scale, _ vertical: Scale, in markup: inout Markup) {
        for radius in Self.priorRadii {
            let (x, y) = (horizontal(-radius), vertical(0))
            let pixels = NumberText.short(horizontal(radius) - horizontal(0))
            let half = "a\(pixels) \(pixels) 0 0 1 "
            let diameter = NumberText.short(horizontal(radius) - x)
            markup.element(
                "path",
                [
                    "class": "prior",
                    "d": "M\(NumberText.short(x)) \(NumberText.short(y))\(half)\(diameter) 0\(half)-\(diameter) 0",
                ])
        }
    }

    private func drawMarks(
        _ points: [Point], _ horizontal: Scale, _ vertical: Scale, in markup: inout Markup
    ) {
        var members = [[(x: Double, y: Double)]](repeating: [], count: classes.count)
        for point in points { members[point.label].append((horizontal(point.x), vertical(point.y))) }
        let named = marks.indices.compactMap { index in
            NamePlacement.medoid(of: members[index]).map { middle in
                // 10 pixels: a wide letter at 15 pixels.
                (
                    marks[index],
                    NamePlacement.Box(
                        x: middle.x, y: middle.y, width: 10 * Double(marks[index].count) + 4, height: 18)
                )
            }
        }
        let (left, top, size) = Self.plot
        let places = NamePlacement.apart(named.map(\.1), x: left...left + size, y: top...top + size)
        for ((mark, _), place) in zip(named, places) {
            markup.label(mark, x: place.x, y: place.y + 5, anchor: .middle, style: "mark")
        }
    }

    /// Within these a standard normal of two dimensions has 50 % and 95 % of its mass: √(−2 ln(1 − share)).
    private static let priorRadii = [1.17741, 2.44775]

    private static func style(_ index: Int) -> String {
        Theme.classes[index % Theme.classes.count].name
    }

    /// `z₁` for dimension 0.
    package static func axisName(_ dimension: Int) -> String {
        let digits = "\(dimension + 1)".unicodeScalars.compactMap { Unicode.Scalar($0.value - 0x30 + 0x2080) }
        return "z" + String(String.UnicodeScalarView(digits))
    }
}

/// One code in the plane that a panel shows.
private struct Point {
    let x: Double
    let y: Double
    let label: Int
}

extension LatentScatter.Panel {
    /// Those that are finite.
    fileprivate var points: [Point] {
        let latent = codes.shape[1]
        return labels.indices.compactMap { index in
            let x = codes[index * latent + dimensions[0]]
            let y = codes[index * latent + dimensions[1]]
            return x.isFinite && y.isFinite ? Point(x: Double(x), y: Double(y), label: labels[index]) : nil
        }
    }
}
