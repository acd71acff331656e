import Datasets
import Layers
import Models
import Synchronization
import Tensors

/// Trains step by step on the calling thread and the engine's own; `Trainer` wraps it for async callers.
package final class TrainingLoop {
    package let configuration: TrainingConfiguration
    private let images: ImageDataset
    private let validation: ImageDataset?
    private let dataHash: String
    private let engine: Engine
    private let adam: Adam
    private let random: RandomSource
    private let sampler: BatchSampler
    package private(set) var state: TrainingState
    private var indices: [Int] = []

    /// - Parameter checkpoint: Goes on from there; nil starts anew.
    package init(
        _ configuration: TrainingConfiguration, images: ImageDataset, validation: ImageDataset?, threads: Int,
        from checkpoint: Checkpoint? = nil
    ) throws {
        try configuration.validate()
        let wanted = configuration.architecture.imageShape
        for set in [images, validation].compactMap({ $0 }) {
            guard Shape([set.height, set.width, set.channels]) == wanted else {
                throw ConfigurationError(
                    setting: "images of \(set.name)", expected: "the model's shape \(wanted)",
                    found: "[\(set.height), \(set.width), \(set.channels)]")
            }
            guard set.count > 0 else { throw DatasetError.empty(source: set.name) }
        }
        self.configuration = configuration
        self.images = images
        self.validation = validation
        random = RandomSource(seed: configuration.seed)
        dataHash = images.contentHash()
        let layout = ModelPlan.layout(try configuration.architecture.networks(), configuration.objective.likelihood)
        let parameters = checkpoint?.parameters.copy() ?? ParameterStore(layout)
        if checkpoint == nil { parameters.initialize(random) }
        adam = checkpoint?.adam ?? Adam(layout)
        state = checkpoint?.state ?? TrainingState()
        engine = try Engine(
            configuration.architecture, likelihood: configuration.objective.likelihood, parameters: parameters,
            trainingBatch: min(configuration.batchSize, images.count), threads: threads)
        sampler = BatchSampler(
            count: images.count, batchSize: configuration.batchSize, seed: configuration.seed)
    }

    package var stepsPerEpoch: Int { sampler.stepsPerEpoch }
    private var totalSteps: Int { configuration.epochs * stepsPerEpoch }
    private var klWeight: Double { configuration.objective.klWeight(latent: configuration.architecture.latent) }

    private func warmUpFactor() -> Double {
        configuration.objective.warmUpFactor(step: state.step, of: totalSteps)
    }

    /// Everything needed to go on from here.
    package var checkpoint: Checkpoint {
        Checkpoint(
            configuration: configuration, dataHash: dataHash, state: state, parameters: engine.parameters, adam: adam)
    }

    /// A model of the weights as they are now.
    package func model() throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, likelihood: configuration.objective.likelihood,
            parameters: engine.parameters.copy(), threads: engine.threads)
    }

    /// Runs what is left of the configured epochs.
    /// - Parameters:
    ///   - shouldStop: Asked before every step.
    ///   - onStep: After every step, with the epoch's running means.
    ///   - onEpoch: After every epoch and its validation.
    /// - Returns: False if it was stopped.
    package func run(
        shouldStop: () -> Bool, onStep: (_ running: LossTerms) -> Void, onEpoch: (EpochMetrics) throws -> Void
    ) throws -> Bool {
        let clock = ContinuousClock()
        while state.epoch < configuration.epochs {
            let (start, firstStep) = (clock.now, state.stepInEpoch)
            let order = sampler.order(epoch: state.epoch)
            while state.stepInEpoch < stepsPerEpoch {
                if shouldStop() { return false }
                try step(order)
                onStep(state.running.mean)
            }
            let trained = start.duration(to: clock.now).seconds
            let training = state.running.mean
            let fresh = training.images - min(training.images, firstStep * configuration.batchSize)
            let factor = warmUpFactor()
            let scores = try validate(warmUpFactor: factor)
            if let value = scores.terms?.loss ?? Optional(training.loss), value < (state.best?.value ?? .infinity) {
                state.best = TrainingState.Best(epoch: state.epoch + 1, value: value)
            }
            state.epoch += 1
            state.stepInEpoch = 0
            state.running = LossSum()
            try onEpoch(
                EpochMetrics(
                    epoch: state.epoch, step: state.step, training: training, validation: scores.terms,
                    warmUpFactor: factor, imagesPerSecond: Double(fresh) / max(trained, 1e-9),
                    seconds: start.duration(to: clock.now).seconds, collapse: scores.collapse))
        }
        return true
    }

    private func step(_ order: [UInt32]) throws {
        let range = sampler.range(step: state.stepInEpoch)
        indices.removeAll(keepingCapacity: true)
        for i in range { indices.append(Int(order[i])) }
        let noise: Noise =
            configuration.architecture.isVariational
            ? .drawn(random, .trainingNoise, epoch: state.epoch, sample: 0) : .none
        let terms = withBatch(images, indices) {
            engine.gradient($0, noise: noise, klWeight: klWeight * warmUpFactor())
        }
        // Before the step, so that the last good weights are still there.
        let layout = engine.parameters.layout
        guard terms.loss.isFinite, Kernels.shared.allFinite(engine.gradient, count: layout.count) else {
            let culprit = layout.parameters.first {
                !Kernels.shared.allFinite(engine.gradient + $0.offset, count: $0.shape.count)
            }
            throw TrainingError.notFinite(
                epoch: state.epoch + 1, step: state.stepInEpoch + 1, loss: terms.loss, parameter: culprit?.name)
        }
        state.step += 1
        engine.update(adam, step: state.step, settings: configuration.optimizer)
        state.stepInEpoch += 1
        state.running.add(terms)
    }

    /// The validation set at the KL weight that training has just used, with sampled z; and a look for collapse.
    private func validate(warmUpFactor: Double) throws -> (terms: LossTerms?, collapse: Collapse?) {
        let noise: Noise =
            configuration.architecture.isVariational
            ? .drawn(random, .validationNoise, epoch: state.epoch, sample: 0) : .none
        let terms = validation.map { set in
            withBatch(set, Array(0..<set.count)) {
                engine.evaluate($0, noise: noise, klWeight: klWeight * warmUpFactor)
            }
        }
        let shown = (validation ?? images).prefix(TrainingLoop.surveyed)
        let model = try model()
        let codes = model.encode(shown.images(0..<shown.count))
        return (terms, Collapse.find(codes: codes, reconstructions: model.decode(codes.mean).values))
    }

    /// Images that are looked at for a collapse.
    private static let surveyed = 500

    private func withBatch<Result>(_ set: ImageDataset, _ indices: [Int], _ body: (ImageBatch) -> Result) -> Result {
        set.pixels.withUnsafeBufferPointer { pixels in
            indices.withUnsafeBufferPointer { body(ImageBatch(pixels: pixels.baseAddress!, indices: $0)) }
        }
    }
}

/// A training that cannot go on.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
    /// The loss or a gradient is not a finite number; the step was not taken.
    case notFinite(epoch: Int, step: Int, loss: Double, parameter: String?)

    /// One line for the user.
    public var description: String {
        switch self {
        case .notFinite(let epoch, let step, let loss, let parameter):
            let what = parameter.map { "the gradient of \($0)" } ?? "the loss (\(loss))"
            return "epoch \(epoch), step \(step): \(what) is not finite; stopped before the step, so the last weights "
                + "are good. A smaller learning rate helps."
        }
    }
}

extension Duration {
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
