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

extension TrainingConfiguration {
    /// Refuses a training that does not fit into memory.
    /// - Throws: `MemoryError`; `GraphError`.
    func requireMemory(images: ImageDataset, validation: ImageDataset?, threads: Int) throws {
        let bytes = try trainingBytes(images: images, validation: validation, threads: threads)
        // Its own threads, and those of the model that looks for collapse.
        try MemoryBudget().require(bytes, threads: 2 * threads)
    }
}
