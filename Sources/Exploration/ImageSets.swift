import Datasets
import Runs

/// The sets of images that runs were made with, loaded once.
final class ImageSets: Sendable {
    private let sets: SharedCache<Key, ImageDataset>
    private let thread: ComputeThread
    private let load: RunExplorer.ImageLoader

    private struct Key: Hashable {
        let folder: String?
        let split: ImageDataset.Split
        /// What a run without a test set takes apart, and by which seed; nil for a set as it lies on the disk.
        var part: Part?

        struct Part: Hashable {
            let selection: DataSelection
            let seed: UInt64
        }
    }

    /// - Parameter limit: Bytes of all sets; the last one is kept whatever it takes.
    init(limit: Int, on thread: ComputeThread, load: @escaping RunExplorer.ImageLoader) {
        sets = SharedCache(limit: limit) { $0.pixels.count }
        self.thread = thread
        self.load = load
    }

    /// All images of a set, whatever part of them the training took.
    ///
    /// Where a run set images apart for validation and there is no test set, `test` is those, and `train` the others.
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    func images(of run: RunFolder, _ split: ImageDataset.Split) async throws -> ImageDataset {
        do {
            let images = try await images(of: run.configuration, split)
            try run.requireShape(of: images)
            return images
        } catch let error as ExplorationError {
            throw error
        } catch {
            throw ExplorationError(.unavailable, "the \(split.rawValue) images: \(words(of: error, in: run.path))")
        }
    }

    private func images(of run: RunConfiguration, _ split: ImageDataset.Split) async throws -> ImageDataset {
        let data = run.data
        func whole(_ split: ImageDataset.Split) async throws -> ImageDataset {
            try await sets.value(for: Key(folder: data.folder, split: split)) { [thread, load] in
                try await thread.run { try load(data, split) }
            }
        }
        guard data.validationFraction != nil else { return try await whole(split) }
        do {
            let test = try await whole(.test)
            return split == .test ? test : try await whole(split)
        } catch DatasetError.missing {
            let seed = run.training.seed
            let key = Key(folder: data.folder, split: split, part: .init(selection: data, seed: seed))
            return try await sets.value(for: key) { [thread, load] in
                try await thread.run {
                    let sets = try data.sets(seed: seed) { split, _ in try load(data, split) }
                    return split == .test ? sets.validation : sets.training
                }
            }
        }
    }
}
