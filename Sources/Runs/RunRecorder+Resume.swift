import Formats
import Training

/// Where a run goes on from.
package enum ResumePoint: Hashable, Sendable {
    /// Where it stopped; from the newest sound checkpoint before it, should that one be damaged.
    case last
    /// After the epoch with the lowest val_loss: later ones are done again.
    case best
    /// A checkpoint file of the same settings and images.
    case file(String)
}

/// A run that goes on.
package struct Resumption {
    package let recorder: RunRecorder
    /// Nil where nothing had been saved: the run begins anew.
    package let checkpoint: Checkpoint?
    /// What the user should know, a line each.
    package let remarks: [String]
}

extension RunRecorder {
    /// Goes on with a run.
    ///
    /// Only damage to `last` leads back to an older checkpoint, and then the damaged file is kept. A file that cannot be
    /// read, or is of a newer version, says nothing of what is in it: that ends here.
    /// - Parameters:
    ///   - epochs: As many as the run has, or more.
    ///   - keepsEpochs: Which epochs leave a checkpoint of their own from now on; nil for those that did before.
    /// - Throws: `RunError`, `FileError` or `FormatError`; nothing has changed then but for leftovers of killed
    ///   processes, which are gone, unless the disk refused.
    package static func resume(
        _ run: RunFolder, from point: ResumePoint = .last, epochs: Int? = nil, keepsEpochs: KeptEpochs? = nil,
        using system: FileOperations = .system
    ) throws -> Resumption {
        let lock = try FolderLock(run.path)
        try RunPart.requireWritable(in: run.path, using: system)
        var remarks: [String] = []
        if try RunReplacement.settle(run.path, system) {
            remarks.append(
                "a training that was to replace this run ended before its first checkpoint: the run is as it was")
        }
        guard try RunFolder(opening: run.path) == run else { throw RunError.locked(path: run.path) }
        let (found, source, damage) = try find(point, in: run)
        let checkpoint = try found.map { try run.checked($0, source: source) }
        if let checkpoint {
            try run.configuration.requirePossible(checkpoint, in: source)
            try run.requireMetrics(of: checkpoint.state, source: source)
        }
        remarks += damage
        let keptEpochs = try run.keptEpochs
        var configuration = run.configuration
        configuration.training.epochs = max(configuration.training.epochs, epochs ?? 0)
        configuration.keepsEpochs =
            keepsEpochs ?? configuration.keepsEpochs ?? (keptEpochs.isEmpty ? KeptEpochs.none : .all)
        let longer = RunFolder(path: run.path, configuration: configuration)
        if configuration != run.configuration {
            // All that `extend` will read, while nothing has changed.
            for point in [.best] + keptEpochs { _ = try run.soundCheckpoint(point) }
        }
        try run.sweep()
        try run.makeFolders(system)
        if configuration != run.configuration {
            try AtomicFile.write(
                try configuration.serialized(), to: RunFolder.configurationPath(run.path), using: system)
        }
        let recorder = RunRecorder(longer, lock, system, saved: checkpoint?.state)
        guard let checkpoint else {
            remarks.append("\(run.path) holds no checkpoint yet: beginning anew with its own settings")
            try recorder.forget(after: 0)
            return Resumption(recorder: recorder, checkpoint: nil, remarks: remarks)
        }
        let extended = try longer.extend(checkpoint, &remarks, system)
        if source == run.checkpointPath(.last) {
            try recorder.forget(after: checkpoint.state.epoch)
        } else {
            try recorder.goBack(to: extended, keepingLastAs: damage.isEmpty ? nil : run.damagedPath)
        }
        return Resumption(recorder: recorder, checkpoint: extended, remarks: remarks)
    }

