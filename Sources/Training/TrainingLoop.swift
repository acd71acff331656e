import Datasets
import Graphs
import Models
import Synchronization
import Tensors

/// Trains step by step on the calling thread and the engine's own; `Trainer` wraps it for async callers.
package final class TrainingLoop {
    package let configuration: TrainingConfiguration
    private let images: ImageDataset
    private let validation: ImageDataset?
    private let dataHash: String
    private let engine: ModelEngine
    private let adam: Adam
    private let random: RandomSource
    private let sampler: BatchSampler
    private let gradientGuard: GradientGuard
    package private(set) var state: TrainingState
    private var indices: [Int] = []
    /// Before the first step of this loop.
    private var isFresh = true
    /// What the last `TrainingError` happened with.
    package private(set) var faultyBatch: FaultyBatch?

    /// - Parameter checkpoint: Goes on from there; nil starts anew.
    /// - Throws: `ConfigurationError`, `GraphError`, `DatasetError` or, for images of another size, `FormatError`.
    package init(
        _ configuration: TrainingConfiguration, images: ImageDataset, validation: ImageDataset?, threads: Int,
        from checkpoint: Checkpoint? = nil
    ) throws {
        try configuration.validate()
        try configuration.precision.requireAvailable()
        for set in [images, validation].compactMap({ $0 }) {
            try configuration.requireShape(of: set)
            guard set.count > 0 else { throw DatasetError.empty(source: set.name) }
        }
        self.configuration = configuration
        self.images = images
        self.validation = validation
        random = RandomSource(seed: configuration.seed)
        dataHash = images.contentHash()
        let layout = try configuration.program().graph.parameterLayout
        let parameters = checkpoint?.parameters.copy() ?? ParameterStore(layout)
        if checkpoint == nil { parameters.initialize(random) }
        adam = checkpoint?.adam ?? Adam(layout)
        gradientGuard = GradientGuard(layout)
        engine = try ModelEngine(
            configuration.architecture, configuration.objective, parameters: parameters,
            trainingBatch: min(configuration.batchSize, images.count), threads: threads,
            precision: configuration.precision)
        sampler = BatchSampler(
            count: images.count, batchSize: configuration.batchSize, seed: configuration.seed)
        state = checkpoint?.state ?? TrainingState()
    }

    package var stepsPerEpoch: Int { sampler.stepsPerEpoch }

    /// The optimizer's settings as they are now: each rollback has halved the learning rate.
    package var optimizer: AdamSettings {
        var settings = configuration.optimizer
        for _ in 0..<state.rollbacks { settings.learningRate /= 2 }
        return settings
    }

    private func warmUpFactor() -> Double {
        let total = (state.begunFor ?? configuration.epochs) * stepsPerEpoch
        return configuration.objective.warmUpFactor(step: state.step, of: total)
    }

    /// Everything needed to go on from here.
    package var checkpoint: Checkpoint {
        Checkpoint(
            configuration: configuration, dataHash: dataHash, state: state, parameters: engine.parameters, adam: adam)
    }

    /// A model of the weights as they are now.
    package func model() throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, configuration.objective, parameters: engine.parameters.copy(),
            threads: engine.threads)
    }

    /// Runs what is left of the configured epochs.
    /// - Parameters:
    ///   - shouldStop: Asked before every step.
    ///   - onStep: After every step, with the epoch's running means.
    ///   - onEpoch: After every epoch and its validation.
    /// - Returns: False if it was stopped.
    /// - Throws: `TrainingError`, with everything as it was before the step; whatever the closures throw.
    package func run(
        shouldStop: () -> Bool, onStep: (_ running: LossTerms) throws -> Void, onEpoch: (EpochMetrics) throws -> Void
    ) throws -> Bool {
        let clock = ContinuousClock()
        while state.epoch < configuration.epochs {
            let (start, firstStep) = (clock.now, state.stepInEpoch)
            let reading = images.readingSeconds
            let order = sampler.order(epoch: state.epoch)
            while state.stepInEpoch < stepsPerEpoch {
                if shouldStop() { return false }
                try step(order)
                try onStep(state.running.mean)
            }
            let trained = start.duration(to: clock.now).seconds
            let dataWait = (images.readingSeconds - reading) / max(Double(engine.threads) * trained, 1e-9)
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
                    seconds: start.duration(to: clock.now).seconds, collapse: scores.collapse,
                    dataWait: images.isInFile ? dataWait : nil))
        }
        return true
    }

    private func step(_ order: [UInt32]) throws {
        let range = sampler.range(step: state.stepInEpoch)
        indices.removeAll(keepingCapacity: true)
        for i in range { indices.append(Int(order[i])) }
        // A ReLU would hide a bias of −∞, so that outputs and gradients do not tell. Moments can be bad only from the
        // start: no step spoils them.
        let suspects = isFresh ? [engine.parameters, adam.m, adam.v] : [engine.parameters]
        if let bad = suspects.lazy.compactMap(\.firstNotFinite).first {
            throw fault((.weights, layer(of: bad.name), []), images, indices)
        }
        isFresh = false
        // While this step computes, the system reads for the next one.
        if state.stepInEpoch + 1 < stepsPerEpoch {
            images.prepare(order[sampler.range(step: state.stepInEpoch + 1)].lazy.map { Int($0) })
        }
        let noise = noise(.trainingNoise)
        let factor = warmUpFactor()
        let terms = withBatch(images, indices) { engine.gradient($0, noise: noise, warmUp: factor) }
        // Before the step, so that the last good weights are still there.
        try images.requireWhole()
        guard terms.loss.isFinite, gradientGuard.isGood(engine.gradient) else {
            throw fault(try locate(images, indices, noise, factor), images, indices)
        }
        state.step += 1
        engine.update(adam, step: state.step, settings: optimizer)
        state.stepInEpoch += 1
        state.running.add(terms)
    }

    private func noise(_ purpose: RandomPurpose) -> Noise {
        configuration.architecture.isVariational ? .drawn(random, purpose, epoch: state.epoch, sample: 0) : .none
    }

    /// The validation set at the KL weight that training has just used, with sampled z; and a look for collapse.
    private func validate(warmUpFactor: Double) throws -> (terms: LossTerms?, collapse: Collapse?) {
        let noise = noise(.validationNoise)
        func score(_ set: ImageDataset, _ indices: [Int]) -> LossTerms {
            withBatch(set, indices) { engine.evaluate($0, noise: noise, warmUp: warmUpFactor) }
        }
        let terms = validation.map { score($0, Array(0..<$0.count)) }
        try validation?.requireWhole()
        if let validation, let terms, !terms.loss.isFinite {
            let bad = (0..<validation.count).lazy.filter { !score(validation, [$0]).loss.isFinite }
            let shown = Array(bad.prefix(configuration.batchSize))
            throw fault(try locate(validation, shown, noise, warmUpFactor), validation, shown, isValidation: true)
        }
        let shown = (validation ?? images).prefix(TrainingLoop.surveyed)
        let model = try model()
        let codes = model.encode(try shown.readImages(0..<shown.count))
        return (terms, Collapse.find(codes: codes, reconstructions: model.decode(codes.mean).values))
    }

    /// Images that are looked at for a collapse.
    private static let surveyed = 500

    private func withBatch<Result>(
        _ set: ImageDataset, _ indices: [Int], _ body: (ImageBatch) throws -> Result
    ) rethrows -> Result {
        try set.withBatch(indices, body)
    }
}

// MARK: - Numbers that are not finite

extension TrainingLoop {
    private func locate(
        _ set: ImageDataset, _ indices: [Int], _ noise: Noise, _ warmUpFactor: Double
    ) throws -> FaultLocator.Place {
        try withBatch(set, indices) { batch in
            try FaultLocator(
                configuration: configuration, engine: engine, gradientGuard: gradientGuard, batch: batch, noise: noise,
                warmUpFactor: warmUpFactor
            ).locate()
        }
    }

    private func fault(
        _ place: FaultLocator.Place, _ set: ImageDataset, _ indices: [Int], isValidation: Bool = false
    ) -> TrainingError {
        faultyBatch = FaultyBatch(indices: indices, images: set.images(at: indices))
        return .notFinite(
            NumericFault(
                epoch: state.epoch + 1, stepInEpoch: isValidation ? nil : state.stepInEpoch + 1, step: state.step + 1,
                quantity: place.quantity, layer: place.layer, images: place.images))
    }
}

extension Duration {
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
