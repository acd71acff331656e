import Foundation
import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing

/// What a user does with a model: encode, decode, reconstruct, sample.
struct ModelTests {
    private func model(_ likelihood: Likelihood = .squaredError, isVariational: Bool = true, threads: Int = 2) throws
        -> VariationalAutoencoder
    {
        let architecture = SmallModel.architecture(.relu, isVariational: isVariational)
        return try VariationalAutoencoder(architecture, likelihood: likelihood, seed: 1, threads: threads)
    }

    private func images(_ count: Int) -> Tensor {
        Tensor([count, 10, 9, 2], SmallModel.pixels(count).map { Float($0) / 255 })
    }

    /// Row by row through a batch of any size the same bits come out: micro-batches leave no trace.
    @Test(arguments: [0, 1, 7, 8, 9, 33])
    func `a batch gives what its images give one by one`(count: Int) throws {
        let (model, images) = (try model(), images(count))
        let codes = model.encode(images)
        #expect(codes.mean.shape == [count, 3])
        let decoded = model.decode(codes.mean)
        #expect(decoded.shape == images.shape)
        for image in 0..<count {
            let one = model.encode(images.rows(image..<image + 1))
            #expect(one.mean == codes.mean.rows(image..<image + 1))
            #expect(one.logVariance == codes.logVariance?.rows(image..<image + 1))
            #expect(model.decode(one.mean) == decoded.rows(image..<image + 1))
        }
        #expect(model.reconstruct(images) == decoded)
    }

    @Test func `a seed names samples and reconstructions`() throws {
        let (model, images) = (try model(), images(5))
        #expect(model.sample(5, seed: 1) == model.sample(5, seed: 1))
        #expect(model.sample(5, seed: 1) != model.sample(5, seed: 2))
        // The first of many is the first of few.
        #expect(model.sample(9, seed: 1).rows(0..<5) == model.sample(5, seed: 1))
        #expect(model.reconstruct(images, seed: 3) == model.reconstruct(images, seed: 3))
        #expect(model.reconstruct(images, seed: 3) != model.reconstruct(images))
        let origin = model.decode(Tensor([1, 3]))
        #expect(model.sample(1, seed: 1) != origin)
    }

    @Test func `a plain autoencoder's code is a point`() throws {
        let (model, images) = (try model(isVariational: false), images(3))
        let code = model.encode(images)
        #expect(code.logVariance == nil)
        #expect(code.divergence() == Tensor([3]))
        #expect(code.sample(seed: 4) == code.mean)
        #expect(model.reconstruct(images, seed: 4) == model.reconstruct(images))
        #expect(!model.parameterList.contains { $0.name.hasPrefix("log_variance") })
    }

    @Test func `Bernoulli pixels are probabilities`() throws {
        let decoded = try model(.bernoulli).decode(Tensor([2, 3], [9, -9, 9, 0, 0, 0]))
        let logits = try model(.squaredError).decode(Tensor([2, 3], [9, -9, 9, 0, 0, 0]))
        let expected = logits.values.map { Float(1 / (1 + Foundation.exp(-Double($0)))) }
        #expect(relativeError(decoded.values, expected) <= 1e-6)
    }

    @Test func `parameters are named and complete`() throws {
        let model = try VariationalAutoencoder(threads: 1)
        #expect(model.parameterCount == 170_229)
        #expect(model.parameter("encoder/conv2d/kernel")?.shape == [5, 5, 1, 64])
        #expect(model.parameter("decoder/conv2d_transpose_3/kernel")?.shape == [5, 5, 1, 64])
        #expect(model.parameter("nothing") == nil)
        #expect(model.parameterList.reduce(0) { $0 + $1.shape.count } == 170_229)
        let learned = try self.model(.gaussianLearnedVariance)
        #expect(learned.parameterList.last?.name == "likelihood/log_variance")
    }

    @Test func `an architecture whose images differ is refused`() throws {
        var architecture = Architecture.tutorial
        architecture.decoder.removeLast()
        let error = #expect(throws: GraphError.self) { try VariationalAutoencoder(architecture) }
        #expect(
            error?.description == "decoder: its output [24, 24, 64] is not the image's shape [28, 28, 1]")
    }

    /// A NaN anywhere must reach the loss: pools and ReLUs that swallow it would hide a broken run.
    @Test(arguments: ["encoder/conv2d/kernel", "encoder/conv2d_1/bias", "mean/dense/bias", "decoder/dense/kernel"])
    func `a NaN weight makes the loss NaN`(name: String) throws {
        let engine = try SmallModel.engine(SmallModel.architecture(.relu), .squaredError, batch: 4)
        let parameter = try #require(engine.parameters.layout[name])
        engine.parameters.pointer[parameter.offset] = .nan
        engine.engine.refresh()
        let terms = engine.gradient(of: SmallModel.pixels(4), 0..<4, noise: .none, klWeight: 1)
        #expect(terms.loss.isNaN)
    }

    @Test func `the work of a step is known`() throws {
        // 35.9 useful MFLOP an image, 12.6 of them forward.
        let plan = try ModelPlan(.tutorial, .tutorial, trains: true).plan
        #expect(plan.options.microBatch == 8)
        #expect(abs(Double(plan.trainingOperations) / 1e6 - 35.9) < 0.05)
        #expect(abs(Double(plan.steps.reduce(0) { $0 + $1.work.forward }) / 1e6 - 12.6) < 0.05)
    }
}
