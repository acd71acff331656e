import Datasets
import Graphs
import Models
import Tensors
import Training

/// How fast a model trains and infers on this machine, beside the machine's own peak.
public struct SpeedMeasurement: Hashable, Sendable, Codable {
    /// Images a second of whole training steps: forward, loss, backward, Adam.
    public var trainImagesPerSecond: Double
    /// Images encoded a second.
    public var encodeImagesPerSecond: Double
    /// Codes decoded a second.
    public var decodeImagesPerSecond: Double
    /// Microseconds to decode one code with all threads at hand: the median, and what 99 of 100 stay under.
    public var decodeLatency, decodeLatencyP99: Double
    /// The same on one thread.
    public var oneThreadDecodeLatency, oneThreadDecodeLatencyP99: Double
    /// Multiply-adds of that precision on registers only, all threads at once, in GFLOP/s; one counts as two.
    public var peakGigaflops: Double
    /// Floating-point operations of a training step that the result needs, an image.
    public var operationsPerImage: Int
    /// What the large layers multiplied.
    public var precision: Precision
    /// Images of a step.
    public var batchSize: Int
    /// Compute threads.
    public var threads: Int
    /// The instruction set that ran.
    public var instructionSet: InstructionSet
    /// Each layer alone, in the order of the forward pass.
    public var layers: [LayerSpeed]

    /// Useful work of a training step in GFLOP/s.
    public var trainGigaflops: Double { trainImagesPerSecond * Double(operationsPerImage) / 1e9 }

    /// Useful work of a training step as a part of the peak.
    public var shareOfPeak: Double { trainGigaflops / peakGigaflops }

    private enum CodingKeys: String, CodingKey {
        case trainImagesPerSecond = "train_images_per_second"
        case encodeImagesPerSecond = "encode_images_per_second"
        case decodeImagesPerSecond = "decode_images_per_second"
        case decodeLatency = "decode_latency_us"
        case decodeLatencyP99 = "decode_latency_p99_us"
        case oneThreadDecodeLatency = "decode_latency_one_thread_us"
        case oneThreadDecodeLatencyP99 = "decode_latency_one_thread_p99_us"
        case peakGigaflops = "peak_gflops"
        case operationsPerImage = "flops_per_image"
        case precision
        case batchSize = "batch_size"
        case threads
        case instructionSet = "isa"
        case layers
    }

    /// Measures for about `seconds` in all.
    ///
    /// Peak and training take turns in short windows, since a shared machine's speed changes within seconds; medians
    /// are kept.
    /// - Parameters:
    ///   - images: What is trained on and encoded; at least one batch.
    ///   - windows: Turns of each.
    /// - Throws: `ConfigurationError` where the batch does not fit.
    public static func run(
        _ configuration: TrainingConfiguration, images: ImageDataset, threads: Int, seconds: Double = 10,
        windows: Int = 5
    ) throws -> SpeedMeasurement {
        try configuration.validate()
        let precision = configuration.precision
        try precision.requireAvailable()
        let batchSize = min(configuration.batchSize, images.count)
        let window = seconds / Double(windows) / 5
        // One engine after the other: what one held is there for the next.
        let training = try Training(
            configuration, images: images, batchSize: batchSize, threads: threads, windows: windows, window: window)
        let inference = try Inference(configuration, images: images, threads: threads, windows: windows, window: window)
        let alone = latencies(
            try model(configuration, threads: 1), of: inference.code, seconds: window / 4 * Double(windows))
        return SpeedMeasurement(
            trainImagesPerSecond: median(training.rates), encodeImagesPerSecond: median(inference.encode),
            decodeImagesPerSecond: median(inference.decode), decodeLatency: median(inference.latencies) * 1e6,
            decodeLatencyP99: inference.latencies[inference.latencies.count * 99 / 100] * 1e6,
            oneThreadDecodeLatency: median(alone) * 1e6,
            oneThreadDecodeLatencyP99: alone[alone.count * 99 / 100] * 1e6, peakGigaflops: median(training.peak),
            operationsPerImage: training.operations, precision: precision, batchSize: batchSize, threads: threads,
            instructionSet: Kernels.shared.instructionSet, layers: training.layers)
    }

    /// Whole steps in turns with the peak, and each layer alone.
    private struct Training {
        /// Images a second, and GFLOP/s.
        var (rates, peak) = ([Double](), [Double]())
        let operations: Int
        let layers: [LayerSpeed]

