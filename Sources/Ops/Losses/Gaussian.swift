import Graphs
import Settings
import Tensors

/// −log of a Gaussian with one fixed variance on each pixel, in nats: SSE / (2σ²) + D/2 · log(2πσ²).
public struct Gaussian: LikelihoodOp {
    package static let kind = "gaussian"
    /// σ², above 0.
    public var variance: Double

    /// A Gaussian of a variance.
    public init(variance: Double = 1) { self.variance = variance }

    package var title: String { "Gaussian" }
    package var summary: String { "The negative logarithm of a Gaussian of one fixed variance on each pixel." }
    package var isDensity: Bool { true }
    package var isNonnegative: Bool { false }
    package var cases: [OpCase] {
        [OpCase(Gaussian(), [3, 5, 2], [3, 5, 2]), OpCase(Gaussian(variance: 0.1), [37], [37])]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.number("variance", &variance, 1e-30...1e30, "a number from 1e-30 to 1e+30")
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let error = SquaredError().define(inputs, []).values[0]
        let constant = Double(inputs[0].shape.count) / 2 * DefinitionMath.logarithm(2 * .pi * variance)
        return Array64([1], [error / (2 * variance) + constant])
    }

    package func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, slopes: Floats?, parameter: Float
    ) -> (loss: Double, parameterSlope: Double) {
        let error = squaredError(output, target, count, slopes, scale: 1 / variance)
        return (error / (2 * variance) + Double(count) / 2 * Kernels.shared.logarithm(2 * .pi * variance), 0)
    }
}

/// −log of a Gaussian on each pixel, in nats, whose one variance is learned with the weights: log σ² is a parameter.
/// - SeeAlso: Rybkin et al. 2021, "Simple and effective VAE training with calibrated decoders", arXiv:2006.13202.
public struct LearnedGaussian: LikelihoodOp {
    package static let kind = "gaussian_learned"

    /// It has no settings.
    public init() {}

    package var title: String { "Gaussian of one learned σ²" }
    package var summary: String { "The negative logarithm of a Gaussian on each pixel whose one variance is learned." }
    package var isDensity: Bool { true }
    package var isNonnegative: Bool { false }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        [ParameterDeclaration("log_variance", [1], .zeros)]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Gaussian(variance: DefinitionMath.exponential(parameters[0].values[0])).define(inputs, [])
    }

    package func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, slopes: Floats?, parameter: Float
    ) -> (loss: Double, parameterSlope: Double) {
        let precision = Kernels.shared.exponential(-parameter)
        let (pixels, error) = (Double(count), squaredError(output, target, count, slopes, scale: precision) * precision)
        let constant = pixels / 2 * (Kernels.shared.logarithm(2 * .pi) + Double(parameter))
        return (error / 2 + constant, (pixels - error) / 2)
    }
}
