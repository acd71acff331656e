import ArgumentParser
import Formats
import Recipes
import Settings
import VAE

struct PresetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets",
        abstract: "List the recipes that the program carries, or print one to start from.",
        discussion: """
            vae presets                          names, with a line each
            vae presets --json                   the same for programs
            vae presets show resnet > mine.yaml  a recipe to change
            vae train --recipe mine.yaml         and to train
            """,
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Print names, with a line each.")

        @Flag(help: "Print one JSON object on one line.")
        var json = false

        func run() throws {
            if json {
                return try Console.data(
                    .object([
                        .init(
                            "presets",
                            .array(
                                Preset.all.map { ["name": .string($0.name), "summary": .string($0.summary)] }))
                    ]))
            }
            let rows = Preset.all.map { ($0.name, $0.summary) }
            try Console.rows(rows, column: (rows.map(\.0.count).max() ?? 0) + 2)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a preset's file: YAML, to the byte.")

        @Argument(help: "The preset's name.", completion: .list(Preset.all.map(\.name)))
        var name: String

        func run() throws {
            guard let preset = Preset.named(name) else {
                var words = "there is no preset called \(printable(name))"
                let near = nearestName(to: name, among: Preset.all.map(\.name))
                words += near.map { "; did you mean \($0)?" } ?? "; vae presets lists them"
                throw UsageError(words)
            }
            try Console.text(preset.text)
        }
    }
}
