import ArgumentParser
import Formats
import Settings
import Tensors
import VAE

struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show a model's layers, shapes and parameters.",
        discussion: """
            vae summary                         the tutorial's model
            vae summary --latent 8              the same with eight latent dimensions
            vae summary runs/tutorial-seed0     a trained run's
            vae summary mine.yaml               a recipe's
            vae summary resnet --image 64,64,3  a preset's, for images of this shape
            """)

    @Argument(
        help: ArgumentHelp(
            "A run's folder, a recipe's file or a preset's name; without one, the tutorial is shown.",
            valueName: "run|file|preset"),
        completion: .file())
    var path: String?

    @OptionGroup(title: "Model")
    var model: ModelOptions

    @OptionGroup
    var image: ImageOption

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func run() throws {
        if let path, let recipe = model.recipe {
            throw UsageError("expected one model, found \(printable(path)) and \(printable(recipe.argument))")
        }
        if let path, try isRun(path) {
            guard model.isEmpty, image.image == nil else {
                throw UsageError("a run has its own model: leave the model's options out")
            }
            return try show(RunFolder(opening: path).configuration.training.architecture)
        }
        let recipe = try (path.map(RecipeName.init) ?? model.recipe ?? .tutorial).read()
        var configuration = try image.configuration(of: recipe)
        model.apply(to: &configuration)
        let (name, shape) = (configuration.architecture.name, configuration.architecture.imageShape)
        try show(
            configuration.architecture,
            heading: image.isAssumed(for: recipe) ? "\(name) for images \(shape); others with --image" : nil)
    }

    /// A folder is a run, and so is a path to nothing but where a recipe must be meant.
    private func isRun(_ path: String) throws -> Bool {
        switch try FileKind(of: path, followsLinks: true) {
        case .folder: true
        case nil: path.contains("/") && !RecipeName(argument: path).isYAML
        default: false
        }
    }

    private func show(_ architecture: Architecture, heading: String? = nil) throws {
        let summary = try architecture.summary()
        if json { return try Console.data(summary.json(imageShape: architecture.imageShape)) }
        if let heading { try Console.data(printable(heading) + "\n") }
        try Console.data(printableLines(summary.description))
    }
}

extension ModelSummary {
    fileprivate func json(imageShape: Shape) -> JSONValue {
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
        return [
            "name": .string(name), "image": .array(imageShape.dimensions.map { .integer($0) }),
            "parameters": .integer(parameters), "parts": .array(parts),
        ]
    }
}
