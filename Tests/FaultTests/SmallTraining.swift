import Datasets
import Models
import Runs
import TestSupport
import Training

/// A training of three epochs that takes milliseconds, and what it leaves at each epoch's end.
struct SmallTraining {
    let configuration: RunConfiguration
    let images: ImageDataset
    let epochs: [(metrics: EpochMetrics, checkpoint: Checkpoint)]

    static let architecture = SmallModel.architecture(.relu)

    init(seed: UInt64 = 2, keepsEpochs: KeptEpochs = .none) throws {
        images = Self.images(20)
        configuration = RunConfiguration(
            training: TrainingConfiguration(
                architecture: Self.architecture, objective: .tutorial, epochs: 3, batchSize: 8, seed: seed),
            data: DataSelection(), trainingImages: images, validationImages: images,
            keepsEpochs: keepsEpochs)
        let loop = try TrainingLoop(configuration.training, images: images, validation: images, threads: 1)
        var epochs: [(EpochMetrics, Checkpoint)] = []
        _ = try loop.run(
            shouldStop: { false }, onStep: { _ in },
            onEpoch: { metrics in
                // Copies, since the training goes on with its own.
                epochs.append((metrics, try Checkpoint(parsing: loop.checkpoint.serialized(), source: "memory")))
            })
        self.epochs = epochs
    }

    static func images(_ count: Int) -> ImageDataset {
        ImageDataset(name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(count))
    }
}
