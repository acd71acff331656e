import Graphs
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// What a dropout drops while training.
struct DropoutTests {
    /// A model that hands its input on through two dropouts.
    private static let architecture = Architecture(
        name: "dropping", imageShape: [4, 4, 1],
        encoder: [.flatten, .dropout(0.25), .dense(8), .dropout(0.5)], latent: 2,
        decoder: [.dense(16), .dropout(0.1), .reshape([4, 4, 1])])

    private func engine(threads: Int = 1) throws -> ModelEngine {
        let parameters = ParameterStore(
            try Self.architecture.program(Objective(likelihood: .squaredError)).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: 1))
        return try ModelEngine(
            Self.architecture, likelihood: .squaredError, parameters: parameters, trainingBatch: 32, threads: threads)
    }

    private let pixels = (0..<32 * 16).map { UInt8(truncatingIfNeeded: 60 + $0 &* 37 % 190) }

    private func gradient(_ engine: ModelEngine, _ images: Range<Int>, epoch: Int) -> [Float] {
        _ = engine.gradient(of: pixels, images, noise: .drawn(seed: 3, epoch: epoch), klWeight: 0)
        return engine.gradientValues
    }

    @Test func `masks are of an epoch and an image, not of a batch or a thread`() throws {
        let one = try engine()
        let whole = gradient(one, 0..<32, epoch: 1)
        #expect(bits(gradient(try engine(threads: 3), 0..<32, epoch: 1)) == bits(whole))
        #expect(gradient(one, 0..<32, epoch: 2) != whole)
        let parts = [gradient(one, 0..<16, epoch: 1), gradient(one, 16..<32, epoch: 1)]
        #expect(relativeError(zip(parts[0], parts[1]).map { ($0 + $1) / 2 }, whole) < 1e-6)
    }

    @Test func `outside a training nothing is dropped`() throws {
        let engine = try engine()
        let first = engine.evaluate(pixels, 0..<32, noise: .none, klWeight: 0)
        #expect(engine.evaluate(pixels, 0..<32, noise: .none, klWeight: 0) == first)
        let step = engine.gradient(of: pixels, 0..<32, noise: .none, klWeight: 0)
        #expect(relativeError([Float(step.loss)], [Float(first.loss)]) < 1e-6)
    }

    /// The gradient of the first dense layer's kernel is zero in the rows that its input's dropout dropped, and only there.
    @Test func `the gradient meets the mask of the forward pass`() throws {
        let engine = try engine()
        _ = gradient(engine, 5..<6, epoch: 4)
        let kernel = engine.gradient(engine.parameters.layout["encoder/dense/kernel"]!)
        var kept = [Float](repeating: 0, count: 16)
        let ones = [Float](repeating: 1, count: 16)
        kept.withUnsafeMutableBufferPointer { kept in
            RandomSource(seed: 3).dropout(
                into: kept.baseAddress!, from: ones, count: 16, rate: 0.25, epoch: 4, index: 5, sample: 0, adding: false
            )
        }
        #expect(kept.contains(0) && kept.contains { $0 != 0 })
        for row in 0..<16 {
            #expect((kept[row] == 0) == kernel[row * 8..<(row + 1) * 8].allSatisfy { $0 == 0 }, "row \(row)")
        }
    }
}
