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
    /// Refuses a set of images that does not fit into memory; a folder without one is for whoever reads it.
    /// - Throws: `MemoryError`.
    static func requireMemory(folder: String?, _ split: ImageDataset.Split) throws(MemoryError) {
        try MemoryBudget().require(byteCount(folder: folder, split))
    }

    /// Bytes of memory that it takes to read a set.
    static func byteCount(folder: String?, _ split: ImageDataset.Split) -> Int {
        let bytes = folder.map { fileBytes(in: $0, split) } ?? 784 * (split == .train ? 60_000 : 10_000)
        return bytes > .max / copies ? .max : copies * bytes
    }

    /// A set as its file's bytes, as they are unpacked, and as the part that is taken.
    private static let copies = 3

    /// Bytes of a set's largest file, unpacked, as far as the files say.
    private static func fileBytes(in folder: String, _ split: ImageDataset.Split) -> Int {
        let names = ((try? FileTree.names(in: folder)) ?? []).filter {
            $0.hasPrefix(split == .train ? "train-" : "t10k-")
        }
        return names.map { Gzip.declaredSize(at: "\(folder)/\($0)") ?? 0 }.max() ?? 0
    }
}

extension TrainingConfiguration {
    /// Refuses a training that does not fit into memory.
    /// - Throws: `MemoryError`; `LayerError`.
    func requireMemory(images: ImageDataset, validation: ImageDataset?, threads: Int) throws {
        let bytes = try trainingBytes(images: images, validation: validation, threads: threads)
        // Its own threads, and those of the model that looks for collapse.
        try MemoryBudget().require(bytes, threads: 2 * threads)
    }
}
