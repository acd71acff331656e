import Formats
import Training

/// Writes a run while it trains; holds the folder's lock, so that no second process writes it.
package final class RunRecorder: TrainingRecorder {
    package let run: RunFolder
    /// Held until the recorder goes.
    private let lock: FolderLock

    private init(_ run: RunFolder, _ lock: FolderLock) {
        self.run = run
        self.lock = lock
    }

    /// Begins a run in a new or empty folder, or in the place of another run.
    ///
    /// Only what a run consists of is ever removed, and only where a run's `config.json` stands.
    /// - Throws: `RunError` or `FileError`.
    package static func create(
        _ path: String, _ configuration: RunConfiguration, overwrite: Bool
    ) throws -> RunRecorder {
        let path = FileTree.trimmed(path)
        try refuse(path, overwrite: overwrite)
        try FileTree.makeFolder(path)
        let lock = try FolderLock(path)
        // Again, now that nobody else can begin one here.
        try refuse(path, overwrite: overwrite)
        for part in parts { try FileTree.remove("\(path)/\(part)") }
        let run = RunFolder(path: path, configuration: configuration)
        try FileTree.makeFolder("\(path)/checkpoints")
        try FileTree.makeFolder(run.figuresPath)
        try AtomicFile.write(try configuration.serialized(), to: RunFolder.configurationPath(path))
        return RunRecorder(run, lock)
    }

    /// Refuses a path that `create` would not take; nothing changes.
    /// - Throws: `RunError` or `FileError`.
    package static func refuse(_ path: String, overwrite: Bool) throws {
        let path = FileTree.trimmed(path)
        guard FileTree.exists(path) else { return }
        guard FileTree.isFolder(path) else { throw RunError.occupied(path: path, by: "a file") }
        if let bytes = try RunFolder.configurationBytes(in: path) {
            guard RunConfiguration.isOurs(bytes, source: path) else {
                throw RunError.occupied(path: path, by: "another program's config.json")
            }
            if !overwrite { throw RunError.exists(path: path) }
        } else if let name = try FileTree.names(in: path).first(where: { $0 != FolderLock.name }) {
            throw RunError.occupied(path: path, by: name)
        }
    }

    /// `config.json` goes last: until then the folder is still known as a run.
    private static let parts = ["checkpoints", "figures", "report.html", "metrics.jsonl", "config.json"]

    /// Goes on with a run from its last checkpoint.
    /// - Throws: `RunError`, `FileError` or `FormatError`.
    package static func resume(_ run: RunFolder) throws -> (recorder: RunRecorder, checkpoint: Checkpoint) {
        let lock = try FolderLock(run.path)
        let checkpoint = try run.checkpoint(.last)
        if let name = checkpoint.firstNotFinite {
            throw FormatError(
                source: run.checkpointPath(.last), expected: "finite values to go on from",
                found: "a NaN or an infinity in \(name)")
        }
        guard checkpoint.dataHash == run.configuration.trainingImages.sha256 else {
            throw FormatError(
                source: run.checkpointPath(.last), expected: "a checkpoint of the run's own images",
                found: "images with the SHA-256 \(checkpoint.dataHash)")
        }
        try EpochLog(path: run.metricsPath).truncate(after: checkpoint.state.epoch)
        return (RunRecorder(run, lock), checkpoint)
    }

    /// Metrics first, `last` last: whenever the process is killed, going on from `last` writes the rest again.
    package func record(_ metrics: EpochMetrics, _ checkpoint: Checkpoint) throws {
        try EpochLog(path: run.metricsPath).append(metrics)
        let bytes = try checkpoint.serialized()
        if checkpoint.state.best?.epoch == metrics.epoch {
            try AtomicFile.write(bytes, to: run.checkpointPath(.best))
        }
        try AtomicFile.write(bytes, to: run.checkpointPath(.last))
    }

    package func recordStop(_ checkpoint: Checkpoint) throws {
        try AtomicFile.write(try checkpoint.serialized(), to: run.checkpointPath(.last))
    }
}

extension RunFolder {
    /// Refuses images other than those that the run was begun with.
    /// - Throws: `RunError.differs`.
    package func requireSame(training: DataRecord, validation: DataRecord) throws(RunError) {
        for (what, expected, found) in [
            ("training images with the SHA-256", configuration.trainingImages, training),
            ("validation images with the SHA-256", configuration.validationImages, validation),
        ] where expected != found {
            throw .differs(path: path, what: what, expected: expected.sha256, found: found.sha256)
        }
    }
}
