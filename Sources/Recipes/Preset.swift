import Formats
import Tensors

/// A recipe that the program carries.
public struct Preset: Hashable, Sendable {
    /// As commands name it: `keras-example`.
    public let name: String
    /// One line for people.
    public let summary: String
    /// The file to start from: YAML.
    public let text: String

    /// All of them, the tutorial's first.
    public static let all: [Preset] = [
        Preset("tutorial", PackageResources.tutorial_yaml),
        Preset("keras-example", PackageResources.keras_example_yaml),
        Preset("mlp", PackageResources.mlp_yaml),
        Preset("iwae", PackageResources.iwae_yaml),
        Preset("conv", PackageResources.conv_yaml),
        Preset("resnet", PackageResources.resnet_yaml),
        Preset("burgess", PackageResources.burgess_yaml),
    ]

    /// The preset of a name; nil where there is none.
    public static func named(_ name: String) -> Preset? { all.first { $0.name == name } }

    /// The preset that a training takes where nobody names a recipe: the tutorial's for its own size, else one that takes
    /// any.
    /// - Parameter shape: Of an image, [height, width, channels].
    package static func usual(for shape: Shape) -> Preset {
        let name = shape == [28, 28, 1] ? "tutorial" : "conv"
        guard let preset = named(name) else { fatalError("no preset \(name)") }
        return preset
    }

    /// What a person should know of images of a shape for the usual preset; nil where they fit it.
    package static func remark(for shape: Shape) -> String? {
        let side = min(shape[0], shape[1])
        return side < smallestSide
            ? "\(usual(for: shape).name) halves images three times, and these have \(side) pixels: --preset mlp takes them "
                + "as they are" : nil
    }

    /// What three halvings leave a pixel of.
    private static let smallestSide = 8

    /// A file's first comment says what it is.
    private init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        text = String(decoding: bytes, as: UTF8.self)
        summary = text.split(separator: "\n").first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? ""
    }

    /// The recipe for images of a shape.
    /// - Parameter imageShape: Nil where there are no images yet.
    /// - Throws: `FormatError` where the preset cannot take such images, or leaves their shape to the data.
    public func recipe(imageShape: Shape? = nil) throws(FormatError) -> Recipe {
        try recipeText.recipe(imageShape: imageShape)
    }

    /// The preset before anybody knows its images.
    package var recipeText: RecipeText {
        get throws(FormatError) { try RecipeText(parsing: Array(text.utf8), source: name) }
    }
}
