import Datasets
import Formats
import Graphs
import Models
import Tensors

extension TrainingConfiguration {
    /// Bytes of memory that a training takes beside its sets of images, found from its plans before anything is made.
    /// - Parameters:
    ///   - images: The training set.
    ///   - validation: Scored after each epoch, as a whole.
    /// - Throws: `GraphError`.
    package func trainingBytes(
        images: ImageDataset, validation: ImageDataset?, threads: Int
    ) throws(GraphError) -> Int {
        let engine = try ModelEngine.byteCount(
            architecture, objective, trainingBatch: min(batchSize, images.count), threads: threads,
            precision: precision)
        // An image's place, and its part of the loss.
        let scores =
            max(validation?.count ?? 0, batchSize) * (MemoryLayout<Int>.stride + MemoryLayout<LossTerms>.stride)
        // A look for collapse has a model of its own, and so have the figures.
        return try engine + scores + modelBytes(threads: threads)
    }

    /// Bytes of memory that it takes to read a checkpoint and to use its model.
    /// - Parameter images: Most images that are floats at a time; sets are encoded a thousand at a time.
    /// - Throws: `GraphError`.
    package func modelBytes(threads: Int, images: Int = 1000) throws(GraphError) -> Int {
        let engine = try ModelEngine.byteCount(architecture, objective, trainingBatch: nil, threads: threads)
        // Bytes of a file, the same without its hash, as tensors, and in their places.
        let checkpoint = 4 * (try checkpointBytes())
        // What goes into the model, and what comes out.
        return engine + checkpoint + 2 * images * architecture.imageShape.count * MemoryLayout<Float>.stride
    }

    /// Bytes of a checkpoint's weights and moments.
    /// - Throws: `GraphError`.
    package func checkpointBytes() throws(GraphError) -> Int {
        let layout = try program().graph.parameterLayout
        return 3 * layout.count * MemoryLayout<Float>.stride
    }

    /// Bytes of a checkpoint's file.
    /// - Throws: `GraphError`.
    package func checkpointFileBytes() throws(GraphError) -> Int {
        let layout = try program().graph.parameterLayout
        var state = TrainingState()
        state.best = TrainingState.Best(epoch: epochs, value: .pi)
        let hash = String(repeating: "0", count: 64)
        let empty = Checkpoint(
            configuration: self, dataHash: hash, state: state, parameters: ParameterStore(layout), adam: Adam(layout))
        // One that cannot be written says so when it is.
        return (try? empty.serialized().count) ?? 3 * layout.count * MemoryLayout<Float>.stride
    }

    /// Refuses images of another size than the model takes.
    /// - Throws: `FormatError`.
    package func requireShape(of images: ImageDataset) throws(FormatError) {
        try requireShape([images.height, images.width, images.channels], of: images.name)
    }

    /// The same by the shape [height, width, channels] alone, before any image is read.
    package func requireShape(_ found: Shape, of name: String) throws(FormatError) {
        guard found == architecture.imageShape else {
            throw FormatError(
                source: name, expected: "images \(architecture.imageShape), as the model takes them", found: "\(found)")
        }
    }
}
