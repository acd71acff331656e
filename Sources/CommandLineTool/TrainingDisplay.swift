import ArgumentParser
import Figures
import VAE

/// A training's progress on stderr: a bar on a terminal, a line an epoch elsewhere.
struct TrainingDisplay {
    enum Style: String, ExpressibleByArgument, CaseIterable {
        case auto, bar, lines, none
    }

    private let style: Style
    private let hasColors = Console.hasColors
    private var barIsOn = false

    init(_ style: Style) {
        self.style = style == .auto ? (Console.isTerminal ? .bar : .lines) : style
    }

    mutating func show(_ event: TrainingEvent, of epochs: Int) {
        switch (event, style) {
        case (.rollback(let rollback), _):
            clear()
            Console.say(words(rollback))
        case (_, .none), (.step, .lines), (_, .auto): break
        case (.step(let progress), .bar): draw(progress)
        case (.epoch(let metrics), _):
            clear()
            Console.say(line(metrics, of: epochs))
            if let collapse = metrics.collapse { Console.say("  warning: \(collapse.explanation)") }
        }
    }

    /// Takes the bar away, so that words can follow.
    mutating func clear() {
        if barIsOn { Console.show("\r\u{1B}[K") }
        barIsOn = false
    }

    private mutating func draw(_ progress: StepProgress) {
        let head = "epoch \(padded(progress.epoch, progress.epochs)) "
        let place = " \(padded(progress.step, progress.steps))"
        let pace = "  \(grouped(Int(progress.imagesPerSecond))) images/s  ETA \(duration(progress.secondsLeft))"
        let all = place + "  " + terms(progress.terms, prefix: "") + pace
        let short = place + "  loss \(NumberText.fixed(progress.terms.loss, places: 2))" + pace
        // One column stays free: a terminal that wraps a full line would not clear it whole.
        let columns = Console.columns - 1
        let tail = head.count + all.count + Self.narrowestBar <= columns ? all : short
        let room = columns - head.count - tail.count
        let text =
            room >= Self.narrowestBar
            ? head + bar(Double(progress.step) / Double(progress.steps), width: min(room, Self.widestBar)) + tail
            : String((head + tail).prefix(max(columns, 1)))
        Console.show("\r\(text)\u{1B}[K")
        barIsOn = true
    }

    private static let narrowestBar = 8
    private static let widestBar = 24

    private func bar(_ fraction: Double, width: Int) -> String {
        let done = min(width, Int(fraction * Double(width)))
        let full = String(repeating: "━", count: done)
        let rest = String(repeating: hasColors ? "━" : "─", count: width - done)
        return hasColors ? "\u{1B}[36m\(full)\u{1B}[90m\(rest)\u{1B}[0m" : full + rest
    }

    private func words(_ rollback: Rollback) -> String {
        let start = rollback.epoch == 0 ? "the initial weights" : "the end of epoch \(rollback.epoch)"
        return "\(rollback.fault)\n  going back to \(start), with half the learning rate (\(rollback.learningRate))"
    }

    private func line(_ metrics: EpochMetrics, of epochs: Int) -> String {
        var parts = ["epoch \(padded(metrics.epoch, epochs))", terms(metrics.training, prefix: "")]
        if let validation = metrics.validation { parts.append(terms(validation, prefix: "val_")) }
        parts.append("\(grouped(Int(metrics.imagesPerSecond))) images/s")
        parts.append("\(NumberText.fixed(metrics.seconds, places: 1)) s")
        return parts.joined(separator: "  ")
    }

    private func terms(_ terms: LossTerms, prefix: String) -> String {
        terms.losses.map { "\(prefix)\($0.name) \(NumberText.fixed($0.value, places: 2))" }.joined(separator: "  ")
    }

    private func padded(_ number: Int, _ last: Int) -> String {
        String(repeating: " ", count: max(0, "\(last)".count - "\(number)".count)) + "\(number)/\(last)"
    }

    private func duration(_ seconds: Double) -> String {
        let seconds = seconds.isFinite ? Int(min(seconds, 1e9)) : 0
        let (minutes, rest) = (seconds / 60 % 60, seconds % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return seconds >= 3600 ? "\(seconds / 3600):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
