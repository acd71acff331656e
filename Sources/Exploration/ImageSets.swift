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
    }

    /// - Parameter limit: Bytes of all sets; the last one is kept whatever it takes.
    init(limit: Int, on thread: ComputeThread, load: @escaping RunExplorer.ImageLoader) {
        sets = SharedCache(limit: limit) { $0.pixels.count }
        self.thread = thread
        self.load = load
    }

    /// All images of a set, whatever part of them the training took.
    /// - Throws: `ExplorationError` where they are not at hand or of another size than the run's.
    func images(of run: RunFolder, _ split: ImageDataset.Split) async throws -> ImageDataset {
        let data = run.configuration.data
        do {
            let images = try await sets.value(for: Key(folder: data.folder, split: split)) { [thread, load] in
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
}
