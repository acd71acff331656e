import Datasets
import Formats
import Graphs
import Ops
import Models
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// Numbers that are not finite stop a training before the step, and are found where they arise.
@Suite struct NumericFaultTests {
    private static let parameters: [String] = {
        let networks = try! SmallTraining.architecture.program(.tutorial)
        return networks.graph.parameterLayout.parameters.map(\.name)
    }()

    private func configuration(_ architecture: Architecture) -> TrainingConfiguration {
        TrainingConfiguration(architecture: architecture, objective: .tutorial, epochs: 1, batchSize: 8, seed: 4)
    }

    private func loop(
        _ architecture: Architecture = SmallTraining.architecture, _ images: ImageDataset = SmallTraining.images(8),
        change: (Checkpoint) throws -> Void
    ) throws -> TrainingLoop {
        let configuration = configuration(architecture)
        let fresh = try TrainingLoop(configuration, images: images, validation: nil, threads: 1).checkpoint
        try change(fresh)
        return try TrainingLoop(configuration, images: images, validation: nil, threads: 1, from: fresh)
    }

    /// The fault of a training's first step; nothing has moved.
    private func fault(_ loop: TrainingLoop) throws -> NumericFault {
        let before = bits(loop.checkpoint.parameters.values)
        let error = #expect(throws: TrainingError.self) {
            _ = try loop.run(shouldStop: { false }, onStep: { _ in }, onEpoch: { _ in })
        }
        #expect(bits(loop.checkpoint.parameters.values) == before)
        #expect(loop.state.step == 0)
        guard case .notFinite(let fault)? = error else { throw try #require(error) }
        return fault
    }

    /// A ReLU makes 0 of −∞, and so hides it from outputs, loss and gradients.
    @Test(arguments: parameters, [Float.nan, .infinity, -.infinity])
    func aWeightThatIsNotFinite(_ name: String, _ value: Float) throws {
        let loop = try loop { checkpoint in
            let parameter = try #require(checkpoint.parameters.layout[name])
            checkpoint.parameters.pointer[parameter.offset + parameter.shape.count - 1] = value
        }
        let fault = try fault(loop)
        #expect(fault.quantity == .weights)
        #expect(name.hasPrefix(fault.layer + "/"))
        #expect(fault.images == [])
        #expect(fault.description == "epoch 1, step 1 (1 of the run): a weight of \(fault.layer) is not finite")
    }

    @Test func aMomentThatIsNotFinite() throws {
        let loop = try loop { $0.adam.v.pointer[3] = .infinity }
        #expect(try fault(loop).layer == "encoder/conv2d")
    }

    /// One image is bright and the others are black: weights that only it meets.
    @Test(arguments: [("encoder/conv2d/kernel", "encoder/conv2d"), ("encoder/conv2d_1/kernel", "encoder/conv2d_1")])
    func anOutputThatOverflowsNamesItsLayerAndImage(_ parameter: String, _ layer: String) throws {
        let images = ImageDataset(
            name: "one", height: 10, width: 9, channels: 2,
            pixels: (0..<8).flatMap { [UInt8](repeating: $0 == 5 ? 255 : 0, count: 180) })
        let loop = try loop(SmallTraining.architecture, images) { checkpoint in
            for name in ["encoder/conv2d/kernel", parameter] {
                let kernel = try #require(checkpoint.parameters.layout[name])
                let value: Float = name == parameter ? 3e38 : 1
                checkpoint.parameters.set(kernel, [Float](repeating: value, count: kernel.shape.count))
            }
        }
        let fault = try fault(loop)
        #expect(fault.quantity == .output)
        #expect(fault.layer == layer)
        #expect(fault.images == [5])
        let batch = try #require(loop.faultyBatch)
        #expect(batch.indices.sorted() == Array(0..<8))
        let place = try #require(batch.indices.firstIndex(of: 5))
        #expect(batch.images.rows(place..<place + 1).values.allSatisfy { $0 == 1 })
    }

