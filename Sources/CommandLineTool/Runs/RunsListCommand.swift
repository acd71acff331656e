import ArgumentParser
import Formats
import Runs
import Settings
import VAE

struct RunsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List runs with their settings and metrics.",
        discussion: """
            vae runs list
            vae runs list --columns name,latent,beta,val_loss,best_val_loss --sort best_val_loss
            vae runs list --filter latent=8 --filter 'val_loss<30' --filter tags!=old
            vae runs list --filter state=interrupted --paths

            A column is any setting ('vae runs show RUN' has them all), any metric of the last epoch, as in 'val_loss', \
            or behind 'best_' of the best one. A folder that is no run, or is damaged, is listed as what it is.
            """)

    @Argument(
        help: ArgumentHelp("Runs, and folders of runs; ./runs if left out.", valueName: "folder"),
        completion: .directory)
    var folders: [String] = ["runs"]

    @Option(help: ArgumentHelp("What is shown of each, with commas.", valueName: "names"))
    var columns: String?

    @Option(help: ArgumentHelp("The lowest first; runs without such a value last.", valueName: "column"))
    var sort: String?

    @Flag(help: "With --sort, the highest first.")
    var reverse = false

    @Option(
        help: ArgumentHelp(
            "Only runs whose column is so: a name, one of = != < <= > >=, and a number or text. May be given several times.",
            valueName: "condition"),
        transform: Self.condition)
    var filter: [RunCondition] = []

    @Flag(help: "Print only paths, one a line.")
    var paths = false

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    private static let usual = [
        "name", "state", "epoch", "epochs", "latent", "val_loss", "best_val_loss", "updated", "size",
    ]

    @Sendable private static func condition(_ argument: String) throws -> RunCondition {
        guard let condition = RunCondition(argument) else {
            throw Number.Expected("a condition such as latent=8 or 'val_loss<30'")
        }
        return condition
    }

    func validate() throws {
        if paths, json || columns != nil { throw ValidationError("--paths takes neither --columns nor --json.") }
        if reverse, sort == nil { throw ValidationError("--reverse takes --sort.") }
        if wanted?.contains("") == true {
            throw ValidationError("--columns: expected names with commas, found '\(printable(columns ?? ""))'.")
        }
    }

    private var wanted: [String]? {
        columns?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    func run() throws {
        let found = try ListedRun.all(in: folders, threads: VariationalAutoencoder.defaultThreads, RunRow.init)
        try requireKnown(in: found)
        var rows = found.filter { row in filter.allSatisfy { $0.holds(row[$0.column]) } }
        if let sort { rows = RunRow.sorted(rows, by: sort, reverse: reverse) }
        if paths { return try rows.forEach { try Console.path($0.run.path) } }
        if json { return try Console.data(["runs": .array(rows.map { $0.json(wanted) })]) }
        try show(rows)
    }

    private func show(_ rows: [RunRow]) throws {
        guard !rows.isEmpty else { return Console.say(filter.isEmpty ? "There is no run." : "No run is so.") }
        let hasTags = rows.contains { !$0.run.tags.isEmpty }
        let names = wanted ?? Self.usual + (hasTags ? ["tags"] : [])
        var table = TextTable(names)
        for row in rows {
            let remark = names.contains("problem") ? nil : row.run.problem
            table.append(names.map { row.cell($0) }, remark: remark)
        }
        try table.lines.forEach(Console.data)
    }

    /// Refuses names that no run has: a condition that was mistyped would only find nothing.
    private func requireKnown(in rows: [RunRow]) throws {
        guard rows.contains(where: { $0.run.run != nil }) else { return }
        let asked = (wanted ?? []) + (sort.map { [$0] } ?? []) + filter.map(\.column)
        func isKnown(_ name: String) -> Bool {
            ListedRun.alwaysKnown.contains(name) || rows.contains { $0[name] != nil }
        }
        for name in asked where !isKnown(name) {
            let known = Set(rows.flatMap(\.names)).union(ListedRun.alwaysKnown)
            let near = nearestName(to: name, among: known.sorted()).map { "; did you mean \($0)?" }
            throw UsageError("no run has a column called \(printable(name))\(near ?? "; vae runs show RUN lists them")")
        }
    }
}

/// A run with its columns, which are asked for several times.
struct RunRow {
    let run: ListedRun
    private let columns: [(name: String, value: JSONValue)]
    var names: [String] { columns.map(\.name) }

    init(_ run: ListedRun) {
        self.run = run
        columns = run.columns()
    }

    subscript(name: String) -> JSONValue? { columns.first { $0.name == name }?.value }

    /// As a table shows it.
    func cell(_ name: String) -> TextTable.Cell {
        guard let value = self[name] else { return .text("-") }
        switch value {
        case .integer(let bytes) where name == "size": return .number(byteCount(bytes))
        case .integer(let number): return .number("\(number)")
        case .number(let number): return .number(NumberText.brief(number))
        case .string where name == "updated": return .text(run.updated.map(Timestamp.local) ?? "-")
        default: return .text(printable(value.shownPlainly))
        }
    }

    /// An object of all columns, or of those that are wanted and there.
    func json(_ wanted: [String]?) -> JSONValue {
        var seen: Set<String> = []
        return .object(
            (wanted ?? names).filter { seen.insert($0).inserted }
                .compactMap { name in self[name].map { .init(name, $0) } })
    }

    /// Numbers before words, both ascending; runs without the value last, whichever way; equals as they were.
    static func sorted(_ rows: [RunRow], by name: String, reverse: Bool) -> [RunRow] {
        func isBefore(_ one: JSONValue, _ other: JSONValue) -> Bool {
            switch (one.number, other.number) {
            case (let one?, let other?): reverse ? one > other : one < other
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil):
                reverse ? one.shownPlainly > other.shownPlainly : one.shownPlainly < other.shownPlainly
            }
        }
        let (with, without) = (
            rows.filter { $0[name].map { $0.number?.isNaN != true } ?? false },
            rows.filter { $0[name].map { $0.number?.isNaN == true } ?? true }
        )
        return with.enumerated().sorted { one, other in
            let (a, b) = (one.element[name]!, other.element[name]!)
            return isBefore(a, b) || !isBefore(b, a) && one.offset < other.offset
        }.map(\.element) + without
    }
}

/// 2057500 as "2.1 MB".
func byteCount(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return "\(NumberText.short(value, places: unit == 0 || value >= 99.95 ? 0 : 1)) \(units[unit])"
}
