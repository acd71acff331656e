import Formats
import Runs
import Training

/// What has happened to a run.
package enum RunEvent: Sendable, Answer {
    /// It is new, or its state or settings are no longer what they were.
    case run(RunSummary)
    /// An epoch has ended.
    case epoch(run: String, EpochMetrics)
    /// A checkpoint has been written.
    case checkpoint(run: String, RunFolder.Point, epoch: Int)

    /// What kind it is: `run`, `epoch` or `checkpoint`.
    package var name: String {
        switch self {
        case .run: "run"
        case .epoch: "epoch"
        case .checkpoint: "checkpoint"
        }
    }

    package func write(to json: inout JSONWriter) {
        switch self {
        case .run(let summary): summary.write(to: &json)
        case .epoch(let run, let metrics):
            json.member("run", .string(run))
            metrics.write(to: &json)
        case .checkpoint(let run, let point, let epoch):
            json.member("run", .string(run))
            json.member("checkpoint", .string(point.rawValue))
            json.member("epoch", .integer(epoch))
        }
    }
}
