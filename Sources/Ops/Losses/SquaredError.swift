import Graphs
import Settings
import Tensors

/// Σ (x − x̂)² over an image: the tutorial's D · MSE.
///
/// Up to scale a Gaussian with σ² = ½.
public struct SquaredError: LikelihoodOp {
    package static let kind = "squared_error"

    /// It has no settings.
    public init() {}

    package var title: String { "SquaredError" }
    package var summary: String { "The squared error summed over an image." }
    package var isDensity: Bool { false }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64([1], [zip(inputs[0].values, inputs[1].values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }])
    }

    package func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, slopes: Floats?, parameter: Float
    ) -> (loss: Double, parameterSlope: Double) {
        (squaredError(output, target, count, slopes, scale: 2), 0)
    }
}
