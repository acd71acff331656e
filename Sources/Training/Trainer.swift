import Datasets
import Models
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What happens while a model trains.
public enum TrainingEvent: Sendable {
    /// Steps done of an epoch, with the epoch's running means; at most twenty a second.
    case step(StepProgress)
    /// An epoch with its validation.
    case epoch(EpochMetrics)
}

/// Where a training stands within an epoch.
public struct StepProgress: Hashable, Sendable {
    /// The epoch under way, from 1, and how many there are.
    public let epoch, epochs: Int
    /// Steps done of it, and how many it has.
    public let step, steps: Int
    /// Means over the epoch's images so far.
    public let terms: LossTerms
    /// Training images a second, in this epoch.
    public let imagesPerSecond: Double
    /// Until the last epoch ends, validation left out.
    public let secondsLeft: Double
}

/// What a training left behind.
public struct TrainingResult: Sendable {
    /// The model with the last weights.
    public let model: VariationalAutoencoder
    /// Every epoch of this run.
    public let epochs: [EpochMetrics]
    /// False where it was stopped before its last epoch.
    public let isFinished: Bool
}

/// Keeps what a training makes: a run folder, or a test.
///
/// Called on the training's own thread, between steps.
package protocol TrainingRecorder: Sendable {
    func record(_ metrics: EpochMetrics, _ checkpoint: Checkpoint) throws
    /// The training was asked to stop within an epoch.
    func recordStop(_ checkpoint: Checkpoint) throws
}

/// Trains a variational autoencoder.
///
/// ```swift
/// let trainer = Trainer(.tutorial)
/// let result = try await trainer.fit(train, validation: test)
/// ```
///
/// Compute runs on threads of its own, never on Swift's cooperative pool.
public final class Trainer: Sendable {
    /// What it computes.
    public let configuration: TrainingConfiguration
    /// Compute threads; results do not depend on it.
    public let threads: Int
    /// Steps and epochs as they happen, until `fit` ends.
    ///
    /// An event that nobody reads in time gives way to newer ones; training never waits.
    public let progress: AsyncStream<TrainingEvent>

    private let continuation: AsyncStream<TrainingEvent>.Continuation
    private let stopping = Atomic<Bool>(false)

    /// A trainer for one `fit`.
    public init(_ configuration: TrainingConfiguration, threads: Int = VariationalAutoencoder.defaultThreads) {
        self.configuration = configuration
        self.threads = threads
        (progress, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// Asks the training to stop after the step under way; `fit` then returns what it has.
    public func stop() {
        stopping.store(true, ordering: .relaxed)
    }

    /// Trains from initial weights to the last epoch.
    /// - Parameters:
    ///   - images: The training set.
    ///   - validation: Scored after each epoch, with sampled z; nil for none.
    /// - Returns: The model and its history. Deterministic in configuration and images, whatever the threads.
    /// - Throws: `ConfigurationError`, `LayerError`, `TrainingError`; `CancellationError` if the task is cancelled.
    public func fit(_ images: ImageDataset, validation: ImageDataset? = nil) async throws -> TrainingResult {
        try await fit(images, validation: validation, from: nil, recorder: nil)
    }

    package func fit(
        _ images: ImageDataset, validation: ImageDataset?, from checkpoint: Checkpoint?,
        recorder: (any TrainingRecorder)?
    ) async throws -> TrainingResult {
        let result = try await withTaskCancellationHandler {
            try await onOwnThread {
                try self.train(images, validation: validation, from: checkpoint, recorder: recorder)
            }
        } onCancel: {
            stop()
        }
        try Task.checkCancellation()
        return result
    }

    private func train(
        _ images: ImageDataset, validation: ImageDataset?, from checkpoint: Checkpoint?,
        recorder: (any TrainingRecorder)?
    ) throws -> TrainingResult {
        defer { continuation.finish() }
        let loop = try TrainingLoop(
            configuration, images: images, validation: validation, threads: threads, from: checkpoint)
        var pace = Pace(loop)
        var history: [EpochMetrics] = []
        let finished = try loop.run(
            shouldStop: { stopping.load(ordering: .relaxed) },
            onStep: { running in
                if let progress = pace.progress(loop, running) { continuation.yield(.step(progress)) }
            },
            onEpoch: { metrics in
                history.append(metrics)
                try recorder?.record(metrics, loop.checkpoint)
                continuation.yield(.epoch(metrics))
                pace = Pace(loop)
            })
        if !finished { try recorder?.recordStop(loop.checkpoint) }
        return TrainingResult(model: try loop.model(), epochs: history, isFinished: finished)
    }
}

/// Images a second and time left within an epoch, told at most twenty times a second.
private struct Pace {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let firstStep: Int
    private var told: ContinuousClock.Instant

    init(_ loop: TrainingLoop) {
        start = clock.now
        told = start
        firstStep = loop.state.stepInEpoch
    }

    mutating func progress(_ loop: TrainingLoop, _ running: LossTerms) -> StepProgress? {
        let now = clock.now
        guard told.duration(to: now) > .milliseconds(50) else { return nil }
        told = now
        let (configuration, state) = (loop.configuration, loop.state)
        let seconds = start.duration(to: now).seconds
        let done = state.stepInEpoch - firstStep
        let left = (configuration.epochs - state.epoch) * loop.stepsPerEpoch - state.stepInEpoch
        return StepProgress(
            epoch: state.epoch + 1, epochs: configuration.epochs, step: state.stepInEpoch, steps: loop.stepsPerEpoch,
            terms: running, imagesPerSecond: Double(done * configuration.batchSize) / seconds,
            secondsLeft: seconds / Double(done) * Double(left))
    }
}

/// Runs `work` on a new thread and waits for it without blocking the cooperative pool.
private func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let job = Unmanaged.passRetained(ThreadJob { continuation.resume(with: Result(catching: work)) }).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = pthread_create(&thread, nil, { runThreadJob($0) }, job)
        #else
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, { runThreadJob($0!) }, job)
        #endif
        guard status == 0 else { fatalError("cannot start the training thread: error \(status)") }
        #if canImport(Darwin)
            pthread_detach(thread!)
        #else
            pthread_detach(thread)
        #endif
    }
}

private final class ThreadJob {
    let run: () -> Void

    init(_ run: @escaping () -> Void) {
        self.run = run
    }
}

private func runThreadJob(_ job: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadJob>.fromOpaque(job).takeRetainedValue().run()
    return nil
}
