import Formats
import MNISTData
import VAE

// What commands ask of memory, judged before they begin (status 71).

extension RunFolder {
    /// Refuses a run whose model does not fit into memory.
    /// - Parameters:
    ///   - images: Most images that are made at a time.
    ///   - others: Bytes that are wanted at the same time.
    /// - Throws: `MemoryError`.
    func requireMemory(threads: Int, images: Int, beside others: Int = 0) throws {
        let bytes = try configuration.training.modelBytes(threads: threads, images: max(images, 1000))
        try MemoryBudget().require(max(bytes, others, bytes &+ others), threads: threads)
    }
}

extension ImageSource {
    /// Refuses a set of images that does not fit into memory.
    /// - Parameters:
    ///   - folder: Where the set lies; nil for the one within the program.
    ///   - limit: Only the first images are read; nil for all.
    /// - Throws: `MemoryError`.
    static func requireMemory(for outline: ImageOutline, folder: String?, limit: Int?) throws(MemoryError) {
        try MemoryBudget().require(byteCount(of: outline, folder: folder, limit: limit))
    }

    /// Refuses sets that are to be one and do not fit into memory as that.
    /// - Throws: `MemoryError`.
    static func requireMemory(for selection: DataSelection) throws(MemoryError) {
        guard selection.trainingSet == .all else { return }
        try MemoryBudget().require(
            ImageDataset.Split.allCases.reduce(0) {
                $0 + byteCount(folder: selection.folder, $1, limit: selection.limit)
            })
    }

    /// Bytes of memory that it takes to read a set, as far as its files say.
    /// - Parameter limit: Only the first images are read; nil for all.
    static func byteCount(folder: String?, _ split: ImageDataset.Split, limit: Int? = nil) -> Int {
        (try? outline(folder: folder, split)).map { byteCount(of: $0, folder: folder, limit: limit) } ?? 0
    }

    private static func byteCount(of outline: ImageOutline, folder: String?, limit: Int?) -> Int {
        let pixels = min(outline.count, limit ?? .max) * outline.shape.count
        return copies * pixels + (folder == nil ? ImageDataset.mostEmbeddedBytes : 0)
    }

    /// A set as it is read, and as the part that is taken of it.
    private static let copies = 2
}

extension TrainingConfiguration {
    /// Refuses a training that does not fit into memory.
    /// - Throws: `MemoryError`; `GraphError`.
    func requireMemory(images: ImageDataset, validation: ImageDataset?, threads: Int) throws {
        let bytes = try trainingBytes(images: images, validation: validation, threads: threads)
        // Its own threads, and those of the model that looks for collapse.
        try MemoryBudget().require(bytes, threads: 2 * threads)
    }
}