        init(
            _ configuration: TrainingConfiguration, images: ImageDataset, batchSize: Int, threads: Int, windows: Int,
            window: Double
        ) throws {
            let step = try StepRunner(configuration, images: images, batchSize: batchSize, threads: threads)
            let pool = ThreadPool(threads: threads)
            step.run()
            for _ in 0..<windows {
                peak.append(rate(window) { registersOnly(pool, configuration.precision) } / 1e9)
                rates.append(rate(window * 2) { step.run() })
            }
            operations = step.operations
            layers = step.layers(windows: windows, seconds: window / 20)
        }
    }

    /// Encoding and decoding many images, and one code, with the weights that training begins with.
    private struct Inference {
        /// Images a second.
        var (encode, decode) = ([Double](), [Double]())
        /// Seconds to decode one code, in order.
        let latencies: [Double]
        let code: Tensor

        init(
            _ configuration: TrainingConfiguration, images: ImageDataset, threads: Int, windows: Int, window: Double
        ) throws {
            let model = try SpeedMeasurement.model(configuration, threads: threads)
            let pictures = images.images(0..<min(images.count, 1024))
            let codes = model.encode(pictures).mean
            for _ in 0..<windows {
                encode.append(rate(window / 2) { Double(model.encode(pictures).mean.batch) })
                decode.append(rate(window / 2) { Double(model.decode(codes).batch) })
            }
            code = codes.rows(0..<1)
            latencies = SpeedMeasurement.latencies(model, of: code, seconds: window / 4 * Double(windows))
        }
    }

    private static func model(_ configuration: TrainingConfiguration, threads: Int) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, configuration.objective,
            parameters: try initialParameters(configuration), threads: threads, precision: configuration.precision)
    }

    /// Seconds of decoding one code, again and again, in order.
    private static func latencies(_ model: VariationalAutoencoder, of code: Tensor, seconds: Double) -> [Double] {
        times(seconds) { model.decode(code) }.sorted()
    }

    private static func registersOnly(_ pool: ThreadPool, _ precision: Precision) -> Double {
        // About a millisecond a thread, all of them at once.
        let one = 1_000_000
        let done = Double(pool.threads)
        var operations = 0.0
        pool.parallelFor(pool.threads) { _, worker in
            let count =
                precision == .bf16
                ? BFloat16Kernels.shared!.peak(iterations: one) : Kernels.shared.peak(iterations: one)
            if worker == 0 { operations = count }
        }
        return operations * done
    }

    /// What `body` counts, a second.
    private static func rate(_ seconds: Double, _ body: () -> Double) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var (done, elapsed) = (0.0, 0.0)
        repeat {
            done += body()
            elapsed = start.duration(to: clock.now).seconds
        } while elapsed < seconds
        return done / elapsed
    }

    private static func times<Result>(_ seconds: Double, _ body: () -> Result) -> [Double] {
        let clock = ContinuousClock()
        var (taken, all) = ([Double](), 0.0)
        repeat {
            let start = clock.now
            _ = body()
            taken.append(start.duration(to: clock.now).seconds)
            all += taken.last!
        } while all < seconds
        return taken
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

private func initialParameters(_ configuration: TrainingConfiguration) throws -> ParameterStore {
    let layout = try configuration.program().graph.parameterLayout
    let parameters = ParameterStore(layout)
    parameters.initialize(RandomSource(seed: configuration.seed))
    return parameters
}

/// Whole training steps over a set's first batches, as `TrainingLoop` does them.
private final class StepRunner {
    private let engine: ModelEngine
    private let adam: Adam
    private let configuration: TrainingConfiguration
    private let images: ImageDataset
    private let batchSize: Int
    private var steps = 0

    init(_ configuration: TrainingConfiguration, images: ImageDataset, batchSize: Int, threads: Int) throws {
        let parameters = try initialParameters(configuration)
        engine = try ModelEngine(
            configuration.architecture, configuration.objective, parameters: parameters,
            trainingBatch: batchSize, threads: threads, precision: configuration.precision)
        adam = Adam(parameters.layout)
        self.configuration = configuration
        self.images = images
        self.batchSize = batchSize
    }

    var operations: Int { Int(engine.model.plan.trainingOperations) }

    func layers(windows: Int, seconds: Double) -> [LayerSpeed] {
        engine.engine.timeOperations(windows: windows, seconds: seconds).map(LayerSpeed.init)
    }

    /// One step.
    /// - Returns: Its images.
    @discardableResult
    func run() -> Double {
        let first = steps * batchSize % (images.count - batchSize + 1)
        let noise = Noise.drawn(RandomSource(seed: configuration.seed), .trainingNoise, epoch: 0, sample: 0)
        images.withBatch(Array(first..<first + batchSize)) { _ = engine.gradient($0, noise: noise) }
        steps += 1
        engine.update(adam, step: steps, settings: configuration.optimizer)
        return Double(batchSize)
    }
}
