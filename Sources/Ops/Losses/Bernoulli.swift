import Graphs
import Settings
import Tensors

/// −log of a Bernoulli on each pixel, in nats, by the decoder's logits.
///
/// Pixels between 0 and 1 are taken as probabilities: the cross-entropy.
public struct Bernoulli: LikelihoodOp {
    package static let kind = "bernoulli"

    /// It has no settings.
    public init() {}

    package var title: String { "Bernoulli" }
    package var summary: String { "The negative logarithm of a Bernoulli on each pixel, by its logit." }
    package var isDensity: Bool { true }
    package var takesLogits: Bool { true }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64(
            [1],
            [
                zip(inputs[0].values, inputs[1].values).reduce(0) { sum, pixel in
                    let (logit, x) = pixel
                    let softplus =
                        max(logit, 0) + DefinitionMath.logarithm1Plus(DefinitionMath.exponential(-abs(logit)))
                    return sum + softplus - x * logit
                }
            ])
    }

    package func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, slopes: Floats?, parameter: Float
    ) -> (loss: Double, parameterSlope: Double) {
        (Double(Kernels.shared.bernoulli(gradient: slopes, logits: output, target: target, count: count, scale: 1)), 0)
    }
}
