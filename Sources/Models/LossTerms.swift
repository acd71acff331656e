import Tensors

/// The two terms of a loss, averaged over images; `loss = reconstruction_loss + kl_loss` always holds.
public struct LossTerms: Hashable, Sendable {
    /// The likelihood's term.
    public var reconstruction: Double
    /// The KL term as weighted in the objective.
    public var kl: Double
    /// The KL divergence summed over dimensions, unweighted, in nats.
    public var klNats: Double
    /// Images averaged over.
    public var images: Int

    /// The sum of the two terms.
    public var loss: Double { reconstruction + kl }

    /// Terms of no image.
    public init() {
        self.init(reconstruction: 0, kl: 0, klNats: 0, images: 0)
    }

    /// Terms from their values.
    public init(reconstruction: Double, kl: Double, klNats: Double, images: Int) {
        self.reconstruction = reconstruction
        self.kl = kl
        self.klNats = klNats
        self.images = images
    }
}

/// A running mean of loss terms, weighted by images: the last batch is short.
package struct LossSum: Hashable, Sendable {
    package var reconstruction = 0.0
    package var kl = 0.0
    package var klNats = 0.0
    package var images = 0

    package init() {}

    package mutating func add(_ terms: LossTerms) {
        let weight = Double(terms.images)
        reconstruction += terms.reconstruction * weight
        kl += terms.kl * weight
        klNats += terms.klNats * weight
        images += terms.images
    }

    package var mean: LossTerms {
        let weight = Double(max(images, 1))
        return LossTerms(
            reconstruction: reconstruction / weight, kl: kl / weight, klNats: klNats / weight, images: images)
    }
}

extension Likelihood {
    /// One image's reconstruction loss, and where asked for its gradient times `scale`.
    /// - Parameters:
    ///   - output: The decoder's output; logits for a Bernoulli.
    ///   - logVariance: The learned log σ², where there is one.
    /// - Returns: The loss, and its derivative by the learned log σ².
    package func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, logVariance: Float, gradient: Floats?,
        scale: Double
    ) -> (loss: Double, logVarianceSlope: Double) {
        let kernels = Kernels.shared
        func squaredError(_ factor: Double) -> Double {
            Double(
                kernels.squaredError(
                    gradient: gradient, output, target: target, count: count, scale: Float(scale * factor)))
        }
        let pixels = Double(count)
        switch self {
        case .squaredError:
            return (squaredError(2), 0)
        case .gaussian(let variance):
            let constant = pixels / 2 * logarithm(2 * .pi * variance)
            return (squaredError(1 / variance) / (2 * variance) + constant, 0)
        case .gaussianLearnedVariance:
            let precision = Double(exponential(-logVariance))
            let error = squaredError(precision) * precision
            let constant = pixels / 2 * (logarithm(2 * .pi) + Double(logVariance))
            return (error / 2 + constant, (pixels - error) / 2)
        case .bernoulli:
            return (
                Double(
                    kernels.bernoulli(
                        gradient: gradient, logits: output, target: target, count: count, scale: Float(scale))), 0
            )
        }
    }

    private func exponential(_ x: Float) -> Float {
        var (x, y) = (x, Float(0))
        Kernels.shared.exponential(into: &y, &x, count: 1)
        return y
    }

    private func logarithm(_ x: Double) -> Double {
        var (x, y) = (Float(x), Float(0))
        Kernels.shared.logarithm(into: &y, &x, count: 1)
        return Double(y)
    }
}
