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
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    func images(of run: RunFolder, _ split: ImageDataset.Split) async throws -> ImageDataset {
        let data = run.configuration.data
        do {
            let images = try await sets.value(for: key(of: run, split)) { [thread, load] in
                try await thread.run { try load(data, split) }
            }
            try run.requireShape(of: images)
            return images
        } catch let error as ExplorationError {
            throw error
        } catch {
            throw ExplorationError(.unavailable, "the \(split.rawValue) images: \(words(of: error, in: run.path))")
        }
    }

    /// What a set says of itself; nil where it is not at hand or of another size than the run's.
    func outline(of run: RunFolder, _ split: ImageDataset.Split) async -> ImageOutline? {
        let data = run.configuration.data
        guard let outline, sets.value(madeFor: key(of: run, split)) == nil else {
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