    /// Outputs and loss are as they should be; the way back overflows.
    @Test func aGradientWhoseSquareOverflowsNamesItsLayer() throws {
        let architecture = Architecture(
            name: "steep", imageShape: [2, 2, 1], encoder: [.flatten, .dense(2)], latent: 1,
            decoder: [.dense(4), .dense(4), .reshape([2, 2, 1])], isVariational: false)
        let images = ImageDataset(
            name: "grey", height: 2, width: 2, channels: 1, pixels: [UInt8](repeating: 90, count: 32))
        let loop = try loop(architecture, images) { checkpoint in
            for (name, value): (String, Float) in [
                ("decoder/dense/kernel", 1e-25), ("decoder/dense/bias", 1e-25), ("decoder/dense_1/kernel", 1e24),
            ] {
                let parameter = try #require(checkpoint.parameters.layout[name])
                checkpoint.parameters.set(parameter, [Float](repeating: value, count: parameter.shape.count))
            }
        }
        let fault = try fault(loop)
        #expect(fault.quantity == .gradient)
        #expect(fault.layer == "decoder/dense")
        #expect(fault.images.sorted() == Array(0..<8))
    }

    /// The training images are black and harmless, a validation image is not.
    @Test func aValidationThatOverflowsNamesItsImage() throws {
        func set(_ bright: Int?) -> ImageDataset {
            ImageDataset(
                name: "set", height: 10, width: 9, channels: 2,
                pixels: (0..<8).flatMap { [UInt8](repeating: $0 == bright ? 255 : 0, count: 180) })
        }
        let configuration = configuration(SmallTraining.architecture)
        let fresh = try TrainingLoop(configuration, images: set(nil), validation: nil, threads: 1).checkpoint
        let kernel = try #require(fresh.parameters.layout["encoder/conv2d/kernel"])
        fresh.parameters.set(kernel, [Float](repeating: 3e38, count: kernel.shape.count))
        let loop = try TrainingLoop(configuration, images: set(nil), validation: set(6), threads: 1, from: fresh)
        let error = #expect(throws: TrainingError.self) {
            _ = try loop.run(shouldStop: { false }, onStep: { _ in }, onEpoch: { _ in })
        }
        #expect(
            error?.description.hasPrefix(
                "epoch 1, validation: the output of encoder/conv2d is not finite for image 6; stopped") == true)
        #expect(loop.state.epoch == 0 && loop.state.step == 1)
        #expect(loop.faultyBatch?.indices == [6])
    }

    // MARK: Going back

    /// The weights that a whole epoch ended with meet the fault in their next step, whatever the learning rate.
    @Test func goingBackSkipsTheCheckpointThatStandsAtTheFault() throws {
        let training = try SmallTraining()
        let scratch = Scratch()
        let recorder = try RunRecorder.create(scratch.path + "/run", training.configuration, overwrite: false)
        #expect(try recorder.wholeEpoch(before: 3) == nil)
        for epoch in training.epochs.prefix(2) { try recorder.record(epoch.metrics, epoch.checkpoint) }
        let steps = training.epochs.map(\.checkpoint.state.step)
        #expect(try recorder.wholeEpoch(before: steps[1] + 1)?.state.epoch == 2)
        #expect(try recorder.wholeEpoch(before: steps[1])?.state.epoch == 1)
        #expect(try recorder.wholeEpoch(before: steps[0]) == nil)

        var back = training.epochs[0].checkpoint
        back.state.rollbacks = 1
        try recorder.recordRollback(back)
        #expect(try recorder.run.metrics().map(\.epoch) == [1])
        #expect(try recorder.run.checkpoint(.last).state == back.state)
        // The epoch that was given up is nowhere that a later fault would look for it.
        #expect(try recorder.wholeEpoch(before: 99)?.state.epoch == 1)
    }

    @Test func aRollbackHalvesTheLearningRate() throws {
        let images = SmallTraining.images(8)
        var checkpoint = try TrainingLoop(
            configuration(SmallTraining.architecture), images: images, validation: nil, threads: 1
        ).checkpoint
        checkpoint.state.rollbacks = 3
        let loop = try TrainingLoop(
            configuration(SmallTraining.architecture), images: images, validation: nil, threads: 1, from: checkpoint)
        #expect(loop.optimizer.learningRate == 0.001 / 8)
    }
}
