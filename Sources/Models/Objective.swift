/// How an image's reconstruction is scored: −log p(x|z), or the tutorial's squared error.
public enum Likelihood: Hashable, Sendable {
    /// Σ (x − x̂)² over pixels: the tutorial's D · MSE. Up to scale a Gaussian with σ² = ½.
    case squaredError
    /// A Gaussian with a fixed variance: SSE / (2σ²) + D/2 · log(2πσ²), in nats.
    case gaussian(variance: Double)
    /// A Gaussian whose one variance is learned with the weights (log σ² is a parameter; Rybkin et al. 2021,
    /// arXiv:2006.13202), in nats.
    case gaussianLearnedVariance
    /// A Bernoulli a pixel, on logits, in nats; the decoder's last layer must be linear.
    case bernoulli

    /// As the command line and run folders name it.
    public var name: String {
        switch self {
        case .squaredError: "squared-error"
        case .gaussian: "gaussian"
        case .gaussianLearnedVariance: "gaussian-learned"
        case .bernoulli: "bernoulli"
        }
    }
}

/// What training minimises: reconstruction loss + KL loss, each averaged over images.
public struct Objective: Hashable, Sendable {
    /// How the KL divergence of an image is taken over latent dimensions.
    public enum Divergence: String, Hashable, Sendable, CaseIterable {
        /// Summed: the evidence lower bound's own.
        case sum
        /// Averaged, as the tutorial does: a weight of 1/d beside the sum.
        case mean
    }

    /// Scores the reconstruction.
    public var likelihood: Likelihood
    /// Sum or mean over latent dimensions.
    public var divergence: Divergence
    /// Weight of the KL term: 1 for the evidence lower bound.
    ///
    /// Other weights: β-VAE (Higgins et al. 2017).
    public var beta: Double
    /// Fraction of the run's steps over which the KL weight grows linearly from 0; 0 for none.
    public var warmUp: Double

    /// An objective from its parts.
    public init(likelihood: Likelihood, divergence: Divergence = .sum, beta: Double = 1, warmUp: Double = 0) {
        self.likelihood = likelihood
        self.divergence = divergence
        self.beta = beta
        self.warmUp = warmUp
    }

    /// The tutorial's: Σ (x − x̂)² + mean KL.
    public static let tutorial = Objective(likelihood: .squaredError, divergence: .mean)

    /// The weight on an image's KL divergence summed over dimensions, after the warm-up.
    package func klWeight(latent: Int) -> Double {
        divergence == .mean ? beta / Double(latent) : beta
    }

    /// The part of the KL weight that holds at a step: 1 once the warm-up is over.
    /// - Parameters:
    ///   - step: Steps done before this one.
    ///   - total: Steps of the whole run.
    package func warmUpFactor(step: Int, of total: Int) -> Double {
        let steps = warmUp * Double(total)
        return steps <= 0 ? 1 : min(1, Double(step) / steps)
    }

    /// β and σ² of the negative evidence lower bound that this objective is, up to scale.
    ///
    /// "Mean or sum" is what users of every VAE library ask: the tutorial's loss is σ² = ½ with β = 1/d, or, the same
    /// thing scaled, σ² = 1/(2d) with β = 1.
    /// - Parameter latent: Dimensions d of z.
    /// - Returns: Words such as `σ² = 0.1 with β = 0.3333`; with β = 0, which makes no such bound, words that say so.
    public func implied(latent: Int) -> String {
        let weight = klWeight(latent: latent)
        if weight == 0 { return "no evidence lower bound, since β = 0: codes are not drawn towards the prior" }
        switch likelihood {
        case .squaredError:
            return "σ² = 0.5 with β = \(short(weight)), or the same scaled: σ² = \(short(weight / 2)) with β = 1"
        case .gaussian(let variance):
            return "σ² = \(short(variance)) with β = \(short(weight))"
        case .gaussianLearnedVariance:
            return "σ² learned, β = \(short(weight))"
        case .bernoulli:
            return "Bernoulli pixels, β = \(short(weight))"
        }
    }

    /// To four decimals, or to four digits where that would leave fewer; whole where a Double has no room for the scale.
    private func short(_ value: Double) -> String {
        guard value == 0 || (1e-290...1e290).contains(value.magnitude) else { return "\(value)" }
        var scale = 10000.0
        while value != 0, value.magnitude * scale < 1000 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
