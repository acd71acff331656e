import Datasets
import Formats
import Training

/// Everything about a run that can be checked: its settings, its hashes, and whether its parts tell the same story.
package struct RunVerification: Sendable {
    package enum Status: String, Sendable {
        case ok
        /// Not as a finished run leaves it, but nothing that going on would not mend.
        case note
        case fault
    }

    package struct Finding: Sendable {
        /// A file of the run, or `training images`.
        package let part: String
        package let status: Status
        package let words: String
    }

    package typealias Images = (training: ImageDataset, validation: ImageDataset)

    package let path: String
    package private(set) var findings: [Finding] = []
    package var faults: [Finding] { findings.filter { $0.status == .fault } }

    /// - Parameter images: The run's images as they are now.
    /// - Throws: `RunError` where there is no run at all.
    package init(
        _ path: String, images: (DataSelection, _ seed: UInt64) throws -> Images
    ) throws {
        self.path = FileTree.trimmed(path)
        let run: RunFolder
        do {
            run = try RunFolder(opening: path)
        } catch let error as FormatError {
            add("config.json", .fault, "\(error)")
            return
        }
        add("config.json", .ok, "settings of a run, version \(run.configuration.programVersion)")
        let checkpoints = try checkpoints(of: run)
        try compareMetrics(of: run, with: checkpoints[.last])
        compareBest(checkpoints)
        compareEpochs(checkpoints)
        compareImages(run.configuration, images)
        try findLeftovers(in: run)
    }

    private mutating func add(_ part: String, _ status: Status, _ words: String) {
        findings.append(Finding(part: part, status: status, words: words))
    }

    private func name(_ point: RunFolder.Point) -> String { point.part }

    private mutating func checkpoints(of run: RunFolder) throws -> [RunFolder.Point: Checkpoint] {
        var sound: [RunFolder.Point: Checkpoint] = [:]
        let there = try run.points
        for point in there {
            do {
                let checkpoint = try run.checkpoint(point)
                sound[point] = checkpoint
                let state = checkpoint.state
                add(name(point), .ok, "SHA-256 right; \(counted(state.epoch, "epoch")), step \(state.step)")
            } catch let error as FileError where !error.isMissing {
                // Unread is not damaged.
                throw error
            } catch {
                add(name(point), .fault, "\(error)")
            }
        }
        if there.isEmpty {
            add("checkpoints", .note, "none yet: going on begins anew")
        } else if !there.contains(.last) {
            add(name(.last), .fault, "missing")
        }
        return sound
    }

    private mutating func compareMetrics(of run: RunFolder, with last: Checkpoint?) throws {
        let metrics: [EpochMetrics]
        do {
            metrics = try run.metrics()
        } catch let error as FileError {
            throw error
        } catch {
            add("metrics.jsonl", .fault, "\(error)")
            return
        }
        let lines = counted(metrics.count, "epoch")
        if let (place, line) = metrics.enumerated().first(where: { $0 + 1 != $1.epoch }) {
            add("metrics.jsonl", .fault, "line \(place + 1) is epoch \(line.epoch)'s")
        } else if let last, metrics.count < last.state.epoch {
            add("metrics.jsonl", .fault, "\(lines), where the last checkpoint has seen \(last.state.epoch)")
        } else if let last, last.state.isBetweenEpochs, last.state.epoch > 0,
            metrics[last.state.epoch - 1].step != last.state.step
        {
            let (epoch, step) = (last.state.epoch, metrics[last.state.epoch - 1].step)
            add("metrics.jsonl", .fault, "epoch \(epoch) ended at step \(step), its checkpoint at \(last.state.step)")
        } else if metrics.count > last?.state.epoch ?? 0 {
            add("metrics.jsonl", .note, "\(lines), ahead of the last checkpoint: going on writes the rest again")
        } else {
            add("metrics.jsonl", .ok, lines)
        }
        // A line of an epoch that was given up is gone.
        if let last, let best = last.state.best, last.state.rollbacks == 0, metrics.indices.contains(best.epoch - 1) {
            let line = metrics[best.epoch - 1]
            let score = line.validation?.loss ?? line.training.loss
            if score != best.value {
                add(
                    "metrics.jsonl", .fault,
                    "epoch \(best.epoch) scored \(score), in the last checkpoint \(best.value)")
            }
        }
    }

    private mutating func compareBest(_ checkpoints: [RunFolder.Point: Checkpoint]) {
        guard let expected = checkpoints[.last]?.state.best, checkpoints[.last]?.state.rollbacks == 0 else { return }
        guard let best = checkpoints[.best] else {
            let isListed = findings.contains { $0.part == name(.best) }
            if !isListed { add(name(.best), .fault, "missing, where epoch \(expected.epoch) was the best") }
            return
        }
        if best.state.epoch < expected.epoch {
            add(
                name(.best), .fault,
                "stands for epoch \(best.state.epoch), where epoch \(expected.epoch) was the best")
        } else if best.state.epoch > expected.epoch {
            add(name(.best), .note, "is ahead of the last checkpoint: going on writes it again")
        }
    }

    private mutating func compareEpochs(_ checkpoints: [RunFolder.Point: Checkpoint]) {
        let kept = checkpoints.compactMap { point, checkpoint in point.epoch.map { ($0, checkpoint.state) } }
        for (epoch, state) in kept.sorted(by: { $0.0 < $1.0 }) {
            if state.epoch != epoch || !state.isBetweenEpochs {
                add(name(.epoch(epoch)), .fault, "stands at \(counted(state.epoch, "epoch")), step \(state.step)")
            } else if let last = checkpoints[.last]?.state, epoch > last.epoch {
                add(name(.epoch(epoch)), .note, "is ahead of the last checkpoint: going on writes it again")
            }
        }
    }

    private mutating func compareImages(
        _ configuration: RunConfiguration,
        _ load: (DataSelection, UInt64) throws -> Images
    ) {
        let now: Images
        do {
            now = try load(configuration.data, configuration.training.seed)
        } catch {
            add("images", .note, "not at hand: \(error)")
            return
        }
        for (part, expected, images) in [
            ("training images", configuration.trainingImages, now.training),
            ("validation images", configuration.validationImages, now.validation),
        ] {
            let found = DataRecord(of: images)
            if found == expected {
                add(part, .ok, "SHA-256 right; \(counted(found.images, "image"))")
            } else {
                add(part, .fault, "expected \(expected.words), found \(found.words)")
            }
        }
    }

    private mutating func findLeftovers(in run: RunFolder) throws {
        for folder in ["", "checkpoints/", "nan/"] where try FileTree.isFolder("\(path)/\(folder)") {
            for name in try FileTree.names(in: "\(path)/\(folder)") where AtomicFile.isTemporary(name) {
                add(folder + name, .note, "left by a process that was killed; going on removes it")
            }
        }
        if try RunReplacement.isLeft(in: path), try !FolderLock.isHeld(path) {
            add(
                "a new run", .note,
                "was to replace this one, and ended before its first checkpoint; going on removes it")
        }
    }
}
