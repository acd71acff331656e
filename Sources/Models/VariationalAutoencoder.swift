import Graphs
import Synchronization
import Tensors

/// A trained (or fresh) variational autoencoder: encoder, diagonal Gaussian, decoder.
///
/// Immutable and Sendable; calls from several threads take turns. Images are [batch, height, width, channels] in
/// [0, 1], codes [batch, latent].
public final class VariationalAutoencoder: Sendable {
    /// What it is made of.
    public let architecture: Architecture
    /// What it is trained for.
    package let objective: Objective
    package let parameters: ParameterStore
    private let engine: Mutex<ModelEngine>

    /// What its decoder's output means.
    public var likelihood: Likelihood { objective.likelihood }

    /// A model with Keras's initial weights.
    /// - Parameters:
    ///   - seed: The same seed gives the same weights.
    ///   - threads: Compute threads; results do not depend on it.
    /// - Throws: `GraphError` if the architecture's shapes do not fit.
    public convenience init(
        _ architecture: Architecture = .tutorial, likelihood: Likelihood = .squaredError, seed: UInt64 = 0,
        threads: Int = VariationalAutoencoder.defaultThreads
    ) throws(GraphError) {
        let objective = Objective(likelihood: likelihood)
        let parameters = ParameterStore(try architecture.program(objective).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: seed))
        try self.init(architecture, objective, parameters: parameters, threads: threads)
    }

    /// A model of given weights, which must not change afterwards.
    package init(
        _ architecture: Architecture, _ objective: Objective, parameters: ParameterStore,
        threads: Int = VariationalAutoencoder.defaultThreads, precision: Precision = .f32
    ) throws(GraphError) {
        self.architecture = architecture
        self.objective = objective
        self.parameters = parameters
        let engine = try ModelEngine(
            architecture, objective, parameters: parameters, trainingBatch: nil, threads: threads, precision: precision)
        self.engine = Mutex(engine)
    }

    /// The same weights for another objective of the same likelihood.
    /// - Throws: `GraphError` where the objective cannot be had of such a model.
    package func with(_ objective: Objective) throws(GraphError) -> VariationalAutoencoder {
        if objective == self.objective { return self }
        let (threads, precision) = engine.withLock { ($0.threads, $0.model.plan.options.precision) }
        return try VariationalAutoencoder(
            architecture, objective, parameters: parameters, threads: threads, precision: precision)
    }

    /// Trainable values in all.
    public var parameterCount: Int { parameters.layout.count }

    /// Names and shapes of the weights, in order.
    public var parameterList: [Parameter] { parameters.layout.parameters }

    /// The first weight tensor that holds a NaN or an infinity; nil where all are finite, as they should be.
    public var firstNotFinite: String? { parameters.firstNotFinite?.name }

    /// One weight tensor by name, or nil.
    public func parameter(_ name: String) -> Tensor? {
        parameters.layout[name].map { parameters.tensor($0) }
    }

    /// The codes of images.
    /// - Parameter images: shape [batch, height, width, channels], values in [0, 1].
    /// - Returns: mean and log variance, [batch, latent] each.
    public func encode(_ images: Tensor) -> DiagonalGaussian {
        requireImages(images)
        let shape = Shape([images.batch, architecture.latent])
        let (mean, logVariance) = engine.withLock { engine in
            var mean = [Float](repeating: 0, count: shape.count)
            var logVariance = mean
            mean.withUnsafeMutableBufferPointer { mean in
                logVariance.withUnsafeMutableBufferPointer { logVariance in
                    guard let mean = mean.baseAddress else { return }
                    engine.encode(images.values, count: shape[0], mean: mean, logVariance: logVariance.baseAddress)
                }
            }
            return (mean, logVariance)
        }
        return DiagonalGaussian(
            mean: Tensor(shape, mean), logVariance: architecture.isVariational ? Tensor(shape, logVariance) : nil)
    }

    /// The images of codes.
    /// - Parameter codes: shape [batch, latent].
    /// - Returns: shape [batch, height, width, channels]; pixel means, which a ReLU decoder may take above 1.
    public func decode(_ codes: Tensor) -> Tensor {
        requireShape(
            codes.shape.rank == 2 && codes.shape[1] == architecture.latent,
            "decode takes codes [batch, \(architecture.latent)], not \(codes.shape)")
        let shape = Shape([codes.batch] + architecture.imageShape.dimensions)
        let images = engine.withLock { engine in
            [Float](unsafeUninitializedCapacity: shape.count) { images, count in
                count = shape.count
                if let images = images.baseAddress { engine.decode(codes.values, count: shape[0], images: images) }
            }
        }
        return Tensor(shape, images)
    }

    /// Encodes and decodes again.
    /// - Parameter seed: Samples z with this seed; nil takes z = mean.
    public func reconstruct(_ images: Tensor, seed: UInt64? = nil) -> Tensor {
        let codes = encode(images)
        return decode(seed.map { codes.sample(seed: $0) } ?? codes.mean)
    }

    /// New images from z ~ N(0, I).
    public func sample(_ count: Int, seed: UInt64 = 0) -> Tensor {
        let origin = Tensor([count, architecture.latent])
        return decode(DiagonalGaussian(mean: origin, logVariance: origin).sample(seed: seed))
    }

    /// Loss of images as bytes.
    /// - Parameter seed: Samples z with this seed, one draw an image as `DiagonalGaussian.sample` takes it; nil takes
    ///   z = mean.
    package func evaluate(_ batch: ImageBatch, seed: UInt64?) -> LossTerms {
        engine.withLock { engine in
            engine.evaluate(
                batch, noise: seed.map { .drawn(RandomSource(seed: $0), .sampling, epoch: 0, sample: 0) } ?? .none)
        }
    }

    /// The codes of images, and what each comes to with z = mean.
    /// - Parameter images: shape [batch, height, width, channels], values in [0, 1].
    package func score(_ images: Tensor) -> ImageScores {
        requireImages(images)
        return engine.withLock { $0.score(images.values, count: images.batch) }
    }

    /// The codes of images, and with z = mean each term of the loss, unweighted.
    /// - Parameter images: shape [batch, height, width, channels], values in [0, 1].
    /// - Returns: Terms are [terms, batch], in the order of the model's program.
    package func values(of images: Tensor) -> (codes: DiagonalGaussian, terms: [Float]) {
        requireImages(images)
        return engine.withLock { $0.values(images.values, count: images.batch) }
    }

    /// Of the memory that it computes in, the parameters left out.
    package var byteCount: Int { engine.withLock { $0.byteCount } }

    private func requireImages(_ images: Tensor) {
        let wanted = Shape([images.batch] + architecture.imageShape.dimensions)
        requireShape(images.shape == wanted, "the model takes images \(wanted), not \(images.shape)")
    }

    /// As many compute threads as the machine has cores.
    public static var defaultThreads: Int { ThreadPool.availableCores }
}
