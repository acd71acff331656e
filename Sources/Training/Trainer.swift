import Datasets
import Models
import Synchronization
import Tensors

/// What happens while a model trains.
public enum TrainingEvent: Sendable {
    /// Steps done of an epoch, with the epoch's running means; at most twenty a second.
    case step(StepProgress)
    /// An epoch with its validation.
    case epoch(EpochMetrics)
    /// A number was not finite, and the training goes on from the last whole epoch with half the learning rate.
    case rollback(Rollback)
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

/// How a training went back after a number that was not finite.
public struct Rollback: Hashable, Sendable {
    /// What was not finite, and where.
    public let fault: NumericFault
    /// The last epoch that still counts; 0 for the initial weights.
    public let epoch: Int
    /// The learning rate from here on.
    public let learningRate: Double
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
    /// - Throws: `ConfigurationError`, `GraphError`, `TrainingError`, `FormatError` for images of another size than the
    ///   model's; `CancellationError` if the task is cancelled.
    public func fit(_ images: ImageDataset, validation: ImageDataset? = nil) async throws -> TrainingResult {
        try await fit(images, validation: validation, from: nil, recorder: nil)
    }

    /// - Parameters:
    ///   - checkpoint: Goes on from there; nil starts anew.
    ///   - recorder: Keeps what the training makes; without one nothing can be gone back to.
    package func fit(
        _ images: ImageDataset, validation: ImageDataset?, from checkpoint: Checkpoint?,
        recorder: (any TrainingRecorder)?, safekeeping: Safekeeping = Safekeeping()
    ) async throws -> TrainingResult {
        let result = try await withTaskCancellationHandler {
            try await onOwnThread {
                defer { self.continuation.finish() }
                let session = TrainingSession(
                    trainer: self, images: images, validation: validation, recorder: recorder, safekeeping: safekeeping)
                return try session.train(from: checkpoint)
            }
        } onCancel: {
            stop()
        }
        try Task.checkCancellation()
        return result
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func tell(_ event: TrainingEvent) {
        continuation.yield(event)
    }
}

/// Runs `work` on a new thread and waits for it without blocking the cooperative pool.
private func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        startThread { continuation.resume(with: Result(catching: work)) }
    }
}
