import Formats
import Training

extension RunRecorder {
    /// Refuses to begin where not even the first epoch's checkpoints would fit: `best`, `last` and, if it is kept, its own;
    /// nothing changes.
    /// - Parameters:
    ///   - keepsEpochs: Which epochs leave a checkpoint of their own.
    ///   - path: Where the run shall lie.
    ///   - free: Bytes that may still be written there; nil where nobody knows.
    ///   - largestFile: Bytes that a file may have; nil without a limit.
    /// - Throws: `RunError.noRoom`; `GraphError`.
    package static func requireRoom(
        at path: String, for configuration: TrainingConfiguration, keepsEpochs: KeptEpochs, free: Int?,
        largestFile: Int?
    ) throws {
        let bytes = try configuration.checkpointFileBytes()
        let files = keepsEpochs.keeps(1) ? 3 : 2
        for (needs, room, limit) in [
            (bytes, largestFile, "that a file may have (ulimit -f)"), (files * bytes, free, "free on that disk"),
        ] {
            if let room, needs > room { throw RunError.noRoom(path: path, needs: needs, free: room, limit: limit) }
        }
    }
}
