import Foundation
import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing

/// The same bytes whatever the number of threads, and on every instruction set with fused multiply-add.
struct RepeatabilityTests {
    /// What some training leaves behind, to the bit.
    struct Trace: Equatable, Codable {
        var losses: [Double] = []
        var gradients: [[UInt32]] = []
        var parameters: [UInt32] = []
    }

    /// Adam steps on batches of 64 and then a short one, as an epoch ends.
    private static func train(
        _ architecture: Architecture, threads: Int, steps: Int = 3, precision: Precision = .f32
    ) throws -> Trace {
        let size = architecture.imageShape.count
        var random = TestValues(seed: 4)
        let pixels = random.bytes(101 * size).map { $0 < 128 ? 0 : $0 }
        let parameters = ParameterStore(
            try architecture.program(Objective(likelihood: .squaredError)).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: 6))
        let engine = try ModelEngine(
            architecture, likelihood: .squaredError, parameters: parameters, trainingBatch: 64, threads: threads,
            precision: precision)
        let adam = Adam(parameters.layout)
        var trace = Trace()
        for step in 1...steps {
            let images = step == steps ? 64..<101 : 0..<64
            let terms = engine.gradient(of: pixels, images, noise: .drawn(seed: 9, epoch: step), klWeight: 0.5)
            trace.losses.append(terms.loss)
            trace.gradients.append(bits(engine.gradientValues))
            engine.update(adam, step: step, settings: AdamSettings())
        }
        trace.parameters = bits(parameters.values)
        return trace
    }

    static let architectures = [Architecture.tutorial, SmallModel.architecture(.relu)]

    @Test(arguments: architectures)
    func `any number of threads gives the same bytes`(architecture: Architecture) throws {
        let one = try Self.train(architecture, threads: 1)
        #expect(one.gradients.allSatisfy { $0.contains { $0 != 0 } })
        for threads in [2, 3, 7] {
            #expect(try Self.train(architecture, threads: threads) == one, "\(threads) threads")
        }
    }

    /// A single image's layers are cut into parts, one a thread: several bands, scatter passes and products, and one.
    @Test(arguments: [(28, 64), (48, 24), (36, 16)], Precision.allCases)
    func `any number of threads gives one image's bytes`(size: (side: Int, channels: Int), precision: Precision) throws
    {
        if precision == .bf16, BFloat16Kernels.shared == nil { return }
        let (side, channels) = size
        let architecture = Architecture.tutorial(latent: 3, side: side, channels: channels)
        let parameters = ParameterStore(
            try architecture.program(Objective(likelihood: .squaredError)).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: 6))
        var random = TestValues(seed: 4)
        for parameter in parameters.layout.parameters where parameter.initializer == .zeros {
            parameters.set(parameter, random.uniforms(parameter.shape.count).map { $0 * 0.1 })
        }
        let count = 3
        let images = random.uniforms(count * side * side)
        func run(threads: Int, together: Int) throws -> [UInt32] {
            let engine = try ModelEngine(
                architecture, likelihood: .squaredError, parameters: parameters, trainingBatch: nil, threads: threads,
                precision: precision)
            let (mean, logVariance) = (AlignedBuffer(count: count * 3), AlignedBuffer(count: count * 3))
            let decoded = AlignedBuffer(count: images.count)
            for first in stride(from: 0, to: count, by: together) {
                images.withUnsafeBufferPointer { images in
                    engine.encode(
                        images.baseAddress! + first * side * side, count: together, mean: mean.pointer + first * 3,
                        logVariance: logVariance.pointer + first * 3)
                }
                engine.decode(
                    mean.pointer + first * 3, count: together, images: decoded.pointer + first * side * side)
            }
            return [mean, logVariance, decoded].flatMap { bits($0.copyValues(0..<$0.count)) }
        }
        let one = try run(threads: 1, together: count)
        #expect(Set(one).count > images.count / 4)
        for threads in [2, 3, 7, 40] {
            #expect(try run(threads: threads, together: 1) == one, "\(threads) threads")
        }
    }

    @Test(.enabled(if: BFloat16Kernels.shared != nil))
    func `bfloat16 gives the same bytes on any number of threads, near those of Float32`() throws {
        let one = try Self.train(.tutorial, threads: 1, precision: .bf16)
        for threads in [2, 3] {
            #expect(try Self.train(.tutorial, threads: threads, precision: .bf16) == one, "\(threads) threads")
        }
        let plain = try Self.train(.tutorial, threads: 2)
        #expect(abs(one.losses[0] / plain.losses[0] - 1) <= 0x1p-8)
        let gradients = [one, plain].map { $0.gradients[0].map(Float.init(bitPattern:)) }
        // A layer rounds its inputs by 2⁻⁹ at the most, and ten layers lie one behind the other, forward and backward.
        #expect(relativeError(gradients[0], gradients[1]) <= 20 * 0x1p-9)
        #expect(relativeError(gradients[0], gradients[1]) >= 0x1p-16)
    }

    @Test func `the same engine gives the same bytes again`() throws {
        let engine = try SmallModel.engine(SmallModel.architecture(.relu), .bernoulli, batch: 64, threads: 3)
        let pixels = SmallModel.pixels(64)
        func gradient(_ images: some Sequence<Int>) -> [UInt32] {
            _ = engine.gradient(of: pixels, images, noise: .drawn(seed: 1, epoch: 0), klWeight: 1)
            return bits(engine.gradientValues)
        }
        let (whole, short) = (gradient(0..<64), gradient(0..<37))
        #expect(gradient(0..<64) == whole)
        // Lanes that a short batch leaves alone hold the long one's gradients: they must not be added.
        #expect(gradient(0..<37) == short)
        #expect(whole != short)
    }

    /// An image's noise hangs on its name, not on where it stands in the batch.
    @Test func `an image's loss does not depend on its company`() throws {
        let engine = try SmallModel.engine(SmallModel.architecture(.relu), .squaredError, batch: 1, threads: 2)
        let pixels = SmallModel.pixels(20)
        func loss(_ images: [Int]) -> LossTerms {
            engine.evaluate(pixels, images, noise: .drawn(seed: 1, epoch: 2), klWeight: 1)
        }
        let alone = (0..<20).map { loss([$0]).loss }
        let together = loss([7, 3, 19, 0, 4, 11, 12, 13, 2, 7, 7]).loss
        let expected = [7, 3, 19, 0, 4, 11, 12, 13, 2, 7, 7].reduce(0) { $0 + alone[$1] } / 11
        #expect(abs(together / expected - 1) < 1e-14)
    }

    static var available: [InstructionSet] { InstructionSet.allCases.filter { Kernels($0) != nil } }

    /// Blocks are chosen once a process: each set trains in a child of its own, which writes its trace to a file.
    @Test(arguments: available)
    func `an instruction set gives the same bytes`(set: InstructionSet) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "trace-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        await #expect(processExitsWith: .success) { [name = set.rawValue as String, path = path as String] in
            setenv("VAE_ISA", name, 1)
            #expect(Kernels.shared.instructionSet.rawValue == name)
            let trace = try RepeatabilityTests.train(.tutorial, threads: 2)
            try JSONEncoder().encode(trace).write(to: URL(filePath: path))
        }
        let trace = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: URL(filePath: path)))
        let ours = try Self.train(.tutorial, threads: 2)
        if (set == .baseline) == (Kernels.shared.instructionSet == .baseline) {
            #expect(trace == ours)
        } else {
            // Without fused multiply-add the product is rounded too: the first step is as close as that.
            #expect(abs(trace.losses[0] / ours.losses[0] - 1) <= 1e-6)
            let gradients = [trace, ours].map { $0.gradients[0].map(Float.init(bitPattern:)) }
            #expect(relativeError(gradients[0], gradients[1]) <= 1e-5)
        }
    }
}
