import Datasets
import Formats
import Tensors
import Training
import YAMLText

/// A model and its training, as people write them in one YAML file.
///
/// ```yaml
/// image: [28, 28, 1]
/// encoder:
///   - conv2d: {channels: 32, kernel: 3, stride: 2, padding: same, activation: relu}
///   - flatten
/// latent: 2
/// decoder:
///   - unflatten: {activation: relu}
///   - conv2d_transpose: {channels: image, kernel: 3, stride: 2, padding: same}
/// objective: {likelihood: bernoulli}
/// training: {epochs: 30, batch_size: 128}
/// ```
///
/// `image` may leave an extent to the data: `[any, any, any]`. In the decoder, `unflatten` is a dense layer to the shape
/// that the encoder flattened, `crop: image` cuts to the image's size, and `image` as a number of channels is the
/// image's.
public struct Recipe: Hashable, Sendable {
    /// As listings call it: the file's own name without its end, or what `name` says.
    public let name: String
    /// Model, loss and training.
    public var training: TrainingConfiguration
    /// Which images it is for, where it says so.
    public var data: RecipeData

    /// Reads a recipe.
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - source: The file, named in errors; its own name is the recipe's.
    ///   - imageShape: Of the data, for extents that the recipe leaves open; nil where there is no data yet.
    /// - Throws: `FormatError` with line and column.
    public init(parsing text: [UInt8], source: String, imageShape: Shape? = nil) throws(FormatError) {
        self = try RecipeText(parsing: text, source: source).recipe(imageShape: imageShape)
    }

    init(name: String, training: TrainingConfiguration, data: RecipeData) {
        (self.name, self.training, self.data) = (name, training, data)
    }

    /// The most bytes of a recipe's file.
    package static let fileLimit = YAMLDocument.byteLimit
}

/// Which images a recipe is for; what is given on a command line comes before it.
public struct RecipeData: Hashable, Sendable {
    /// A folder or file of images, relative to the working directory, or a known set's name; nil for the MNIST that the
    /// program carries.
    public var path: String?
    /// How they are read.
    public var reading = ImageReading()
    /// Only the first images of each set; nil for all.
    public var limit: Int?
    /// The part of the training images that is set apart for validation; nil where the test set is used.
    public var validationFraction: Double?
    /// Which sets are learned from; the test set may be among them.
    public var trainingSet = ImageDataset.TrainingSet.train

    /// All of MNIST, validated on the test set.
    public init() {}
}
