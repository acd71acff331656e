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
    /// Where parts are written: `run`, or until the first checkpoint a folder beside the run that it replaces.
    private let target: Mutex<RunFolder>

    init(
        _ run: RunFolder, _ lock: FolderLock, _ system: FileOperations, saved: TrainingState? = nil,
        writingTo target: RunFolder? = nil
    ) {
        self.run = run
        self.lock = lock
        self.system = system
        self.saved = Mutex(saved)
        self.target = Mutex(target ?? run)
    }

    deinit {
        if isReplacing { giveUp() }
    }

    /// Begins a run in a new or empty folder, or in the place of another run, which is whole until the new one has its
    /// first checkpoint.
    ///
    /// Only what a run consists of is ever removed (`RunPart`), and only where a run's `config.json` stands.
    /// - Throws: `RunError` or `FileError`; the disk is then as it was, as far as it allows.
    package static func create(
        _ path: String, _ configuration: RunConfiguration, overwrite: Bool, using system: FileOperations = .system
    ) throws -> RunRecorder {
        let path = FileTree.trimmed(path)
        try refuse(path, overwrite: overwrite, using: system)
        let made = try FileTree.makeFolder(path, system)
        do {
            return try create(
                path, configuration, FolderLock(path), overwrite: overwrite,
                isNew: !made.isEmpty, system)
        } catch {
            // Another process may have begun there: only what is empty goes.
            for folder in made.reversed() { _ = system.removeFolder(folder) }
            throw error
        }
    }

    /// - Parameter isNew: Whether the folder was made for the run.
    private static func create(
        _ path: String, _ configuration: RunConfiguration, _ lock: FolderLock, overwrite: Bool,
        isNew: Bool, _ system: FileOperations
    ) throws -> RunRecorder {
        do {
            // Again, now that nobody else can begin one here.
            try refuse(path, overwrite: overwrite, using: system)
            try RunReplacement.settle(path, system)
            let run = RunFolder(path: path, configuration: configuration)
            try run.sweep()
            let isOccupied = try RunFolder.configurationBytes(in: path) != nil
            return try isOccupied
                ? replacing(run, lock, system)
                : beginning(run, lock, system)
        } catch {
            if isNew, (try? FileTree.names(in: path)) == [FolderLock.name] {
                _ = system.remove("\(path)/\(FolderLock.name)")
            }
            throw error
        }
    }

    /// In a folder without a run.
    private static func beginning(
        _ run: RunFolder, _ lock: FolderLock, _ system: FileOperations
    ) throws -> RunRecorder {
        do {
            try run.begin(system)
        } catch {
            for part in (try? RunPart.parts(in: run.path)) ?? [] { _ = system.remove("\(run.path)/\(part)") }
            for folder in RunFolder.writersFolders { _ = system.removeFolder("\(run.path)/\(folder)") }
            throw error
        }
        return RunRecorder(run, lock, system)
    }

    /// Where a run stands.
    private static func replacing(
        _ run: RunFolder, _ lock: FolderLock, _ system: FileOperations
    ) throws -> RunRecorder {
        let next = RunFolder(path: RunReplacement.beginning(in: run.path), configuration: run.configuration)
        // From here on it drops what it began.
        let recorder = RunRecorder(run, lock, system, writingTo: next)
        try FileTree.makeFolder(next.path, system)
        try next.begin(system)
        // A run without any weights is nothing to wait for.
        if try run.points.isEmpty { try recorder.takePlace(saving: nil) }
        return recorder
    }

    /// Refuses a path that `create` would not take; nothing changes.
    /// - Throws: `RunError`, `FileError` or `FormatError`.
    package static func refuse(
        _ path: String, overwrite: Bool, using system: FileOperations = .system
    ) throws {
        guard !path.isEmpty else { throw RunError.occupied(path: "the run's folder", by: "an empty path") }
        let path = FileTree.trimmed(path)
        guard try FileTree.exists(path) else { return }
        guard try FileTree.isFolder(path) else { throw RunError.occupied(path: path, by: "a file") }
        if let bytes = try RunFolder.configurationBytes(in: path) {
            guard RunConfiguration.isOurs(bytes, source: path) else {
                throw RunError.occupied(path: path, by: "another program's config.json")
            }
            if !overwrite { throw RunError.exists(path: path) }
            try RunPart.requireWritable(in: path, using: system)
            return
        }
        // A process killed before its `config.json` leaves no more than these.
        let others = try FileTree.names(in: path).filter { $0 != FolderLock.name && !AtomicFile.isTemporary($0) }
        if let name = others.first {
            throw RunError.occupied(path: path, by: name)
        }
    }
}

