/// loss and val_loss over the epochs, and their two parts beside them.
public struct LossCurves: Hashable, Sendable {
    /// In the order of their epochs.
    public let epochs: [EpochLosses]

    /// Takes the epochs in order.
    public init(_ epochs: [EpochLosses]) {
        self.epochs = epochs
    }

    /// Three panels: the loss, and smaller its two parts.
    public func figure(title: String, caption: String) -> Figure {
        let panels = [
            panel("loss", width: 440, names: ("loss", "val_loss"), part: \.loss),
            panel("reconstruction_loss", width: 220, names: ("train", "val"), part: \.reconstruction),
            panel("kl_loss", width: 220, names: ("train", "val"), part: \.kl),
        ]
        return Figure(title: title, caption: caption, rows: [.init(panels: panels, gap: 24)])
    }

    private typealias Curve = (name: String, style: String, values: [(epoch: Double, value: Double)])

    private func panel(
        _ title: String, width: Double, names: (String, String), part: KeyPath<EpochLosses.Losses, Double>
    ) -> Figure.Panel {
        let curves: [Curve] = [
            (names.0, Theme.training.name, epochs.map { (Double($0.epoch), $0.training[keyPath: part]) }),
            (
                names.1, Theme.validation.name,
                epochs.compactMap { epoch in epoch.validation.map { (Double(epoch.epoch), $0[keyPath: part]) } }
            ),
        ]
        let values = curves.flatMap(\.values).map(\.value).filter(\.isFinite)
        let (height, left, top, bottom) = (280.0, 34.0, 36.0, 44.0)
        // Room for the names at the curves' ends, with the last value where the panel is wide.
        let isWide = width > 300
        let right = isWide ? 96.0 : 34.0
        let horizontal = Scale(domain: epochRange, pixels: (left + 6, width - right))
        let vertical = Scale(domain: Self.range(values), pixels: (height - bottom, top))
        return Figure.Panel(
            width: width, height: height, description: "\(title) over \(epochs.count) epochs"
        ) { markup in
            markup.label(title, x: 0, y: 14, style: "title")
            let ticks = Ticks(vertical.domain, count: 6)
            for tick in ticks.values {
                let y = vertical(tick)
                markup.line(from: (left, y), to: (width - right, y), style: "hairline grid")
                markup.label(ticks.label(tick), x: left - 6, y: y + 4, anchor: .end, style: "tick")
            }
            drawEpochs(horizontal, y: height - bottom + 18, count: isWide ? 10 : 4, in: &markup)
            markup.label(
                "epoch →", x: width - right, y: height - bottom + 37, anchor: .end, style: "muted")
            for curve in curves {
                draw(curve, horizontal, vertical, in: &markup)
            }
            drawNames(curves, x: width - right + 10, vertical, withValues: isWide, in: &markup)
        }
    }

    private var epochRange: ClosedRange<Double> {
        let first = Double(epochs.first?.epoch ?? 1)
        return first...max(first + 1, Double(epochs.last?.epoch ?? 1))
    }

    /// Whole epochs, the first among them.
    private func drawEpochs(_ scale: Scale, y: Double, count: Int, in markup: inout Markup) {
        let ticks = Ticks(0...scale.domain.upperBound, count: count).values
        let step = ticks.count > 1 ? max(1, ticks[1].rounded()) : 1
        let later = stride(from: step, through: scale.domain.upperBound, by: step).filter {
            $0 > scale.domain.lowerBound + step / 2
        }
        for epoch in [scale.domain.lowerBound] + later where epochs.contains(where: { Double($0.epoch) == epoch }) {
            markup.label("\(Int(epoch))", x: scale(epoch), y: y, anchor: .middle, style: "tick")
        }
    }

    /// A value that is not finite breaks the line; a value between two such is a dot.
    private func draw(_ curve: Curve, _ horizontal: Scale, _ vertical: Scale, in markup: inout Markup) {
        var path = ""
        var isDown = false
        for (epoch, value) in curve.values {
            if value.isFinite {
                path += (isDown ? "L" : "M") + NumberText.short(horizontal(epoch), places: 1)
                path += " " + NumberText.short(vertical(value), places: 1)
            }
            isDown = value.isFinite
        }
        if !path.isEmpty { markup.element("path", ["class": "curve \(curve.style)", "d": path]) }
        if let last = curve.values.last(where: { $0.value.isFinite }) {
            markup.dot(x: horizontal(last.epoch), y: vertical(last.value), style: "dot \(curve.style)")
        }
    }

    /// Each name at the end of its curve, moved apart where two would touch.
    private func drawNames(
        _ curves: [Curve], x: Double, _ vertical: Scale, withValues: Bool, in markup: inout Markup
    ) {
        var ends = curves.compactMap { curve in
            curve.values.last { $0.value.isFinite }.map { (curve, value: $0.value, y: vertical($0.value)) }
        }
        ends.sort { $0.y < $1.y }
        if ends.count == 2, ends[1].y - ends[0].y < 16 {
            let middle = (ends[0].y + ends[1].y) / 2
            ends[0].y = middle - 8
            ends[1].y = middle + 8
        }
        for (curve, value, y) in ends {
            let number = withValues ? " " + NumberText.typeset(NumberText.fixed(value, places: 2)) : ""
            markup.label(curve.name + number, x: x, y: y + 4, style: curve.style)
        }
    }

    /// The values with a little air; a flat curve gets a range, too.
    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        let air = max((high - low) * 0.06, high.magnitude * 1e-3, 1e-6)
        return (low - air)...(high + air)
    }
}
