import Datasets
import Formats
import Training

extension RunConfiguration {
    /// Optimizer steps of an epoch; nil for a count of images that no training has.
    var stepsPerEpoch: Int? {
        guard (1...Self.mostImages).contains(trainingImages.images) else { return nil }
        return BatchSampler(count: trainingImages.images, batchSize: training.batchSize, seed: 0).stepsPerEpoch
    }

    /// So few that steps of all epochs can be counted.
    private static let mostImages = 1 << 40

    /// Refuses a position that no training of this run comes to.
    /// - Throws: `FormatError` naming the source, the count, and what was expected and found.
    func requirePossible(_ state: TrainingState, in source: String) throws(FormatError) {
        func require(_ condition: Bool, _ expected: String, _ found: String) throws(FormatError) {
            if !condition { throw FormatError(source: source, expected: expected, found: found) }
        }
        guard let stepsPerEpoch else {
            throw FormatError(
                source: source, expected: "a run of 1 to \(Self.mostImages) images", found: "\(trainingImages.images)")
        }
        let (epoch, inEpoch) = (state.epoch, state.stepInEpoch)
        try require(epoch <= training.epochs, "at most \(counted(training.epochs, "epoch"))", "\(epoch)")
        // All steps done, where the validation after them met a number that is not finite.
        let most = epoch == training.epochs ? 0 : stepsPerEpoch
        try require((0...most).contains(inEpoch), "step 0 to \(most) of epoch \(epoch + 1)", "\(inEpoch)")
        let steps = epoch * stepsPerEpoch + inEpoch
        try require(
            state.step == steps, "step \(steps) after \(counted(epoch, "epoch")) and \(counted(inEpoch, "step"))",
            "\(state.step)")
        let images = min(inEpoch * training.batchSize, trainingImages.images)
        try require(
            state.running.images == images, "sums over the \(counted(images, "image")) of the epoch under way",
            "over \(state.running.images)")
        try require(
            state.begunFor ?? 1 <= training.epochs, "a run begun for at most \(counted(training.epochs, "epoch"))",
            "for \(state.begunFor ?? 0)")
        // The best epoch may be one that a rollback gave up.
        guard state.rollbacks == 0 else { return }
        let best = state.best?.epoch ?? 0
        try require(
            epoch == 0 ? best == 0 : (1...epoch).contains(best),
            epoch == 0 ? "no best epoch before the first" : "a best epoch of 1 to \(epoch)", "\(best)")
    }
}
