import Datasets
import Formats
import Settings
import Training

/// A run's `config.json`: everything needed to repeat it.
public struct RunConfiguration: Hashable, Sendable, Codable {
    /// What is computed.
    public var training: TrainingConfiguration
    /// From which images.
    public var data: DataSelection
    /// The images trained on, as they were.
    public var trainingImages: DataRecord
    /// The images of the validation, as they were.
    public var validationImages: DataRecord
    /// The program that made the run.
    public var programVersion: String
    /// Which epochs leave a checkpoint of their own; nil in runs from before there was a choice of them.
    public var keepsEpochs: KeptEpochs?
    /// Where its first weights are from; nil where they were drawn.
    package var imported: ImportRecord?

    /// This program's version.
    public static let programVersion = "0.1.0"

    /// Newer files are refused by name.
    private static let version = 2
    private static let format = "swift-vae run"

    private enum CodingKeys: String, CodingKey {
        case training, data
        case trainingImages = "training_images"
        case validationImages = "validation_images"
        case programVersion = "program_version"
        case keepsEpochs = "keeps_epochs"
        case imported
    }

    /// Describes a run that begins now.
    public init(
        training: TrainingConfiguration, data: DataSelection, trainingImages: ImageDataset,
        validationImages: ImageDataset, keepsEpochs: KeptEpochs = .none
    ) {
        self.training = training
        self.data = data
        self.trainingImages = DataRecord(of: trainingImages)
        self.validationImages = DataRecord(of: validationImages)
        programVersion = RunConfiguration.programVersion
        self.keepsEpochs = keepsEpochs
    }

    /// The file's bytes: indented JSON, the same for the same configuration.
    package func serialized() throws -> [UInt8] {
        // Not by way of a `JSONValue`, which would round a seed beyond 63 bits.
        let file = VersionedFile(format: Self.format, version: Self.version, configuration: self)
        return try JSONCoding.encode(file, indented: true) + [UInt8(ascii: "\n")]
    }

    /// The configuration's own keys, and two that say what the file is.
    private struct VersionedFile: Encodable {
        let format: String
        let version: Int
        let configuration: RunConfiguration

        private enum CodingKeys: String, CodingKey {
            case format, version
        }

        func encode(to encoder: any Encoder) throws {
            try configuration.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(format, forKey: .format)
            try values.encode(version, forKey: .version)
        }
    }

    /// Reads what `serialized` wrote.
    /// - Throws: `FormatError` naming the source and what was expected and found.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        self = try JSONCoding.decode(
            RunConfiguration.self, from: bytes, source: source, "a run's configuration"
        ) { document throws(FormatError) in try Self.checkFormat(document, source: source) }
        try training.requireTrainable(from: source)
    }

    /// Whether the bytes are the `config.json` of a run, of whatever version.
    package static func isOurs(_ bytes: [UInt8], source: String) -> Bool {
        (try? JSONValue(parsing: bytes, source: source))?["format"]?.string == format
    }

    private static func checkFormat(_ value: JSONValue, source: String) throws(FormatError) {
        guard value["format"]?.string == format else {
            throw FormatError(
                source: source, expected: "the format \"\(format)\"", found: value["format"]?.string ?? "none")
        }
        guard let found = value["version"]?.integer, (1...version).contains(found) else {
            throw FormatError(
                source: source, expected: "run version \(version) or older",
                found: value["version"]?.integer.map { "version \($0)" } ?? "none")
        }
    }
}

/// A file of another library that a run's first weights were read from.
package struct ImportRecord: Hashable, Sendable, Codable {
    /// Its name, without its folder.
    package var file: String
    /// What it was: `Keras 3 weights, HDF5`.
    package var format: String
    /// Of its bytes.
    package var sha256: String

    package init(file: String, format: String, sha256: String) {
        (self.file, self.format, self.sha256) = (file, format, sha256)
    }

    /// For people: `imported from vae.weights.h5 (Keras 3 weights, HDF5)`.
    package var words: String { "imported from \(file) (\(format))" }
}
