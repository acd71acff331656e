import Datasets
import Formats
import Training

/// Which images a run learns from and is judged by.
public struct DataSelection: Hashable, Sendable, Codable {
    /// Where the images are: a folder or file, or a known set's name; nil for the MNIST that the program carries.
    public var path: String?
    /// How they are read.
    public var reading: ImageReading
    /// Only the first images of each set; nil for all.
    public var limit: Int?
    /// The part of the training images that is set apart for validation; nil where the test set is used.
    public var validationFraction: Double?
    /// Whether that is the same part of each class; false without such a part.
    public var splitsByClass: Bool
    /// Which sets are learned from; the test set may be among them.
    public var trainingSet: ImageDataset.TrainingSet
    /// What the classes are called, by their number; nil where they are numbers, or there are none.
    public var classNames: [String]?

    /// A selection from its parts: by default all of MNIST, validated on the test set.
    public init(
        path: String? = nil, reading: ImageReading = ImageReading(), limit: Int? = nil,
        validationFraction: Double? = nil, splitsByClass: Bool = false,
        trainingSet: ImageDataset.TrainingSet = .train
    ) {
        self.path = path
        self.reading = reading
        self.limit = limit
        self.validationFraction = validationFraction
        self.splitsByClass = splitsByClass
        self.trainingSet = trainingSet
        classNames = path == nil ? (0...9).map(String.init) : nil
    }

    private enum CodingKeys: String, CodingKey {
        /// `folder`, when there were folders only.
        case path = "folder"
        case reading, limit
        case validationFraction = "validation_fraction"
        case splitsByClass = "split_by_class"
        case trainingSet = "training_set"
        case classNames = "class_names"
    }

    /// Reads a selection; one that names no training set learns from the training images, and one that does not say how
    /// it sets images apart takes them from all classes together.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            path: try values.decodeIfPresent(String.self, forKey: .path),
            reading: try values.decodeIfPresent(ImageReading.self, forKey: .reading) ?? ImageReading(),
            limit: try values.decodeIfPresent(Int.self, forKey: .limit),
            validationFraction: try values.decodeIfPresent(Double.self, forKey: .validationFraction),
            splitsByClass: try values.decodeIfPresent(Bool.self, forKey: .splitsByClass) ?? false,
            trainingSet: try values.decodeIfPresent(ImageDataset.TrainingSet.self, forKey: .trainingSet) ?? .train)
        if let names = try values.decodeIfPresent([String].self, forKey: .classNames) { classNames = names }
    }

    /// Writes what is given, and of what is usual nothing.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(path, forKey: .path)
        if reading != ImageReading() { try values.encode(reading, forKey: .reading) }
        try values.encodeIfPresent(limit, forKey: .limit)
        try values.encodeIfPresent(validationFraction, forKey: .validationFraction)
        if splitsByClass { try values.encode(true, forKey: .splitsByClass) }
        if trainingSet != .train { try values.encode(trainingSet, forKey: .trainingSet) }
        if path != nil { try values.encodeIfPresent(classNames, forKey: .classNames) }
    }

    /// For people, and for what is given away: "MNIST", or the folder's own name without the path that leads to it.
    public var sourceName: String { path.map(RunFolder.name(of:)) ?? "MNIST" }

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
            return try training.split(
                validationFraction: validationFraction, byClass: splitsByClass, seed: seed)
        }
        return (training, try limited(.test))
    }
}

extension DataSelection {
    /// Where the images come from.
    /// - Parameters:
    ///   - other: A path in place of the selection's own; nil for that.
    ///   - embedded: What the program carries.
    ///   - threads: That decode pictures.
    ///   - progress: Told how many of all pictures are decoded.
    /// - Throws: As `ImageSources.open`.
    package func source(
        at other: String? = nil, embedded: any ImageSource, threads: Int,
        progress: (@Sendable (_ done: Int, _ all: Int) -> Void)? = nil
    ) throws -> any ImageSource {
        guard let path = other ?? path else { return embedded }
        return try ImageSources.open(path, reading, threads: threads, progress: progress)
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
