import Datasets
import Exploration
import Models
import Runs
import TestSupport
import Training

/// A folder of runs that take milliseconds to train, with images of their own.
final class SmallRuns: Sendable {
    let scratch = Scratch()
    var path: String { scratch.path + "/runs" }

    static let train = images(30, seed: 1)
    static let test = images(12, seed: 2)

    private static func images(_ count: Int, seed: Int) -> ImageDataset {
        ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(count, seed: seed),
            labels: (0..<count).map { $0 % 10 })
    }

    static func configuration(
        epochs: Int = 2, isVariational: Bool = true, likelihood: Likelihood = .squaredError
    ) -> RunConfiguration {
        RunConfiguration(
            training: TrainingConfiguration(
                architecture: SmallModel.architecture(.relu, isVariational: isVariational),
                objective: Objective(likelihood: likelihood, divergence: .mean, beta: 2), epochs: epochs, batchSize: 8,
                seed: 2),
            data: DataSelection(), trainingImages: train, validationImages: test, keepsEpochs: .all)
    }

    /// Trains a run to its end.
    func train(_ name: String, _ configuration: RunConfiguration = configuration()) async throws {
        let recorder = try RunRecorder.create("\(path)/\(name)", configuration, overwrite: true)
        try await train(recorder)
    }

    func train(_ recorder: RunRecorder) async throws {
        _ = try await Trainer(recorder.run.configuration.training, threads: 1)
            .fit(Self.train, validation: Self.test, from: nil, recorder: recorder)
    }

    func explorer(_ settings: RunExplorer.Settings = RunExplorer.Settings()) throws -> RunExplorer {
        try RunExplorer([path], settings: settings) { _, split in split == .train ? Self.train : Self.test }
    }

    /// A model of `run`, and the same as a library's user has it.
    func models(
        _ configuration: RunConfiguration = configuration()
    ) async throws -> (explored: ExploredModel, plain: VariationalAutoencoder) {
        try await train("run", configuration)
        let explored = try await explorer().model(run: "run")
        return (explored, try RunFolder(opening: "\(path)/run").model(threads: 1))
    }

    static func rows(_ count: Int, width: Int, seed: Int = 3, _ range: ClosedRange<Float> = -2...2) -> Rows {
        var random = TestValues(seed: seed)
        return Rows(values: random.uniforms(count * width, range), width: width)
    }
}
