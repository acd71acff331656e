import Datasets
import Formats
import Runs

/// The sets of images that runs were made with, loaded once, and anew when their files have changed.
final class ImageSets: Sendable {
    private let sets: SharedCache<Key, ImageDataset>
    private let thread: ComputeThread
    /// A folder in place of the runs' own.
    private let folder: String?
    private let load: RunExplorer.ImageLoader
    private let outline: RunExplorer.ImageOutliner?

    private struct Key: Hashable {
        let folder: String?
        let split: ImageDataset.Split
        let files: [FileStamp]
        /// What a run without a test set takes apart, and by which seed; nil for a set as it lies on the disk.
        var part: Part?

        struct Part: Hashable {
            let selection: DataSelection
            let seed: UInt64
        }
    }

    /// - Parameters:
    ///   - limit: Bytes of all sets; the last one is kept whatever it takes.
    ///   - folder: Where the images of all runs lie; nil for each run's own.
    ///   - outline: Tells of a set without reading it; nil reads it.
    init(
        limit: Int, on thread: ComputeThread, folder: String?, load: @escaping RunExplorer.ImageLoader,
        outline: RunExplorer.ImageOutliner?
    ) {
        sets = SharedCache(limit: limit) { $0.pixels.count }
        self.thread = thread
        self.folder = folder
        self.load = load
        self.outline = outline
    }

    /// All images of a set, whatever part of them the training took.
    ///
    /// Where a run set images apart for validation and there is no test set, `test` is those, and `train` the others.
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    func images(of run: RunFolder, _ split: ImageDataset.Split) async throws -> ImageDataset {
        do {
            let images = try await taken(of: run, split)
            try run.requireShape(of: images)
            return images
        } catch let error as ExplorationError {
            throw error
        } catch {
            throw ExplorationError(.unavailable, "the \(split.rawValue) images: \(words(of: error, in: run.path))")
        }
    }

    private func taken(of run: RunFolder, _ split: ImageDataset.Split) async throws -> ImageDataset {
        let data = run.configuration.data
        func whole(_ split: ImageDataset.Split) async throws -> ImageDataset {
            try await sets.value(for: key(of: run, split)) { [thread, load] in
                try await thread.run { try load(data, split) }
            }
        }
        guard data.validationFraction != nil else { return try await whole(split) }
        do {
            let test = try await whole(.test)
            return split == .test ? test : try await whole(split)
        } catch DatasetError.missing {
            let seed = run.configuration.training.seed
            var key = self.key(of: run, split)
            key.part = .init(selection: data, seed: seed)
            return try await sets.value(for: key) { [thread, load] in
                try await thread.run {
                    let sets = try data.sets(seed: seed) { split, _ in try load(data, split) }
                    return split == .test ? sets.validation : sets.training
                }
            }
        }
    }

    /// What a set says of itself; nil where it is not at hand or of another size than the run's.
    func outline(of run: RunFolder, _ split: ImageDataset.Split) async -> ImageOutline? {
        let data = run.configuration.data
        // A run that set images apart has sets that are no file's.
        guard let outline, data.validationFraction == nil, sets.value(madeFor: key(of: run, split)) == nil else {
            return (try? await images(of: run, split)).map(ImageOutline.init)
        }
        guard let found = try? await thread.run({ try outline(data, split) }) else { return nil }
        let wanted = run.configuration.training.architecture.imageShape
        return wanted.dimensions == [found.height, found.width, found.channels] ? found : nil
    }

    /// Tells whether a run's images are still those that they were.
    func stamps(of run: RunFolder) -> [FileStamp] {
        guard let folder = folder ?? run.configuration.data.folder else { return [] }
        let names = (try? FileTree.names(in: folder)) ?? []
        return names.prefix(Self.mostFiles).compactMap { FileStamp("\(folder)/\($0)") }
    }

    /// A folder of images has a few files.
    private static let mostFiles = 64

    private func key(of run: RunFolder, _ split: ImageDataset.Split) -> Key {
        let key = Key(folder: folder ?? run.configuration.data.folder, split: split, files: stamps(of: run))
        // Those of files that are no more are asked for no more.
        sets.removeAll { $0.folder == key.folder && $0.split == key.split && $0.files != key.files }
        return key
    }
}
