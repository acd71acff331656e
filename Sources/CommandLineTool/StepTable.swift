import Figures
import VAE

/// The steps of a model with their speeds, as lines of at most 80 columns; encoder and decoder are headings.
struct StepTable {
    private let rows: [(name: String, cells: [String])]

    /// Columns of the numbers: microseconds, GFLOP/s, share of the peak, forward and backward.
    private static let widths = [6, 8, 6, 8, 8, 6]
    /// Columns of the names.
    private static let names = 38

    /// - Parameter peak: Of the machine, in GFLOP/s.
    init(_ steps: [LayerSpeed], peak: Double) {
        var rows: [(String, [String])] = []
        var part = ""
        for step in steps {
            let layers = step.name.split(separator: " + ").map(String.init)
            let (head, rest) = Self.cut(layers[0])
            if head != part, ["encoder", "decoder"].contains(head) { rows.append((head, [])) }
            part = head
            let isInside = ["encoder", "decoder"].contains(head)
            let others = layers.dropFirst().map { " + " + ($0.split(separator: "/").last.map(String.init) ?? $0) }
            rows.append(
                (
                    (isInside ? "  " + rest : layers[0]) + others.joined(),
                    Self.cells(step.forward, step.forwardGigaflops, peak)
                        + Self.cells(step.backward, step.backwardGigaflops, peak)
                ))
        }
        self.rows = rows
    }

    /// Its lines, the two of the heading first.
    var lines: [String] {
        [
            Self.line("", ["", "forward", "", "", "backward", ""]),
            Self.line("step, alone; an image", ["µs", "GFLOP/s", "peak", "µs", "GFLOP/s", "peak"]),
        ]
            + rows.flatMap { row in
                // A name that is too long has a line to itself.
                row.cells.isEmpty || row.name.count <= Self.names
                    ? [Self.line(row.name, row.cells)] : [row.name, Self.line("", row.cells)]
            }
    }

    private static func cut(_ path: String) -> (head: String, rest: String) {
        let place = path.firstIndex(of: "/") ?? path.endIndex
        return (String(path[..<place]), String(path[place...].dropFirst()))
    }

    private static func cells(_ microseconds: Double, _ gigaflops: Double, _ peak: Double) -> [String] {
        let share = "\(Int((gigaflops / peak * 100).rounded()))%"
        let places = microseconds < 9.995 ? 2 : microseconds < 99.95 ? 1 : 0
        return [NumberText.fixed(microseconds, places: places)]
            + (gigaflops > 0 ? ["\(Int(gigaflops.rounded()))", share] : ["", ""])
    }

    private static func line(_ name: String, _ cells: [String]) -> String {
        func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
        let line = zip(cells, widths).reduce(name + spaces(names - name.count)) { line, cell in
            line + spaces(cell.1 - cell.0.count) + cell.0
        }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