    /// The checkpoint, the file that it is from, and what to say where `last` is damaged or missing.
    private static func find(
        _ point: ResumePoint, in run: RunFolder
    ) throws -> (Checkpoint?, source: String, damage: [String]) {
        let last = run.checkpointPath(.last)
        switch point {
        case .file(let path): return (try Checkpoint(path: path), path, [])
        case .best: return (try Checkpoint(path: run.checkpointPath(.best)), run.checkpointPath(.best), [])
        case .last:
            do {
                return (try Checkpoint(path: last), last, [])
            } catch let error as FileError where !error.isMissing {
                throw error
            } catch let error as FormatError where error.isOfNewerVersion {
                throw error
            } catch {
                let others = try run.points.filter { $0 != .last }
                let sound = try others.compactMap { point in try run.soundCheckpoint(point).map { ($0, point) } }
                guard let (checkpoint, point) = sound.max(by: { $0.0.state.step < $1.0.state.step }) else {
                    guard error is FileError, others.isEmpty else { throw error }
                    try run.requireUntrained()
                    return (nil, last, [])
                }
                let (path, state) = (run.checkpointPath(point), checkpoint.state)
                return (
                    checkpoint, path,
                    ["\(error)"] + (error is FileError ? [] : ["it is kept as \(run.damagedPath)"])
                        + ["falling back to \(path): \(counted(state.epoch, "epoch")), step \(state.step)"]
                )
            }
        }
    }
}

extension RunFolder {
    /// Refuses metrics that do not lead up to a checkpoint: the run would have a gap for ever.
    /// - Throws: `FormatError`; `FileError` where they cannot be read.
    fileprivate func requireMetrics(of state: TrainingState, source: String) throws {
        let lines = try log.read(through: state.epoch)
        func refusal(_ expected: String, _ found: String) -> FormatError {
            FormatError(source: metricsPath, expected: "\(expected), as \(source) has seen", found: found)
        }
        if let (place, line) = lines.enumerated().first(where: { $0 + 1 != $1.epoch }) {
            throw refusal("epoch \(place + 1) in line \(place + 1)", "epoch \(line.epoch)")
        }
        guard lines.count >= state.epoch else {
            throw refusal(counted(state.epoch, "epoch"), "\(lines.count)")
        }
        if state.isBetweenEpochs, let line = lines.last, line.step != state.step {
            throw refusal("epoch \(line.epoch) to end with step \(state.step)", "step \(line.step)")
        }
        if let fault = state.faultOfBest(in: lines) {
            throw FormatError(source: source, expected: "the best epoch that \(metricsPath) tells of", found: fault)
        }
    }
}

extension RunFolder {
    /// A checkpoint for as many epochs as the run now has; `best` and the epochs that were kept are brought to the same.
    fileprivate func extend(
        _ checkpoint: Checkpoint, _ remarks: inout [String], _ system: FileOperations
    ) throws -> Checkpoint {
        let training = configuration.training
        for point in [.best] + (try keptEpochs) {
            guard let kept = try soundCheckpoint(point), kept.configuration.epochs < training.epochs else { continue }
            let bytes = try kept.extended(to: training.epochs).serialized()
            try AtomicFile.write(bytes, to: checkpointPath(point), using: system)
        }
        let before = checkpoint.configuration.epochs
        if before == training.epochs { return checkpoint }
        remarks.append(
            "\(counted(training.epochs, "epoch")) instead of \(before): Adam goes on with its moments and learning rate"
        )
        let extended = checkpoint.extended(to: training.epochs)
        if training.objective.warmUp > 0 {
            let stepsPerEpoch = (configuration.trainingImages.images + training.batchSize - 1) / training.batchSize
            func warm(_ epochs: Int) -> String {
                counted(Int((training.objective.warmUp * Double(epochs * stepsPerEpoch)).rounded(.up)), "step")
            }
            remarks.append(
                "the KL weight warms up over the first \(warm(extended.state.begunFor ?? before)), as the run began; a run "
                    + "of \(counted(training.epochs, "epoch")) from its start would take \(warm(training.epochs))")
        }
        return extended
    }
}