// MARK: - While it trains

extension RunRecorder {
    /// Metrics first, `last` last: whenever the process is killed, going on from `last` writes the rest again.
    package func record(_ metrics: EpochMetrics, _ checkpoint: Checkpoint) throws {
        try saving { target in
            try log(of: target).append(metrics)
            let bytes = try checkpoint.serialized()
            if run.configuration.keepsEpochs?.keeps(metrics.epoch) == true {
                try write(bytes, to: target.checkpointPath(.epoch(metrics.epoch)))
            }
            let score = metrics.validation?.loss ?? metrics.training.loss
            if checkpoint.state.best == TrainingState.Best(epoch: metrics.epoch, value: score) {
                try write(bytes, to: target.checkpointPath(.best))
            }
            try writeLast(bytes, checkpoint.state, to: target)
        }
    }

    package func record(_ checkpoint: Checkpoint) throws {
        try saving { try writeLast(try checkpoint.serialized(), checkpoint.state, to: $0) }
    }

    package func record(_ fault: NumericFault, _ batch: FaultyBatch) throws {
        try saving { target in
            try FileTree.makeFolder("\(target.path)/\(RunPart.faults)", system)
            try write(
                NPZ.serialized([("images", .float32(batch.images)), ("indices", .int64(batch.indices))]),
                to: target.faultPath(step: fault.step))
        }
    }

    /// A damaged checkpoint is none; one that cannot be read ends the training.
    package func wholeEpoch(before step: Int) throws -> Checkpoint? {
        let target = target.withLock { $0 }
        return try [.last, .previous].compactMap { try target.soundCheckpoint($0) }
            .filter { $0.state.isBetweenEpochs && $0.state.epoch > 0 && $0.state.step < step }
            .max { $0.state.step < $1.state.step }
    }

    /// A training that ends without any checkpoint before takes no other run's place.
    package func recordEnd(_ fault: NumericFault, _ checkpoint: Checkpoint?) throws {
        if isReplacing {
            giveUp()
            throw RunError.notTrained(path: run.path, fault)
        }
        if let checkpoint { try record(checkpoint) }
    }

    /// Nothing is written yet that could lie ahead where another run still stands in the folder.
    package func recordRollback(_ checkpoint: Checkpoint) throws {
        if !isReplacing { try goBack(to: checkpoint) }
    }

    /// Puts a checkpoint in the place of `last`, which does not become `previous`: it lies ahead.
    /// - Parameter damaged: Where the file there now shall stay.
    func goBack(to checkpoint: Checkpoint, keepingLastAs damaged: String? = nil) throws {
        try saving { target in
            try write(try checkpoint.serialized(), to: target.checkpointPath(.last), keepingOldAs: damaged)
            try takePlace(saving: checkpoint.state)
            // Afterwards, so that metrics are never short of what `last` has seen.
            try forget(after: checkpoint.state.epoch, in: self.target.withLock { $0 })
        }
    }

    /// Drops what a training wrote of epochs beyond the one that it goes on from.
    func forget(after epoch: Int) throws {
        try lock.requireHeld()
        try forget(after: epoch, in: target.withLock { $0 })
    }

    private func forget(after epoch: Int, in target: RunFolder) throws {
        try log(of: target).truncate(after: epoch)
        for case .epoch(let later) in try target.points where later > epoch {
            try FileTree.removeFile(target.checkpointPath(.epoch(later)), system)
        }
    }

    private func log(of target: RunFolder) -> EpochLog { EpochLog(path: target.metricsPath, system: system) }

