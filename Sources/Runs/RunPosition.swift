import Datasets
import Formats
import Models
import Training

extension RunConfiguration {
    /// Optimizer steps of an epoch; nil for a count of images that no training has.
    var stepsPerEpoch: Int? {
        guard (1...Self.mostImages).contains(trainingImages.images) else { return nil }
        return BatchSampler(count: trainingImages.images, batchSize: training.batchSize, seed: 0).stepsPerEpoch
    }

    /// So few that steps of all epochs can be counted.
    private static let mostImages = 1 << 40

    /// Refuses what no training of this run comes to: a position, sums, weights or moments.
    /// - Throws: `FormatError` naming the source, and what was expected and found.
    func requirePossible(_ checkpoint: Checkpoint, in source: String) throws(FormatError) {
        try requirePossible(checkpoint.state, in: source)
        if let name = checkpoint.firstNotFinite {
            throw FormatError(
                source: source, expected: "finite values to go on from", found: "a NaN or an infinity in \(name)")
        }
        if let name = checkpoint.firstNegativeSquare {
            throw FormatError(source: source, expected: "means of squares", found: "a negative one in \(name)")
        }
    }

    private func requirePossible(_ state: TrainingState, in source: String) throws(FormatError) {
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
            images > 0 || state.running == LossSum(), "sums of 0 before an epoch's first image",
            state.running.sums.named.dropFirst().map { "\($0.value)" }.joined(separator: ", "))
        // A sum of means of squares, but for rounding.
        try require(
            state.running.sums.klNats >= -0.01 * Double(images), "kl_nats of 0 or more",
            "\(state.running.sums.klNats)")
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
