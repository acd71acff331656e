import Formats
import Synchronization
import Tensors
import Training

/// Writes a run while it trains; holds the folder's lock, so that no second process writes it.
package final class RunRecorder: TrainingRecorder {
    package let run: RunFolder
    /// Held until the recorder goes.
    private let lock: FolderLock
    private let system: FileOperations
    /// What `last` holds; nil before anything is saved.
    private let saved: Mutex<TrainingState?>

    init(_ run: RunFolder, _ lock: FolderLock, _ system: FileOperations, saved: TrainingState? = nil) {
        self.run = run
        self.lock = lock
        self.system = system
        self.saved = Mutex(saved)
    }

    /// Begins a run in a new or empty folder, or in the place of another run.
    ///
    /// Only what a run consists of is ever removed, and only where a run's `config.json` stands.
    /// - Throws: `RunError` or `FileError`.
    package static func create(
        _ path: String, _ configuration: RunConfiguration, overwrite: Bool, using system: FileOperations = .system
    ) throws -> RunRecorder {
        let path = FileTree.trimmed(path)
        try refuse(path, overwrite: overwrite)
        try FileTree.makeFolder(path)
        let lock = try FolderLock(path)
        // Again, now that nobody else can begin one here.
        try refuse(path, overwrite: overwrite)
        let run = RunFolder(path: path, configuration: configuration)
        try run.sweep()
        // An old `config.json` stays until the new one takes its place: the folder is known as a run throughout.
        for part in parts { try FileTree.remove("\(path)/\(part)") }
        try AtomicFile.write(try configuration.serialized(), to: RunFolder.configurationPath(path), using: system)
        try run.makeFolders()
        return RunRecorder(run, lock, system)
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
            return
        }
        // A process killed before its `config.json` leaves no more than these.
        let others = try FileTree.names(in: path).filter { $0 != FolderLock.name && !AtomicFile.isTemporary($0) }
        if let name = others.first {
            throw RunError.occupied(path: path, by: name)
        }
    }

    private static let parts = ["checkpoints", "figures", "nan", "report.html", "metrics.jsonl"]
}

// MARK: - While it trains

extension RunRecorder {
    /// Metrics first, `last` last: whenever the process is killed, going on from `last` writes the rest again.
    package func record(_ metrics: EpochMetrics, _ checkpoint: Checkpoint) throws {
        try saving {
            try log.append(metrics)
            let bytes = try checkpoint.serialized()
            if run.configuration.keepsEpochs?.keeps(metrics.epoch) == true {
                try AtomicFile.write(bytes, to: run.checkpointPath(.epoch(metrics.epoch)), using: system)
            }
            let score = metrics.validation?.loss ?? metrics.training.loss
            if checkpoint.state.best == TrainingState.Best(epoch: metrics.epoch, value: score) {
                try AtomicFile.write(bytes, to: run.checkpointPath(.best), using: system)
            }
            try writeLast(bytes, checkpoint.state)
        }
    }

    package func record(_ checkpoint: Checkpoint) throws {
        try saving { try writeLast(try checkpoint.serialized(), checkpoint.state) }
    }

    package func record(_ fault: NumericFault, _ batch: FaultyBatch) throws {
        try saving {
            try FileTree.makeFolder(run.faultsPath)
            try AtomicFile.write(
                NPZ.serialized([("images", .float32(batch.images)), ("indices", .int64(batch.indices))]),
                to: "\(run.faultsPath)/step-\(fault.step).npz", using: system)
        }
    }

    package func wholeEpoch(before step: Int) throws -> Checkpoint? {
        [.last, .previous].compactMap { try? run.checkpoint($0) }
            .filter { $0.state.isBetweenEpochs && $0.state.epoch > 0 && $0.state.step < step }
            .max { $0.state.step < $1.state.step }
    }

    package func recordRollback(_ checkpoint: Checkpoint) throws { try goBack(to: checkpoint) }

    /// Puts a checkpoint in the place of `last`, which does not become `previous`: it lies ahead.
    func goBack(to checkpoint: Checkpoint) throws {
        try saving {
            try AtomicFile.write(try checkpoint.serialized(), to: run.checkpointPath(.last), using: system)
            saved.withLock { $0 = checkpoint.state }
            // Afterwards, so that metrics are never short of what `last` has seen.
            try forget(after: checkpoint.state.epoch)
        }
    }

    /// Drops what a training wrote of epochs beyond the one that it goes on from.
    func forget(after epoch: Int) throws {
        try log.truncate(after: epoch)
        for case .epoch(let later) in run.points where later > epoch {
            try FileTree.remove(run.checkpointPath(.epoch(later)))
        }
    }

    private var log: EpochLog { EpochLog(path: run.metricsPath, system: system) }

    /// Replaces `last`, and keeps the old one as `previous` if that is a whole epoch's.
    private func writeLast(_ bytes: [UInt8], _ state: TrainingState) throws {
        let old = saved.withLock { $0 }
        if old == state { return }
        let keeps = old.map { $0.isBetweenEpochs && $0.epoch > 0 && $0.step < state.step } ?? false
        try AtomicFile.write(
            bytes, to: run.checkpointPath(.last), keepingOldAs: keeps ? run.checkpointPath(.previous) : nil,
            using: system)
        saved.withLock { $0 = state }
    }

    /// Says what is safe and what to do where the disk refuses.
    private func saving(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as FileError {
            let kept = saved.withLock { $0 }.map { "\(counted($0.epoch, "epoch")), step \($0.step)" }
            throw RunError.notSaved(path: run.path, error, kept: kept)
        }
    }
}

extension RunFolder {
    /// Makes what a run's writer needs, where it is missing.
    func makeFolders() throws(FileError) {
        try FileTree.makeFolder("\(path)/checkpoints")
        try FileTree.makeFolder(figuresPath)
    }

    /// Removes what killed writers left; for the holder of the lock.
    ///
    /// `report.html` and figures have writers without it, who may be at work.
    func sweep() throws(FileError) {
        try FileTree.sweep(path) { $0.hasPrefix(".report.html.") && AtomicFile.isUnderWay($0) }
        try FileTree.sweep(figuresPath, except: AtomicFile.isUnderWay)
        try FileTree.sweep("\(path)/checkpoints")
        try FileTree.sweep(faultsPath)
    }
}
