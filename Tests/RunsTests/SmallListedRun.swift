import Datasets
import Models
import TestSupport
import Training

@testable import Runs

/// Runs that take milliseconds to train, for tests of what lies among runs.
enum SmallListedRun {
    private static let images = ImageDataset(
        name: "noise", height: 6, width: 5, channels: 1, pixels: SmallModel.pixels(20).prefix(20 * 30).map { $0 },
        labels: Array(0..<20))

    static func configuration(epochs: Int = 3, seed: UInt64 = 2, latent: Int = 2) -> RunConfiguration {
        let architecture = Architecture(
            name: "small", imageShape: [6, 5, 1], encoder: [.flatten, .dense(4, activation: .relu)], latent: latent,
            decoder: [.dense(30), .reshape([6, 5, 1])])
        return RunConfiguration(
            training: TrainingConfiguration(
                architecture: architecture, objective: .tutorial, epochs: epochs, batchSize: 8, seed: seed),
            data: DataSelection(), trainingImages: images, validationImages: images)
    }

    /// Trains a run to its end, or leaves it after its `config.json`.
    @discardableResult
    static func make(
        _ name: String, in scratch: Scratch, _ configuration: RunConfiguration = configuration(), trains: Bool = true
    ) async throws -> RunFolder {
        let run = try await train(
            RunRecorder.create("\(scratch.path)/\(name)", configuration, overwrite: false), trains)
        // The training's thread may hold the recorder, and with it the lock, for a moment longer.
        while try FolderLock.isHeld(run.path) { try await Task.sleep(for: .milliseconds(1)) }
        return run
    }

    private static func train(_ recorder: RunRecorder, _ trains: Bool) async throws -> RunFolder {
        if trains {
            _ = try await Trainer(recorder.run.configuration.training, threads: 1)
                .fit(images, validation: images, from: nil, recorder: recorder)
        }
        return recorder.run
    }
}
