import Datasets
import Tensors

/// One of the sets of images that a run has.
public enum ImagePart: String, CaseIterable, Sendable {
    /// The images that the run learns from.
    case training
    /// The images by which the run is judged while it learns.
    case validation
    /// The whole test set.
    case test

    /// What it may be called: its name, or `train` for the training images.
    package static let words = allCases.map(\.rawValue) + ["train"]

    package init?(word: String) {
        self.init(rawValue: word == "train" ? "training" : word)
    }
}

/// A set of images as a run has it.
public struct RunImages: Sendable {
    /// The images.
    public let images: ImageDataset
    /// Which set they are: the one that was asked for, or `validation` in place of a test set that is not there.
    public let part: ImagePart
    /// Whether they are the images that the run was made with, labels included; nil where nobody can tell.
    public let areTheRuns: Bool?

    package init(images: ImageDataset, part: ImagePart, areTheRuns: Bool?) {
        self.images = images
        self.part = part
        self.areTheRuns = areTheRuns
    }
}

extension RunFolder {
    /// One of the run's sets of images.
    ///
    /// Where a run has set images apart for validation, a test set need not exist: the validation images take its
    /// place.
    /// - Parameters:
    ///   - part: Which set.
    ///   - limit: Only the first images of the set; nil for all.
    ///   - load: Reads the first images of a set, or all.
    /// - Throws: `DatasetError` where the images are missing or too few, `ConfigurationError` for a selection that is
    ///   none; whatever `load` throws.
    public func images(
        _ part: ImagePart, limit: Int? = nil, load: DataSelection.Loader
    ) throws -> RunImages {
        let (selection, seed) = (configuration.data, configuration.training.seed)
        // Sets that were put together are longer than the limit of each, and whole.
        let isJoined = selection.trainingSet == .all && (part == .training || selection.validationFraction != nil)
        let most = isJoined ? Int.max : selection.limit ?? .max
        func cut(_ images: ImageDataset, _ part: ImagePart, recorded: DataRecord?) -> RunImages {
            RunImages(
                images: limit.map(images.prefix) ?? images, part: part,
                areTheRuns: recorded.map { DataRecord(of: images.prefix(most)) == $0 })
        }
        if selection.validationFraction != nil || isJoined {
            if part == .test {
                do {
                    return RunImages(images: try load(.test, limit), part: .test, areTheRuns: nil)
                } catch DatasetError.noTestSet {
                    return try images(.validation, limit: limit, load: load)
                }
            }
            let sets = try selection.sets(seed: seed, load: load)
            return part == .training
                ? cut(sets.training, part, recorded: configuration.trainingImages)
                : cut(sets.validation, part, recorded: configuration.validationImages)
        }
        let recorded = part == .training ? configuration.trainingImages : configuration.validationImages
        // The whole test set, whatever part of it the run took.
        let wanted = [limit, part == .test ? nil : selection.limit].compactMap { $0 }.min()
        let images = try load(part == .training ? .train : .test, wanted)
        // Fewer images than the run took tell nothing of the rest.
        let isComparable = limit.map { $0 >= recorded.images } ?? true
        return cut(images, part, recorded: isComparable ? recorded : nil)
    }
}
