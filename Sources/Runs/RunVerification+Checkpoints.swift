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
            let fallback = sound.max { $0.value.state.step < $1.value.state.step }?.key
            add(
                RunFolder.Point.last.part, fallback == nil ? .fault : .note,
                "missing" + (fallback.map { ": going on falls back to \($0.part)" } ?? ""))
        }
        comparePrevious(sound, isThere: there.contains(.previous))
        return sound
    }

    /// Whether `previous` is the whole epoch before `last`.
    private mutating func comparePrevious(_ sound: [RunFolder.Point: Checkpoint], isThere: Bool) {
        let part = RunFolder.Point.previous.part
        if let previous = sound[.previous]?.state, !previous.isBetweenEpochs {
            add(part, .fault, "stands at step \(previous.step), which ends no epoch")
            return
        }
        guard let last = sound[.last]?.state else { return }
        let expected = last.isBetweenEpochs ? last.epoch - 1 : last.epoch
        guard expected > 0 else { return }
        if !isThere {
            add(part, .note, "none, where the last checkpoint had epoch \(expected) before it")
        } else if let previous = sound[.previous]?.state, previous.epoch < expected {
            add(
                part, .note,
                "stands for epoch \(previous.epoch), where epoch \(expected) came before the last checkpoint")
        }
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
    ///
    /// One that is missing is a note: a run that goes on may keep more epochs than it began with.
    mutating func compareEpochs(_ checkpoints: [RunFolder.Point: Checkpoint], of run: RunFolder) throws {
        let kept = checkpoints.compactMap { point, checkpoint in point.epoch.map { ($0, checkpoint.state) } }
        for (epoch, state) in kept.sorted(by: { $0.0 < $1.0 }) {
            let part = RunFolder.Point.epoch(epoch).part
            if state.epoch != epoch || !state.isBetweenEpochs {
                add(part, .fault, "stands at \(counted(state.epoch, "epoch")), step \(state.step)")
            } else if let last = checkpoints[.last]?.state, epoch > last.epoch {
                add(part, .note, "is ahead of the last checkpoint: going on writes it again")
            }
        }
        guard let keeps = run.configuration.keepsEpochs, let last = checkpoints[.last]?.state, last.epoch > 0 else {
            return
        }
        let there = Set(try run.keptEpochs)
        for epoch in 1...last.epoch where keeps.keeps(epoch) && !there.contains(.epoch(epoch)) {
            add(
                RunFolder.Point.epoch(epoch).part, .note,
                "none, where the run keeps \(keeps == .all ? "every epoch" : "this epoch")")
        }
    }
}
