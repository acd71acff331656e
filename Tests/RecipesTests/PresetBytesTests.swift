import Datasets
import Graphs
import Models
import Recipes
import Tensors
import TestSupport
import Testing
import Training

/// A training of every preset gives the same bytes whatever the number of threads, and after a kill.
struct PresetBytesTests {
    private static func train(_ name: String, _ shape: Shape, threads: Int) throws -> (losses: [Double], bits: [UInt32])
    {
        let configuration = try #require(try Preset.named(name)?.recipe(imageShape: shape)).training
        let (architecture, likelihood) = (configuration.architecture, configuration.objective.likelihood)
        let parameters = ParameterStore(
            try architecture.program(Objective(likelihood: likelihood)).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: 3))
        let (count, adam) = (11, Adam(parameters.layout))
        let engine = try ModelEngine(
            architecture, likelihood: likelihood, parameters: parameters, trainingBatch: count, threads: threads)
        var random = TestValues(seed: 5)
        let pixels = random.bytes(count * architecture.imageShape.count)
        let losses = (1...2).map { step in
            let terms = engine.gradient(of: pixels, 0..<count, noise: .drawn(seed: 7, epoch: step), klWeight: 1)
            engine.update(adam, step: step, settings: configuration.optimizer)
            return terms.loss
        }
        return (losses, bits(parameters.values))
    }

    static let presets = [
        ("tutorial", [28, 28, 1]), ("keras-example", [28, 28, 1]), ("mlp", [9, 8, 3]), ("iwae", [9, 8, 1]),
        ("conv", [13, 17, 3]), ("resnet", [18, 16, 2]), ("burgess", [64, 64, 1]),
    ]

    @Test func `every preset is tried`() { #expect(Self.presets.map(\.0) == Preset.all.map(\.name)) }

    @Test(arguments: presets)
    func `any number of threads gives the same bytes`(name: String, extents: [Int]) throws {
        let one = try Self.train(name, Shape(extents), threads: 1)
        #expect(one.losses.allSatisfy(\.isFinite) && one.losses[0] != one.losses[1])
        for threads in [2, 3, 7] {
            let other = try Self.train(name, Shape(extents), threads: threads)
            #expect(other.losses == one.losses && other.bits == one.bits, "\(threads) threads")
        }
    }

    /// All that a kill leaves is a checkpoint's bytes; going on from them is another process's, with other threads.
    @Test(arguments: presets)
    func `a training goes on from a step within an epoch to the same bytes`(name: String, extents: [Int]) throws {
        var configuration = try #require(try Preset.named(name)?.recipe(imageShape: Shape(extents))).training
        (configuration.epochs, configuration.batchSize) = (2, 4)
        var random = TestValues(seed: 5)
        let images = ImageDataset(
            name: "noise", height: extents[0], width: extents[1], channels: extents[2],
            pixels: random.bytes(11 * extents.reduce(1, *)))
        func train(_ threads: Int, from checkpoint: Checkpoint? = nil, stops step: Int? = nil) throws -> [UInt8] {
            let loop = try TrainingLoop(
                configuration, images: images, validation: nil, threads: threads, from: checkpoint)
            let isDone = try loop.run(
                shouldStop: { loop.state.step == step }, onStep: { _ in }, onEpoch: { _ in })
            #expect(isDone == (step == nil))
            return try loop.checkpoint.serialized()
        }
        let whole = try train(2)
        let left = try Checkpoint(parsing: try train(1, stops: 4), source: "what a kill left")
        #expect(left.state.stepInEpoch == 1)
        #expect(try train(3, from: left) == whole)
    }
}
