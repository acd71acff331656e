/// loss and val_loss over the epochs, and their parts beside them.
public struct LossCurves: Hashable, Sendable {
    /// In the order of their epochs.
    public let epochs: [EpochLosses]

    /// Takes the epochs in order.
    public init(_ epochs: [EpochLosses]) {
        self.epochs = epochs
    }

    /// A panel for the loss, and smaller ones for its parts.
    public func figure(title: String, caption: String) -> Figure {
        let parts = (epochs.first?.training ?? []).map(\.name).filter { $0 != "loss" }
        let panels =
            [panel("loss", width: 440, names: ("loss", "val_loss"))]
            + parts.map { panel($0, width: parts.count > 2 ? 160 : 220, names: ("train", "val")) }
        return Figure(title: title, caption: caption, rows: [.init(panels: panels, gap: 24)])
    }

    private struct Curve {
        let name: String
        let style: String
        /// `nil` where the value is not finite.
        let points: [(epoch: Double, value: Double)?]

        init(_ name: String, _ color: Theme.Color, _ points: [(epoch: Int, value: Double)]) {
            self.name = name
            style = color.name
            self.points = points.map { $0.value.isFinite ? (Double($0.epoch), $0.value) : nil }
        }

        var values: [Double] { points.compactMap { $0?.value } }
        var last: (epoch: Double, value: Double)? { points.compactMap(\.self).last }
        var peak: (epoch: Double, value: Double)? { points.compactMap(\.self).max { $0.value < $1.value } }
    }

    private func panel(
        _ title: String, width: Double, names: (String, String)
    ) -> Figure.Panel {
        func values(_ losses: (EpochLosses) -> [EpochLosses.Loss]?) -> [(epoch: Int, value: Double)] {
            epochs.compactMap { epoch in
                losses(epoch)?.first { $0.name == title }.map { (epoch.epoch, $0.value) }
            }
        }
        let curves = [
            Curve(names.0, Theme.training, values(\.training)), Curve(names.1, Theme.validation, values(\.validation)),
        ]
        let (height, top, bottom) = (280.0, 36.0, 44.0)
        // Room for the names at the curves' ends, with the last value where the panel is wide.
        let isWide = width > 300
        let right = isWide ? 96.0 : 44.0
        let vertical = Scale(domain: Self.range(curves), pixels: (height - bottom, top))
        let ticks = Ticks(vertical.domain, count: 6)
        let left = max(34, 10 + 6.5 * Double(ticks.values.map { ticks.label($0).count }.max() ?? 0))
        let horizontal = Scale(domain: epochRange, pixels: (left + 6, width - right))
        return Figure.Panel(
            width: width, height: height, description: "\(title) over \(epochs.count) epochs"
        ) { markup in
            markup.label(title, x: 0, y: 14, style: "title")
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
            if let peak = curves.compactMap(\.peak).max(by: { $0.value < $1.value }),
                peak.value > vertical.domain.upperBound
            {
                let value = NumberText.fixed(peak.value, places: 1)
                // At the far end, where losses have come down.
                let words = "↑ \(value) in epoch \(Int(peak.epoch))"
                markup.label(words, x: width - right, y: top + 4, anchor: .end, style: "tick")
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

    /// A value that is not finite breaks the line; a steep start comes in from the panel's upper edge.
    private func draw(_ curve: Curve, _ horizontal: Scale, _ vertical: Scale, in markup: inout Markup) {
        let highest = vertical.domain.upperBound
        var path = ""
        func append(_ command: String, _ epoch: Double, _ value: Double) {
            path += command + NumberText.short(horizontal(epoch), places: 1)
            path += " " + NumberText.short(vertical(value), places: 1)
        }
        var before: (epoch: Double, value: Double)?
        for point in curve.points {
            if let point, let before, (point.value > highest) != (before.value > highest) {
                let share = (highest - before.value) / (point.value - before.value)
                let crossing = before.epoch + share * (point.epoch - before.epoch)
                append(point.value > highest ? "L" : "M", crossing, highest)
            }
            if let point, point.value <= highest { append(before == nil ? "M" : "L", point.epoch, point.value) }
            before = point
        }
        if !path.isEmpty { markup.element("path", ["class": "curve \(curve.style)", "d": path]) }
        if let last = curve.last, last.value <= highest {
            markup.dot(x: horizontal(last.epoch), y: vertical(last.value), style: "dot \(curve.style)")
        }
    }

    /// Each name at the end of its curve, moved apart where two would touch.
    private func drawNames(
        _ curves: [Curve], x: Double, _ vertical: Scale, withValues: Bool, in markup: inout Markup
    ) {
        var ends = curves.compactMap { curve in
            curve.last.map { (curve, value: $0.value, y: vertical(min($0.value, vertical.domain.upperBound))) }
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

    /// The range of a panel: all values with a little air, but for a start so steep that it would flatten the rest.
    ///
    /// Such a start, in the first twentieth of the epochs, is cut at twice the range of the later ones above them.
    private static func range(_ curves: [Curve]) -> ClosedRange<Double> {
        let all = curves.flatMap(\.values)
        let later = curves.flatMap { $0.values.dropFirst(1 + $0.values.count / 20) }
        guard let low = all.min(), var high = all.max() else { return 0...1 }
        if let least = later.min(), let most = later.max(), most > least {
            high = min(high, most + 2 * (most - least))
        }
        let air = high > low ? (high - low) * 0.06 : max(high.magnitude * 0.05, 0.05)
        // Down to a tick, so that the lowest label stands at the foot of the panel.
        let ticks = Ticks((low - air)...(high + air), count: 6).values
        guard ticks.count > 1 else { return (low - air)...(high + air) }
        return (2 * ticks[0] - ticks[1])...(high + air)
    }
}
