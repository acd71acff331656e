import Datasets
import Evaluation
import Formats
import Models
import Runs
import Synchronization
import Tensors
import Training

/// The threads that all models compute on.
package struct ComputeThreads: Sendable {
    /// For what a person or service waits for: a millisecond or two at a time.
    package let live = ComputeThread()
    /// For whole sets of images, beside it.
    package let bulk = ComputeThread()
    /// Cores that an answer may take, and a whole set.
    package let liveCores, bulkCores: Int

    package init(liveCores: Int, bulkCores: Int) {
        self.liveCores = liveCores
        self.bulkCores = bulkCores
    }
}

/// A checkpoint, ready to be asked.
///
/// Questions are computed on `ComputeThreads`; those for codes and images that many ask at once become batches.
package final class ExploredModel: Sendable {
    /// No other model in this process has it.
    let number = numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<Int>(0)
    package let run: RunFolder
    package let point: RunFolder.Point
    /// Whole epochs that its weights have seen.
    package let epoch: Int
    let threads: ComputeThreads
    let live: VariationalAutoencoder
    /// Another engine with the same weights, so that nobody waits for a set of images; made when it is first needed.
    private let bulk = Mutex<VariationalAutoencoder?>(nil)
    /// Of all engines, kept apart: an engine that computes would make who asks it wait.
    private let engineBytes = Atomic<Int>(0)
    private let decoder, encoder: MicroBatcher
    /// Runs every layer on its own; made when it is first asked.
    private let layers = Mutex<ModelEngine?>(nil)
    private let loadImages: @Sendable (ImagePart) async throws -> ImageDataset
    private let stamps: @Sendable () -> [FileStamp]
    private let codesOfSets = SharedCache<SetKey, SetCodes>()
    private let meansOfSets = SharedCache<SetKey, Tensor>()

    /// A set as its files are now.
    private struct SetKey: Hashable {
        let split: ImagePart
        let files: [FileStamp]
    }

    private func key(_ split: ImagePart) -> SetKey {
        let key = SetKey(split: split, files: stamps())
        codesOfSets.removeAll { $0.files != key.files }
        meansOfSets.removeAll { $0.files != key.files }
        return key
    }

    /// - Parameters:
    ///   - stamps: Of the files that the sets come from.
    ///   - images: Loads one of the run's sets.
    init(
        _ checkpoint: Checkpoint, of run: RunFolder, at point: RunFolder.Point, on threads: ComputeThreads,
        hooks: ServingHooks, stamps: @escaping @Sendable () -> [FileStamp],
        images: @escaping @Sendable (ImagePart) async throws -> ImageDataset
    ) throws {
        self.run = run
        self.point = point
        epoch = checkpoint.state.epoch
        self.threads = threads
        self.stamps = stamps
        loadImages = images
        let live = try checkpoint.model(threads: threads.liveCores)
        self.live = live
        let architecture = live.architecture
        let (latent, shape) = (architecture.latent, architecture.imageShape)
        decoder = MicroBatcher(
            on: threads.live, inputWidth: latent, outputWidth: shape.count, hooks: hooks
        ) { rows, count in
            live.decode(Tensor([count, latent], rows)).values
        }
        encoder = MicroBatcher(
            on: threads.live, inputWidth: shape.count, outputWidth: 2 * latent, hooks: hooks
        ) { rows, count in
            let codes = live.encode(Tensor(Shape([count] + shape.dimensions), rows))
            let logVariance = codes.logVariance?.values
            return (0..<count).flatMap { row in
                let range = row * latent..<(row + 1) * latent
                return codes.mean.values[range] + (logVariance?[range] ?? [Float](repeating: 0, count: latent)[...])
            }
        }
        // The engine that computes every layer on its own takes about as much as the live one.
        engineBytes.store(2 * live.byteCount, ordering: .relaxed)
    }

    package var architecture: Architecture { live.architecture }
    package var latent: Int { architecture.latent }
    package var imageShape: Shape { architecture.imageShape }
    package var parameterCount: Int { live.parameterCount }
    /// The weights by name, in the parameters' order.
    package var weights: [(name: String, tensor: Tensor)] {
        live.parameterList.map { ($0.name, live.parameters.tensor($0)) }
    }

    /// Memory that it takes, about.
    var byteCount: Int {
        4 * parameterCount + engineBytes.load(ordering: .relaxed)
            + codesOfSets.values.reduce(0) { $0 + $1.byteCount }
            + meansOfSets.values.reduce(0) { $0 + $1.shape.count * 4 }
    }

    // MARK: Codes and images, batched

    /// Images of codes.
    /// - Throws: `ExplorationError`, `CancellationError`.
    package func decode(_ z: Rows) async throws -> DecodeAnswer {
        DecodeAnswer(images: try await images(of: z.codes("z", latent: latent).values))
    }

    /// Images of codes [count, latent].
    func images(of codes: [Float]) async throws -> Tensor {
        let values = try await decoder.run(codes)
        return Tensor(Shape([codes.count / latent] + imageShape.dimensions), values)
    }

    /// Codes of images.
    /// - Throws: `ExplorationError`, `CancellationError`.
    package func encode(_ images: Rows) async throws -> EncodeAnswer {
        let images = try images.images("images", of: imageShape)
        let (rows, latent) = (try await encoder.run(images.values), latent)
        func column(_ column: Int) -> Tensor {
            let values = (0..<images.count).flatMap { row in
                let start = (2 * row + column) * latent
                return rows[start..<start + latent]
            }
            return Tensor([images.count, latent], values)
        }
        return EncodeAnswer(
            codes: DiagonalGaussian(mean: column(0), logVariance: architecture.isVariational ? column(1) : nil))
    }

    // MARK: Whole sets

    /// A set's images.
    /// - Throws: `ExplorationError` where they are not at hand or of another size.
    package func images(_ split: ImagePart) async throws -> ImageDataset {
        try await loadImages(split)
    }

    /// The codes and losses of a set, computed once.
    package func codes(_ split: ImagePart) async throws -> SetCodes {
        try await codesOfSets.value(for: key(split)) { [self] in
            let images = try await loadImages(split)
            let parts = try await eachThousand(images) { $0.score($1) }
            return SetCodes(
                ImageScores(joining: parts, latent: latent), labels: images.labels)
        }
    }

    /// The same if they are computed already.
    func codesIfComputed(_ split: ImagePart) -> SetCodes? { codesOfSets.value(madeFor: key(split)) }

    /// The means of a set, [images, latent], computed once.
    func means(_ split: ImagePart) async throws -> Tensor {
        let key = key(split)
        if let codes = codesOfSets.value(madeFor: key) { return codes.scores.codes.mean }
        return try await meansOfSets.value(for: key) { [self] in
            let parts = try await eachThousand(try await loadImages(split)) { $0.encode($1).mean.values }
            let values = parts.flatMap { $0 }
            return Tensor([values.count / latent, latent], values)
        }
    }

    /// Images that one pass takes; so few are computed while one waits.
    static let imagesAtOnce = 1000

    /// The same, and of large images no more than take 64 MB as floats.
    private var imagesOfAPass: Int { max(1, min(Self.imagesAtOnce, (64 << 20) / (4 * imageShape.count))) }

    /// So that sets of several models take turns.
    private func eachThousand<Part: Sendable>(
        _ images: ImageDataset, _ body: @escaping @Sendable (VariationalAutoencoder, Tensor) -> Part
    ) async throws -> [Part] {
        var parts: [Part] = []
        try images.requireWhole()
        let pass = imagesOfAPass
        for first in stride(from: 0, to: images.count, by: pass) {
            let range = first..<min(first + pass, images.count)
            parts.append(try await threads.bulk.run { [self] in body(try bulkModel(), images.images(range)) })
        }
        return parts
    }

    private func bulkModel() throws -> VariationalAutoencoder {
        try bulk.withLock { model in
            if let model { return model }
            let made = try VariationalAutoencoder(
                architecture, live.objective, parameters: live.parameters, threads: threads.bulkCores)
            engineBytes.add(made.byteCount, ordering: .relaxed)
            model = made
            return made
        }
    }

    // MARK: Inside

    /// Runs `body` with an engine that computes every layer on its own.
    func withLayers<Value: Sendable>(_ body: @escaping @Sendable (ModelEngine) -> Value) async throws -> Value {
        try await threads.live.run { [self] in
            try layers.withLock { engine in
                if let engine { return body(engine) }
                let made = try ModelEngine(
                    architecture, live.objective, parameters: live.parameters, trainingBatch: nil, threads: 1,
                    fuses: false)
                defer { engine = made }
                return body(made)
            }
        }
    }
}
