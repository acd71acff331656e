import ArgumentParser
import Recipes
import Settings

struct OpsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract: "List all that a recipe's encoder and decoder may hold, with every setting.",
        discussion: """
            A setting shows what it is if left out, then what it may be. The first one may stand alone: 'dense: 64' is \
            'dense: {units: 64}', and 'flatten' needs none.
            """)

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        if json { return try Console.data(Self.json) }
        let layers = OpDescription.all.filter { !$0.isActivation }
        let functions = OpDescription.all.filter(\.isActivation)
        try show("Layers", layers.flatMap(\.rows))
        try show("Functions of each value, as layers or as a layer's activation", functions.flatMap(\.rows))
        try show("Structure", RecipeWord.structures.flatMap(\.rows))
        try show("Words for the image", RecipeWord.values.flatMap(\.rows), isLast: true)
    }

    private func show(_ title: String, _ rows: [(name: String, words: String)], isLast: Bool = false) throws {
        try Console.data(title + "\n")
        try Console.rows(rows.map { ("  " + $0.name, $0.words) }, column: Self.column)
        if !isLast { try Console.data("") }
    }

    private static let column = 28

    private static var json: JSONValue {
        func words(_ list: [RecipeWord]) -> JSONValue {
            .array(
                list.map { ["name": .string($0.name), "summary": .string($0.summary), "example": .string($0.example)] })
        }
        return [
            "ops": .array(OpDescription.all.map(\.json)), "structures": words(RecipeWord.structures),
            "words": words(RecipeWord.values),
        ]
    }
}

extension OpDescription {
    fileprivate var rows: [(name: String, words: String)] {
        [(name, summary)]
            + settings.map { setting in
                (
                    "  \(setting.name): \(setting.usual?.shown ?? "…")",
                    (setting.usual == nil ? "needed; " : "") + setting.range
                )
            }
    }

    fileprivate var json: JSONValue {
        let settings = settings.map { setting -> JSONValue in
            [
                "name": .string(setting.name), "needed": .bool(setting.usual == nil),
                "default": setting.usual ?? .null, "range": .string(setting.range),
            ]
        }
        return [
            "name": .string(name), "summary": .string(summary), "activation": .bool(isActivation),
            "settings": .array(settings),
        ]
    }
}

extension RecipeWord {
    fileprivate var rows: [(name: String, words: String)] { [(name, summary), ("", "as in \(example)")] }
}
