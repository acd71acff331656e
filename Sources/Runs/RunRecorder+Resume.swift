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
        var remarks: [String] = []
        let (found, source) = try find(point, in: run, &remarks)
        let checkpoint = try found.map { try run.checked($0, source: source) }
        if let checkpoint { try run.configuration.requirePossible(checkpoint.state, in: source) }
        if let name = checkpoint?.firstNotFinite {
            throw FormatError(
                source: source, expected: "finite values to go on from", found: "a NaN or an infinity in \(name)")
        }
        try run.sweep()
        try run.makeFolders()
        var configuration = run.configuration
        configuration.training.epochs = max(configuration.training.epochs, epochs ?? 0)
        configuration.keepsEpochs =
            keepsEpochs ?? configuration.keepsEpochs ?? (run.keptEpochs.isEmpty ? KeptEpochs.none : .all)
        let longer = RunFolder(path: run.path, configuration: configuration)
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
            try recorder.goBack(to: extended)
        }
        return Resumption(recorder: recorder, checkpoint: extended, remarks: remarks)
    }

    /// The checkpoint, and the file that it is from.
    private static func find(
        _ point: ResumePoint, in run: RunFolder, _ remarks: inout [String]
    ) throws -> (Checkpoint?, source: String) {
        let last = run.checkpointPath(.last)
        switch point {
        case .file(let path): return (try Checkpoint(path: path), path)
        case .best: return (try Checkpoint(path: run.checkpointPath(.best)), run.checkpointPath(.best))
        case .last:
            do {
                return (try Checkpoint(path: last), last)
            } catch {
                let others = ([.previous, .best] + run.keptEpochs).map(run.checkpointPath)
                let sound = others.compactMap { path in (try? Checkpoint(path: path)).map { ($0, path) } }
                if let (checkpoint, path) = sound.max(by: { $0.0.state.step < $1.0.state.step }) {
                    let state = checkpoint.state
                    remarks.append("\(error)")
                    remarks.append("falling back to \(path): \(counted(state.epoch, "epoch")), step \(state.step)")
                    return (checkpoint, path)
                }
                let isMissing = (error as? FileError)?.isMissing ?? false
                if isMissing, !others.contains(where: FileTree.exists) { return (nil, last) }
                throw error
            }
        }
    }
}

extension RunFolder {
    /// A checkpoint for as many epochs as the run now has; `best` and the epochs that were kept are brought to the same.
    fileprivate func extend(
        _ checkpoint: Checkpoint, _ remarks: inout [String], _ system: FileOperations
    ) throws -> Checkpoint {
        let training = configuration.training
        for path in ([.best] + keptEpochs).map(checkpointPath) {
            guard let kept = try? Checkpoint(path: path), kept.configuration.epochs < training.epochs else { continue }
            try AtomicFile.write(try kept.extended(to: training.epochs).serialized(), to: path, using: system)
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
