import Graphs
import Ops
import Models
import Tensors

/// What the noise of a step is, as a plain value.
package enum TestNoise: Sendable {
    case none
    case given([Float])
    case drawn(seed: UInt64, epoch: Int)

    fileprivate func use<Result>(_ body: (Noise) -> Result) -> Result {
        switch self {
        case .none: body(.none)
        case .given(let values): values.withUnsafeBufferPointer { body(.given($0.baseAddress!)) }
        case .drawn(let seed, let epoch):
            body(.drawn(RandomSource(seed: seed), .trainingNoise, epoch: epoch, sample: 0))
        }
    }
}

/// For an engine whose objective is an evidence lower bound with β = 1: `klWeight` stands in its place.
extension ModelEngine {
    /// An engine for the evidence lower bound.
    package convenience init(
        _ architecture: Architecture, likelihood: Likelihood, parameters: ParameterStore, trainingBatch batch: Int?,
        threads: Int, fuses: Bool = true, precision: Precision = .f32
    ) throws(GraphError) {
        try self.init(
            architecture, Objective(likelihood: likelihood), parameters: parameters, trainingBatch: batch,
            threads: threads, fuses: fuses, precision: precision)
    }

    private func use<Result>(
        _ pixels: [UInt8], _ indices: some Sequence<Int>, _ noise: TestNoise, _ body: (ImageBatch, Noise) -> Result
    ) -> Result {
        pixels.withUnsafeBufferPointer { pixels in
            Array(indices).withUnsafeBufferPointer { indices in
                noise.use { body(ImageBatch(pixels: pixels.baseAddress!, indices: indices), $0) }
            }
        }
    }

    package func gradient(
        of pixels: [UInt8], _ indices: some Sequence<Int>, noise: TestNoise, klWeight: Double
    ) -> LossTerms {
        use(pixels, indices, noise) { gradient($0, noise: $1, warmUp: klWeight) }
    }

    package func evaluate(
        _ pixels: [UInt8], _ indices: some Sequence<Int>, noise: TestNoise, klWeight: Double
    ) -> LossTerms {
        use(pixels, indices, noise) { evaluate($0, noise: $1, warmUp: klWeight) }
    }

    package func activations(_ pixels: [UInt8], _ indices: some Sequence<Int>, noise: TestNoise) -> [String: Tensor] {
        use(pixels, indices, noise) { activations($0, noise: $1) }
    }

    /// The last gradient's part that belongs to one parameter.
    package func gradient(_ parameter: Parameter) -> [Float] {
        Array(UnsafeBufferPointer(start: gradient + parameter.offset, count: parameter.shape.count))
    }

    /// The whole last gradient.
    package var gradientValues: [Float] {
        Array(UnsafeBufferPointer(start: gradient, count: parameters.layout.count))
    }
}

extension Objective {
    /// The weight on an image's KL divergence summed over dimensions.
    package func klWeight(latent: Int) throws -> Double {
        var architecture = Architecture.tutorial
        architecture.latent = latent
        return try architecture.program(self).terms.first { $0.name == "kl" }?.weight ?? 0
    }
}

extension ParameterStore {
    /// All values in the layout's order.
    package var values: [Float] { buffer.copyValues(0..<layout.count) }
}
