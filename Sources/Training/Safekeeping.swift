/// How a training is kept from losing work; it has no influence on what is computed, but for `onNaN`.
package struct Safekeeping: Sendable {
    /// When checkpoints are written between those at each epoch's end.
    package enum Interval: Hashable, Sendable {
        case steps(Int)
        case seconds(Int)
    }

    /// What happens when a number is not finite.
    package enum Answer: String, CaseIterable, Sendable {
        /// The training ends before the step, with the last good weights kept.
        case stop
        /// It goes back to the last whole epoch with half the learning rate, three times at the most.
        case rollback
    }

    package var interval: Interval?
    package var onNaN: Answer

    package init(every interval: Interval? = nil, onNaN: Answer = .stop) {
        self.interval = interval
        self.onNaN = onNaN
    }

    /// How often a training goes back.
    package static let mostRollbacks = 3
}

/// Keeps what a training makes: a run folder, or a test.
///
/// Called on the training's own thread, between steps.
package protocol TrainingRecorder: Sendable {
    /// An epoch has ended.
    func record(_ metrics: EpochMetrics, _ checkpoint: Checkpoint) throws
    /// Where the training stands within an epoch.
    func record(_ checkpoint: Checkpoint) throws
    /// A step's numbers are not finite; it was not taken.
    func record(_ fault: NumericFault, _ batch: FaultyBatch) throws
    /// The training ends with such a step.
    /// - Parameter checkpoint: What it came to; nil where that is not finite either.
    func recordEnd(_ fault: NumericFault, _ checkpoint: Checkpoint?) throws
    /// The newest checkpoint of a whole epoch with fewer steps than `step`; nil where there is none.
    func wholeEpoch(before step: Int) throws -> Checkpoint?
    /// The training goes on from a checkpoint that lies back.
    func recordRollback(_ checkpoint: Checkpoint) throws
}

/// Tells when the next checkpoint within an epoch is due.
struct CheckpointClock {
    private let interval: Safekeeping.Interval?
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    init(_ interval: Safekeeping.Interval?) {
        self.interval = interval
        last = clock.now
    }

    /// - Parameter step: Steps done since the start of the run.
    func isDue(step: Int) -> Bool {
        switch interval {
        case nil: false
        case .steps(let count): step.isMultiple(of: count)
        case .seconds(let count): last.duration(to: clock.now) >= .seconds(count)
        }
    }

    /// A checkpoint has been written.
    mutating func restart() {
        last = clock.now
    }
}
