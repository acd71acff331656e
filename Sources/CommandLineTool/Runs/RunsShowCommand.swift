import ArgumentParser
import Formats
import Runs
import Settings
import VAE

struct RunsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print everything that a run's files say of it.",
        discussion: "vae runs show runs/tutorial-seed0")

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        // What is no run is an error here.
        let run = try RunFolder(opening: path)
        let row = RunRow(ListedRun(at: run.path))
        let checkpoints = try run.points.map { point in (point, try? run.epoch(of: point)) }
        if json {
            guard case .object(let members) = row.json(nil) else { return }
            let points = checkpoints.map { point, epoch -> JSONValue in
                ["name": .string(point.rawValue), "epoch": epoch.map(JSONValue.integer) ?? .null]
            }
            return try Console.data(.object(members + [.init("checkpoints", .array(points))]))
        }
        var rows = row.names.map { ($0, row.cell($0).text) }
        rows += checkpoints.map { point, epoch in
            ("checkpoint", "\(point.rawValue), after \(epoch.map { counted($0, "epoch") } ?? "what cannot be read")")
        }
        try Console.rows(rows, column: (rows.map(\.0.count).max() ?? 0) + 2)
    }
}
