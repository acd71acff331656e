import Formats
import Training

extension RunVerification {
    /// Each checkpoint by itself.
    /// - Returns: The sound ones.
    mutating func verifyCheckpoints(of run: RunFolder) throws -> [RunFolder.Point: Checkpoint] {
        var sound: [RunFolder.Point: Checkpoint] = [:]
        let there = try run.points
        for point in there {
            try judge(point.part) {
                let path = run.checkpointPath(point)
                let checkpoint = try run.checkpoint(point)
                let state = checkpoint.state
                try run.configuration.requirePossible(checkpoint, in: path)
                sound[point] = checkpoint
                return "SHA-256 right; \(counted(state.epoch, "epoch")), step \(state.step)"
            }
        }
        if there.isEmpty {
            do {
                try RunPart.requireFiles(in: run.path, folders: [RunPart.checkpoints])
                try run.requireUntrained()
                add(RunPart.checkpoints, .note, "none yet: going on begins anew")
            } catch {
                add(RunPart.checkpoints, .fault, "\(error)")
            }
        } else if !there.contains(.last) {
            add(RunFolder.Point.last.part, .fault, "missing")
        }
        if let previous = sound[.previous]?.state, !previous.isBetweenEpochs {
            add(RunFolder.Point.previous.part, .fault, "stands at step \(previous.step), which ends no epoch")
        }
        return sound
    }

    /// Whether `best` is the epoch that the last checkpoint takes for the best.
    mutating func compareBest(_ checkpoints: [RunFolder.Point: Checkpoint]) {
        let part = RunFolder.Point.best.part
        guard let last = checkpoints[.last]?.state, last.rollbacks == 0, let expected = last.best else { return }
        guard let best = checkpoints[.best]?.state else {
            let isListed = findings.contains { $0.part == part }
            if !isListed { add(part, .fault, "missing, where epoch \(expected.epoch) was the best") }
            return
        }
        if best.best?.epoch != best.epoch || !best.isBetweenEpochs {
            add(part, .fault, "stands at \(counted(best.epoch, "epoch")), step \(best.step), which was not the best")
        } else if best.epoch < expected.epoch {
            add(part, .fault, "stands for epoch \(best.epoch), where epoch \(expected.epoch) was the best")
        } else if best.epoch > expected.epoch, best.epoch > last.epoch {
            add(part, .note, "is ahead of the last checkpoint: going on writes it again")
        } else if best.epoch > expected.epoch {
            add(part, .fault, "stands for epoch \(best.epoch), where epoch \(expected.epoch) was the best")
        }
    }

    /// Whether each epoch that was kept is the one that its name tells of.
    mutating func compareEpochs(_ checkpoints: [RunFolder.Point: Checkpoint]) {
        let kept = checkpoints.compactMap { point, checkpoint in point.epoch.map { ($0, checkpoint.state) } }
        for (epoch, state) in kept.sorted(by: { $0.0 < $1.0 }) {
            let part = RunFolder.Point.epoch(epoch).part
            if state.epoch != epoch || !state.isBetweenEpochs {
                add(part, .fault, "stands at \(counted(state.epoch, "epoch")), step \(state.step)")
            } else if let last = checkpoints[.last]?.state, epoch > last.epoch {
                add(part, .note, "is ahead of the last checkpoint: going on writes it again")
            }
        }
    }
}
