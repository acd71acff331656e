import ArgumentParser
import Formats
import Runs
import Settings
import VAE

struct RunsDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Print the settings, data and metrics in which two runs differ.",
        discussion: "vae runs diff runs/a runs/b")

    @Argument(help: ArgumentHelp("A run's folder.", valueName: "a"), completion: .directory)
    var first: String

    @Argument(help: ArgumentHelp("Another's.", valueName: "b"), completion: .directory)
    var second: String

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        let runs = try [first, second].map { ListedRun(at: try RunFolder(opening: $0).path) }
        for run in runs {
            if let problem = run.problem { Console.say("Warning: \(problem)") }
        }
        let comparison = RunComparison(runs[0], runs[1])
        let parts = [
            ("settings", comparison.settings), ("data", comparison.data), ("metrics", comparison.metrics),
        ]
        if json {
            let members = parts.map { name, differences in
                JSONValue.Member(
                    name,
                    .object(differences.map { .init($0.name, .array([$0.first ?? .null, $0.second ?? .null])) }))
            }
            return try Console.data(
                .object([.init("runs", .array(runs.map { .string($0.path) }))] + members))
        }
        var table = TextTable(["", first, second])
        for (name, differences) in parts where !differences.isEmpty {
            table.append([.text(name), .text(""), .text("")])
            for difference in differences {
                table.append([.text("  " + difference.name)] + [difference.first, difference.second].map(Self.cell))
            }
        }
        if parts.allSatisfy(\.1.isEmpty) {
            return Console.say("The two runs are the same in all that their files say.")
        }
        try table.lines.forEach(Console.data)
        if comparison.settings.isEmpty, comparison.data.isEmpty { Console.say("Settings and data are the same.") }
    }

    private static func cell(_ value: JSONValue?) -> TextTable.Cell {
        switch value {
        case nil: .text("-")
        case .number(let number)?: .text(NumberText.brief(number))
        case .string(let hash)? where hash.utf8.count == 64: .text("\(hash.prefix(12))…")
        case let value?: .text(printable(value.shownPlainly))
        }
    }
}
