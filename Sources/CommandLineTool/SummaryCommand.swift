import ArgumentParser
import Settings
import VAE

struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show a model's layers, shapes and parameters.",
        discussion: """
            vae summary                      the tutorial's model
            vae summary --latent 8           the same with eight latent dimensions
            vae summary runs/tutorial-seed0  a trained run's
            """)

    @Argument(
        help: ArgumentHelp("A run's folder; without one, the preset is shown.", valueName: "run"),
        completion: .directory)
    var path: String?

    @OptionGroup(title: "Model")
    var model: ModelOptions

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        var configuration = TrainingConfiguration.tutorial
        if let path {
            guard model.isEmpty else { throw UsageError("a run has its own model: leave the model's options out") }
            configuration = try RunFolder(opening: path).configuration.training
        } else {
            try model.apply(to: &configuration)
        }
        let summary = try configuration.architecture.summary()
        try json ? Console.data(summary.json) : Console.data(summary.description)
    }
}

extension ModelSummary {
    fileprivate var json: JSONValue {
        let parts = parts.map { part -> JSONValue in
            let layers = part.layers.map { layer -> JSONValue in
                [
                    "name": .string(layer.name), "type": .string(layer.type),
                    "output_shape": .array(layer.outputShape.dimensions.map { .integer($0) }),
                    "parameters": .integer(layer.parameters),
                ]
            }
            return ["name": .string(part.name), "parameters": .integer(part.parameters), "layers": .array(layers)]
        }
        return ["name": .string(name), "parameters": .integer(parameters), "parts": .array(parts)]
    }
}
