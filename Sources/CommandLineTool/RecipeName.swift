import ArgumentParser
import Formats
import Graphs
import Recipes
import Settings
import VAE

/// A recipe as somebody names it: a file, or one that the program carries.
struct RecipeName: ExpressibleByArgument, Hashable {
    let argument: String

    init(argument: String) { self.argument = argument }

    /// Where everything starts from if nobody names a recipe.
    static let tutorial = RecipeName(argument: "tutorial")

    /// The recipe that the program carries under this name; nil where a file is meant, or there is none.
    var preset: Preset? { isPath ? nil : Preset.named(argument) }

    /// What is no name of a preset, whatever presets there are.
    private var isPath: Bool { argument.contains("/") || isYAML }

    /// Whether its name is that of a file with a recipe.
    var isYAML: Bool { argument.hasSuffix(".yaml") || argument.hasSuffix(".yml") }

    /// Reads it.
    /// - Throws: `UsageError` where it names nothing; `FileError` or `FormatError` for a file.
    func read() throws -> RecipeText {
        if let preset { return try preset.recipeText }
        guard try isPath || FileKind(of: argument, followsLinks: true) != nil else {
            throw UsageError(
                "there is no preset called \(printable(argument)), and no file"
                    + didYouMean(argument, among: Preset.all.map(\.name)) + " (vae presets lists them)")
        }
        return try RecipeText(
            parsing: try FileBytes.read(argument, limit: Recipe.fileLimit), source: argument)
    }
}

/// The shape of images for a recipe that is shown or measured without data.
struct ImageOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Shape of the images, where the recipe leaves it open; 28,28,1 if left out.",
            valueName: "height,width,channels"),
        transform: Self.shape)
    var image: Shape?

    /// The usual images, for recipes that take any.
    private static let usual: Shape = [28, 28, 1]

    private static func shape(_ argument: String) throws -> Shape {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard parts.count == 3, parts.allSatisfy({ (1...Graph.mostValues).contains($0) }),
            parts[0].multipliedReportingOverflow(by: parts[1]).partialValue <= Graph.mostValues / parts[2]
        else { throw Number.Expected("height,width,channels of at most \(Graph.mostValues) values, as in 64,64,3") }
        return Shape(parts)
    }

    /// The recipe for such images.
    /// - Throws: `UsageError` where it is for others; `FormatError`.
    func configuration(of recipe: RecipeText) throws -> TrainingConfiguration {
        let training = try recipe.recipe(imageShape: image ?? Self.usual).training
        let found = training.architecture.imageShape
        if let image, found != image {
            throw UsageError("--image: expected \(found), which \(printable(recipe.name)) is for, found \(image)")
        }
        return training
    }

    /// Whether the shape is nobody's wish.
    func isAssumed(for recipe: RecipeText) -> Bool { image == nil && recipe.leavesShapeOpen }
}
