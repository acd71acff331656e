import VAE

/// Rows of cells under headings, as lines of text: numbers to the right, words to the left.
struct TextTable {
    enum Cell {
        case text(String), number(String)

        var text: String {
            switch self {
            case .text(let text), .number(let text): text
            }
        }
    }

    private var rows: [(cells: [Cell], remark: String?)]

    init(_ headings: [String]) {
        rows = [(headings.map { .text(printable($0)) }, nil)]
    }

    /// - Parameter remark: Behind the last column, however long it is.
    mutating func append(_ cells: [Cell], remark: String? = nil) {
        rows.append((cells, remark.map { printable($0) }))
    }

    /// One a row, the headings first.
    var lines: [String] {
        let columns = rows[0].cells.indices
        let widths = columns.map { column in rows.map { $0.cells[column].text.count }.max() ?? 0 }
        let areNumbers = columns.map { column in
            rows.dropFirst().contains { if case .number = $0.cells[column] { true } else { false } }
        }
        return rows.map { row in
            let cells = columns.map { column in
                let text = row.cells[column].text
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return areNumbers[column] ? padding + text : text + padding
            }
            var line = (cells + (row.remark.map { [$0] } ?? [])).joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
