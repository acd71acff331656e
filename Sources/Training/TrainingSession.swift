import Datasets
import Models

/// One `fit`: runs the loop, has it recorded, and goes back where that is asked for.
struct TrainingSession {
    let trainer: Trainer
    let images: ImageDataset
    let validation: ImageDataset?
    let recorder: (any TrainingRecorder)?
    let safekeeping: Safekeeping

    func train(from checkpoint: Checkpoint?) throws -> TrainingResult {
        var loop = try loop(from: checkpoint)
        var history: [EpochMetrics] = []
        while true {
            do {
                let isFinished = try run(loop, &history)
                if !isFinished { try recorder?.record(loop.checkpoint) }
                return TrainingResult(model: try loop.model(), epochs: history, isFinished: isFinished)
            } catch TrainingError.notFinite(let fault) {
                if let batch = loop.faultyBatch { try recorder?.record(fault, batch) }
                guard let start = try rollback(from: loop) else {
                    try recorder?.recordEnd(fault, fault.quantity == .weights ? nil : loop.checkpoint)
                    throw TrainingError.notFinite(fault)
                }
                try recorder?.recordRollback(start)
                loop = try self.loop(from: start)
                history.removeAll { $0.epoch > start.state.epoch }
                trainer.tell(
                    .rollback(
                        Rollback(fault: fault, epoch: start.state.epoch, learningRate: loop.optimizer.learningRate)))
            }
        }
    }

    private func loop(from checkpoint: Checkpoint?) throws -> TrainingLoop {
        try TrainingLoop(
            trainer.configuration, images: images, validation: validation, threads: trainer.threads, from: checkpoint)
    }

    private func run(_ loop: TrainingLoop, _ history: inout [EpochMetrics]) throws -> Bool {
        var pace = Pace(loop)
        var clock = CheckpointClock(safekeeping.interval)
        return try loop.run(
            shouldStop: { trainer.isStopping },
            onStep: { running in
                if let progress = pace.progress(loop, running) { trainer.tell(.step(progress)) }
                // At an epoch's last step its own checkpoint is near.
                guard loop.state.stepInEpoch < loop.stepsPerEpoch, clock.isDue(step: loop.state.step) else { return }
                try recorder?.record(loop.checkpoint)
                clock.restart()
            },
            onEpoch: { metrics in
                history.append(metrics)
                try recorder?.record(metrics, loop.checkpoint)
                clock.restart()
                trainer.tell(.epoch(metrics))
                pace = Pace(loop)
            })
    }

    /// The last whole epoch before a fault, or the initial weights, with the learning rate halved once more; nil where
    /// the training shall not go back, or not further.
    private func rollback(from loop: TrainingLoop) throws -> Checkpoint? {
        let now = loop.state
        guard safekeeping.onNaN == .rollback, now.rollbacks < Safekeeping.mostRollbacks, now.step > 0, let recorder
        else { return nil }
        // Not one that stands at the fault itself: it would meet it again, whatever the learning rate.
        var start = try recorder.wholeEpoch(before: now.step) ?? self.loop(from: nil).checkpoint
        start.state.rollbacks = now.rollbacks + 1
        // best.safetensors stays the best of the whole run.
        start.state.best = now.best
        start.state.keepWarmUp(of: now)
        return start
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