    /// Replaces `last`, and keeps the old one as `previous` if that is a whole epoch's.
    private func writeLast(_ bytes: [UInt8], _ state: TrainingState, to target: RunFolder) throws {
        let old = saved.withLock { $0 }
        if old == state { return }
        let keeps = old.map { $0.isBetweenEpochs && $0.epoch > 0 && $0.step < state.step } ?? false
        try write(
            bytes, to: target.checkpointPath(.last), keepingOldAs: keeps ? target.checkpointPath(.previous) : nil)
        try takePlace(saving: state)
    }

    /// Writes nothing where the folder is another's by now.
    private func write(_ bytes: [UInt8], to path: String, keepingOldAs previous: String? = nil) throws {
        try lock.requireHeld()
        try AtomicFile.write(bytes, to: path, keepingOldAs: previous, using: system)
    }

    // MARK: The place of another run

    private var isReplacing: Bool { target.withLock { $0.path != run.path } }

    /// A checkpoint has been written: from here on the new run is the one that stands in the folder.
    private func takePlace(saving state: TrainingState?) throws {
        let replaces = isReplacing
        if replaces {
            try RunReplacement.decide(run.path, system)
            target.withLock { $0 = run }
        }
        saved.withLock { $0 = state }
        guard replaces else { return }
        try RunReplacement.settle(run.path, system)
        try run.makeFolders(system)
    }

    /// Drops what was begun beside the run that was to be replaced, unless the folder is another's by now.
    private func giveUp() {
        guard (try? lock.requireHeld()) != nil else { return }
        _ = try? RunReplacement.drop(run.path, system)
    }

    /// Says what is safe and what to do where the disk refuses.
    private func saving(_ body: (_ target: RunFolder) throws -> Void) throws {
        do {
            try lock.requireHeld()
            try body(target.withLock { $0 })
        } catch let error as FileError {
            if isReplacing {
                giveUp()
                throw RunError.notReplaced(path: run.path, error)
            }
            // Before the first `last`, going on falls back to what else was written.
            let found = try? run.points.compactMap { try run.soundCheckpoint($0)?.state }.max { $0.step < $1.step }
            let kept = (saved.withLock { $0 } ?? found).map { "\(counted($0.epoch, "epoch")), step \($0.step)" }
            throw RunError.notSaved(path: run.path, error, kept: kept)
        }
    }
}

extension RunFolder {
    /// Folders that a run's writer needs.
    static let writersFolders = [RunPart.checkpoints, RunPart.figures]

    /// Makes them where they are missing.
    func makeFolders(_ system: FileOperations) throws(FileError) {
        for folder in Self.writersFolders { try FileTree.makeFolder("\(path)/\(folder)", system) }
    }

    /// What a run has before its first epoch.
    fileprivate func begin(_ system: FileOperations) throws {
        try AtomicFile.write(
            try configuration.serialized(), to: "\(path)/\(RunPart.configuration)", using: system)
        try makeFolders(system)
    }

    /// A checkpoint, or nil where it is missing, damaged or not the run's own.
    /// - Throws: `FileError` where it cannot be read, `FormatError` where it is of a newer version: neither says
    ///   anything of what is in it.
    func soundCheckpoint(_ point: Point) throws -> Checkpoint? {
        do {
            return try checkpoint(point)
        } catch let error as FileError where !error.isMissing {
            throw error
        } catch let error as FormatError where error.isOfNewerVersion {
            throw error
        } catch {
            return nil
        }
    }

    /// Removes what killed writers left; for the holder of the lock.
    ///
    /// `report.html` and figures have writers without it, who may be at work.
    func sweep() throws(FileError) {
        try FileTree.sweep(path) { $0.hasPrefix(".\(RunPart.report).") && AtomicFile.isUnderWay($0) }
        try FileTree.sweep("\(path)/\(RunPart.figures)", except: AtomicFile.isUnderWay)
        try FileTree.sweep("\(path)/\(RunPart.checkpoints)")
        try FileTree.sweep("\(path)/\(RunPart.faults)")
    }
}
