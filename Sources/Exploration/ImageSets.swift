import Datasets
import Formats
import Runs
import Synchronization

/// The sets of images that runs were made with, loaded once, and anew when their files have changed.
final class ImageSets: Sendable {
    private let sets: SharedCache<Key, KeptImages>
    private let thread: ComputeThread
    /// A folder in place of the runs' own.
    private let folder: String?
    private let load: RunExplorer.ImageLoader
    private let outline: RunExplorer.ImageOutliner?

    private struct Key: Hashable {
        let folder: String?
        let reading: ImageReading
        let split: ImageDataset.Split
        let files: [FileStamp]
        /// What a run takes of the sets, and by which seed; nil for a set as it lies on the disk.
        var cut: Cut?

        struct Cut: Hashable {
            let part: ImagePart
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
        sets = SharedCache(limit: limit) { $0.images.heldBytes }
        self.thread = thread
        self.folder = folder
        self.load = load
        self.outline = outline
    }

    /// One of a run's sets, as `RunFolder.images` has it.
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    func images(of run: RunFolder, _ part: ImagePart) async throws -> ImageDataset {
        try await kept(of: run, part).images
    }

    /// The same with the number by which what is made of them is kept.
    func kept(of run: RunFolder, _ part: ImagePart) async throws -> KeptImages {
        do {
            let kept = try await taken(of: run, part)
            try run.requireShape(of: kept.images)
            return kept
        } catch let error as ExplorationError {
            throw error
        } catch {
            let found = words(of: error, in: run.path, folder ?? run.configuration.data.path)
            throw ExplorationError(.unavailable, "the \(part.rawValue) images: \(found)")
        }
    }

    private func taken(of run: RunFolder, _ part: ImagePart) async throws -> KeptImages {
        let data = run.configuration.data
        func whole(_ split: ImageDataset.Split) async throws -> KeptImages {
            try await sets.value(for: key(of: run, split)) { [thread, load] in
                try await thread.run { KeptImages(images: try load(data, split)) }
            }
        }
        if part == .test {
            do { return try await whole(.test) } catch DatasetError.noTestSet where data.validationFraction != nil {
                return try await taken(of: run, .validation)
            }
        }
        let split: ImageDataset.Split = part == .training ? .train : .test
        if data.validationFraction == nil, data.limit == nil, !data.joins(part) { return try await whole(split) }
        var wanted = key(of: run, split)
        wanted.cut = .init(part: part, selection: data, seed: run.configuration.training.seed)
        return try await sets.value(for: wanted) { [thread, load] in
            try await thread.run {
                let taken = try run.images(part) { split, limit in
                    let set = try load(data, split)
                    return limit.map(set.prefix) ?? set
                }
                return KeptImages(images: taken.images)
            }
        }
    }

    /// What one of a run's sets says of itself; nil where it is not at hand or of another size than the run's.
    func outline(of run: RunFolder, _ part: ImagePart) async -> ImageOutline? {
        let data = run.configuration.data
        let split: ImageDataset.Split = part == .training ? .train : .test
        // A run that set images apart, or put sets together, has sets that are no file's.
        guard let outline, data.validationFraction == nil, !data.joins(part),
            sets.value(madeFor: key(of: run, split)) == nil
        else {
            return (try? await images(of: run, part)).map(ImageOutline.init)
        }
        guard let found = try? await thread.run({ try outline(data, split) }) else { return nil }
        let wanted = run.configuration.training.architecture.imageShape
        guard wanted.dimensions == [found.height, found.width, found.channels] else { return nil }
        return part == .test ? found : data.limit.map(found.prefix) ?? found
    }

    /// Tells whether a run's images are still those that they were.
    func stamps(of run: RunFolder) -> [FileStamp] {
        guard let folder = folder ?? run.configuration.data.path else { return [] }
        guard let names = try? FileTree.names(in: folder) else { return FileStamp(folder).map { [$0] } ?? [] }
        return names.prefix(Self.mostFiles).compactMap { FileStamp("\(folder)/\($0)") }
    }

    /// A folder of images has a few files, or a folder a class.
    private static let mostFiles = 64

    private func key(of run: RunFolder, _ split: ImageDataset.Split) -> Key {
        let data = run.configuration.data
        let key = Key(folder: folder ?? data.path, reading: data.reading, split: split, files: stamps(of: run))
        // Those of files that are no more are asked for no more.
        sets.removeAll { $0.folder == key.folder && $0.split == key.split && $0.files != key.files }
        return key
    }
}

/// A set that was read.
package struct KeptImages: Sendable {
    /// No other set read by this process has it.
    package let number = numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<Int>(0)
    package let images: ImageDataset

    init(images: ImageDataset) {
        self.images = images
    }
}

extension DataSelection {
    /// Whether a set of a run with this selection is several of the files'.
    fileprivate func joins(_ part: ImagePart) -> Bool { part == .training && trainingSet == .all }
}
