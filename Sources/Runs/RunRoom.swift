import Formats
import Training

extension RunRecorder {
    /// Refuses to begin where not even the first epoch's checkpoints, `best` and `last`, would fit; nothing changes.
    /// - Parameters:
    ///   - path: Where the run shall lie.
    ///   - free: Bytes that may still be written there; nil where nobody knows.
    ///   - largestFile: Bytes that a file may have; nil without a limit.
    /// - Throws: `RunError.noRoom`; `LayerError`.
    package static func requireRoom(
        at path: String, for configuration: TrainingConfiguration, free: Int?, largestFile: Int?
    ) throws {
        let bytes = try configuration.checkpointBytes()
        for (needs, room, limit) in [
            (bytes, largestFile, "that a file may have (ulimit -f)"), (2 * bytes, free, "free on that disk"),
        ] {
            if let room, needs > room { throw RunError.noRoom(path: path, needs: needs, free: room, limit: limit) }
        }
    }
}
