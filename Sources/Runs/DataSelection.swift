import Datasets
import Training

/// Which images a run learns from and is judged by.
public struct DataSelection: Hashable, Sendable, Codable {
    /// A folder of IDX files; nil for the MNIST that the program carries.
    public var folder: String?
    /// Only the first images of each set; nil for all.
    public var limit: Int?
    /// The part of the training images that is set apart for validation; nil where the test set is used.
    public var validationFraction: Double?
    /// Which sets are learned from; the test set may be among them.
    public var trainingSet: ImageDataset.TrainingSet

    /// A selection from its parts: by default all of MNIST, validated on the test set.
    public init(
        folder: String? = nil, limit: Int? = nil, validationFraction: Double? = nil,
        trainingSet: ImageDataset.TrainingSet = .train
    ) {
        self.folder = folder
        self.limit = limit
        self.validationFraction = validationFraction
        self.trainingSet = trainingSet
    }

    private enum CodingKeys: String, CodingKey {
        case folder, limit
        case validationFraction = "validation_fraction"
        case trainingSet = "training_set"
    }

    /// Reads a selection; one that names no training set learns from the training images.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            folder: try values.decodeIfPresent(String.self, forKey: .folder),
            limit: try values.decodeIfPresent(Int.self, forKey: .limit),
            validationFraction: try values.decodeIfPresent(Double.self, forKey: .validationFraction),
            trainingSet: try values.decodeIfPresent(ImageDataset.TrainingSet.self, forKey: .trainingSet) ?? .train)
    }

    /// Writes what is given; a training set that is the usual one is left out.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(folder, forKey: .folder)
        try values.encodeIfPresent(limit, forKey: .limit)
        try values.encodeIfPresent(validationFraction, forKey: .validationFraction)
        if trainingSet != .train { try values.encode(trainingSet, forKey: .trainingSet) }
    }

    /// For people, and for what is given away: "MNIST", or the folder's own name without the path that leads to it.
    public var sourceName: String { folder.map(RunFolder.name(of:)) ?? "MNIST" }

    /// What the labels stand for, the label being the place in the list; nil where nobody knows.
    package var classNames: [String]? { folder == nil ? (0...9).map(String.init) : nil }

    /// For people, behind the number of training images: empty, or that the test images are among them.
    public var trainingRemark: String { trainingSet == .all ? ", the test images among them" : "" }

    /// For people: "the test set" or "a split of 0.1 from the training set".
    public var validationName: String {
        validationFraction.map { "a split of \($0) from the training set" } ?? "the test set"
    }

    /// Reads a set, or where a limit is given only its first images.
    public typealias Loader = (_ split: ImageDataset.Split, _ limit: Int?) throws -> ImageDataset

    /// The two sets that a training takes.
    /// - Parameters:
    ///   - seed: Chooses the split.
    ///   - load: Reads one of the sets on the disk.
    /// - Throws: `ConfigurationError` for a limit below 1 or a fraction that is none, `DatasetError` for a split that
    ///   leaves a part without images, `FormatError` for two sets of different sizes that are to be one.
    public func sets(
        seed: UInt64, load: Loader
    ) throws -> (training: ImageDataset, validation: ImageDataset) {
        if let limit, limit < 1 {
            throw ConfigurationError(setting: "limit", expected: "at least 1", found: "\(limit)")
        }
        if let fraction = validationFraction, !(fraction > 0 && fraction < 1) {
            throw ConfigurationError(
                setting: "validation split", expected: "a fraction between 0 and 1", found: "\(fraction)")
        }
        func limited(_ split: ImageDataset.Split) throws -> ImageDataset {
            let set = try load(split, limit)
            return limit.map(set.prefix) ?? set
        }
        var training = try limited(.train)
        if trainingSet == .all {
            let test = try limited(.test)
            training = try training.joined(with: test)
            if validationFraction == nil { return (training, test) }
        }
        if let validationFraction {
            return try training.split(validationFraction: validationFraction, seed: seed)
        }
        return (training, try limited(.test))
    }
}

/// What a set of images was, so that a repeated run can tell whether it sees the same.
public struct DataRecord: Hashable, Sendable, Codable {
    /// Images in it.
    public var images: Int
    /// `ImageDataset.contentHash()`.
    public var sha256: String

    /// The record of a set; takes about 30 ms for 50 MB.
    public init(of images: ImageDataset) {
        self.images = images.count
        sha256 = images.contentHash()
    }
}
