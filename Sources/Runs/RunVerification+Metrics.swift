import Formats
import Models
import Training

extension RunVerification {
    /// `metrics.jsonl` line by line, and beside the last checkpoint.
    mutating func verifyMetrics(of run: RunFolder, _ checkpoints: [RunFolder.Point: Checkpoint]) throws {
        let part = "metrics.jsonl"
        // Where there is none, the one that going on falls back to.
        let last = checkpoints[.last]?.state ?? checkpoints.values.map(\.state).max { $0.step < $1.step }
        let metrics: [EpochMetrics]
        do {
            metrics = try run.metrics()
        } catch let error as FileError where !error.isMissing {
            throw error
        } catch {
            add(part, .fault, "\(error)")
            return
        }
        let lines = counted(metrics.count, "epoch")
        let terms = (try? run.configuration.training.program())?.terms ?? []
        if let (place, line) = metrics.enumerated().first(where: { $0 + 1 != $1.epoch }) {
            add(part, .fault, "line \(place + 1) is epoch \(line.epoch)'s")
        } else if let last, metrics.count < last.epoch {
            add(part, .fault, "\(lines), where the last checkpoint has seen \(last.epoch)")
        } else if let fault = metrics.lazy.compactMap({
            run.configuration.fault(in: $0, of: terms, beside: metrics[0], last)
        })
        .first {
            add(part, .fault, fault)
        } else if metrics.count > last?.epoch ?? 0 {
            add(part, .note, "\(lines), ahead of the last checkpoint: going on writes the rest again")
        } else {
            add(part, .ok, lines)
        }
        if run.log.hasBrokenEnd {
            add(part, .note, "ends within a line, cut off while it was written: going on writes it again")
        }
        if let fault = last?.faultOfBest(in: metrics) { add(part, .fault, fault) }
    }
}

extension TrainingState {
    /// What the lines of the epochs so far say otherwise of the best one; nil where they agree, or are too few to tell.
    func faultOfBest(in metrics: [EpochMetrics]) -> String? {
        // A line of an epoch that was given up is gone.
        guard rollbacks == 0, let best, metrics.count >= epoch else { return nil }
        let scores = metrics.prefix(epoch).map { $0.validation?.loss ?? $0.training.loss }
        guard scores.indices.contains(best.epoch - 1), let lowest = scores.indices.min(by: { scores[$0] < scores[$1] })
        else { return nil }
        if scores[best.epoch - 1] != best.value {
            return "epoch \(best.epoch) scored \(scores[best.epoch - 1]), in the checkpoint \(best.value)"
        }
        if lowest + 1 != best.epoch {
            return "epoch \(lowest + 1) has the lowest score, \(scores[lowest]), in the checkpoint epoch \(best.epoch)"
        }
        return nil
    }
}

extension RunConfiguration {
    /// What cannot be so in an epoch's line: counts that the run does not have, terms that do not follow from one another.
    /// - Parameters:
    ///   - expected: The terms of the run's objective.
    ///   - first: The first line, like which all have a validation or none.
    ///   - last: Knows for how many epochs the run was begun.
    fileprivate func fault(
        in line: EpochMetrics, of expected: [Program.Term], beside first: EpochMetrics, _ last: TrainingState?
    ) -> String? {
        func fault(_ name: String, expected: some Any, found: some Any) -> String {
            "epoch \(line.epoch): expected \(name) \(expected), found \(found)"
        }
        guard line.epoch <= training.epochs else {
            return fault("at most", expected: counted(training.epochs, "epoch"), found: line.epoch)
        }
        if let stepsPerEpoch, line.step != line.epoch * stepsPerEpoch {
            return fault("step", expected: line.epoch * stepsPerEpoch, found: line.step)
        }
        if (line.validation == nil) != (first.validation == nil) {
            return fault("a validation", expected: "as the first epoch has it", found: "another")
        }
        guard line.seconds >= 0, line.imagesPerSecond >= 0 else {
            return fault("times", expected: "of 0 or more", found: min(line.seconds, line.imagesPerSecond))
        }
        let factor = line.warmUpFactor
        if let begunFor = last.map({ $0.begunFor ?? training.epochs }), let stepsPerEpoch {
            let expected = training.objective.warmUpFactor(step: line.step, of: begunFor * stepsPerEpoch)
            guard isNear(factor, expected) else { return fault("warm_up_factor", expected: expected, found: factor) }
        }
        // Over a training's epoch weights may still have grown.
        let isWarm = training.objective.warmUp == 0
        for (prefix, terms, count, isExact) in [
            ("", line.training, trainingImages.images, isWarm),
            (
                "val_", line.validation ?? line.training,
                line.validation == nil ? trainingImages.images : validationImages.images,
                isWarm || line.validation != nil
            ),
        ] {
            guard terms.images == count else {
                return fault("\(prefix)images", expected: count, found: terms.images)
            }
            for term in terms.terms {
                let name = prefix + term.lossName
                guard let known = expected.first(where: { $0.name == term.name }) else {
                    // Earlier files had a KL of 0 where there is none.
                    guard term.name == "kl", term.loss == 0, term.value == 0 else {
                        return fault(name, expected: "no such term", found: term.loss)
                    }
                    continue
                }
                let weighted = known.weight * (known.warmsUp ? factor : 1) * term.value
                let isRight =
                    isExact || !known.warmsUp
                    ? isNear(term.loss, weighted) : term.loss <= weighted + abs(weighted) * 1e-6
                guard isRight else { return fault(name, expected: weighted, found: term.loss) }
                guard !known.isNonnegative || term.value >= -0.01 else {
                    return fault(
                        prefix + (term.valueName ?? term.lossName), expected: "of 0 or more", found: term.value)
                }
            }
            if let missing = expected.first(where: { terms[$0.name] == nil }) {
                return fault("\(prefix)\(missing.name)_loss", expected: "a number", found: "none")
            }
        }
        return nil
    }

    private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * max(abs(a), abs(b)) + 1e-12 }
}
