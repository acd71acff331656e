import Graphs
import Ops
import Settings
import Tensors

/// The negative evidence lower bound, with a weight on the KL divergence: reconstruction loss + β · KL.
/// - SeeAlso: Kingma & Welling 2013, arXiv:1312.6114; other weights than 1: β-VAE, Higgins et al. 2017.
public struct EvidenceLowerBound: ObjectiveKind {
    package static let name = "elbo"
    package static let summary = "Reconstruction + β · KL divergence: the negative evidence lower bound."

    /// Scores the reconstruction.
    public var likelihood = Likelihood.bernoulli
    /// Sum or mean over latent dimensions.
    public var divergence = Objective.Divergence.sum
    /// Weight of the KL term: 1 for the evidence lower bound.
    public var beta = 1.0
    /// Fraction of the run's steps over which the KL weight grows linearly from 0; 0 for none.
    public var warmUp = 0.0

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.choice("divergence", &divergence)
        // Float32 is what a step multiplies by.
        let most = Double(Float.greatestFiniteMagnitude)
        try visit.number("beta", &beta, 0...most, "zero or a positive number that Float32 holds")
        try visit.number("warm_up", &warmUp, 0...1, "a fraction from 0 to 1")
    }

    package func terms(
        _ model: ObjectiveValues, _ builder: inout GraphBuilder
    ) throws(GraphError) -> [Program.Term] {
        let reconstruction = try model.reconstructionTerm(likelihood, &builder)
        // A point is drawn nowhere.
        guard let logVariance = model.code.logVariance else { return [reconstruction] }
        let kl = try builder.apply(AnyOp(GaussianKL()), [model.code.mean, logVariance], layer: "kl")
        let weight = weight(latent: logVariance.shape.count)
        return [
            reconstruction,
            Program.Term("kl", kl, weight: weight, weighedBy: "beta", warmsUp: true, isNonnegative: true),
        ]
    }

    /// On an image's KL divergence summed over dimensions, after the warm-up.
    private func weight(latent: Int) -> Double { divergence == .mean ? beta / Double(latent) : beta }

    package func words(for architecture: Architecture) -> ObjectiveWords {
        guard architecture.isVariational else {
            return ObjectiveWords(meaning: "a plain autoencoder has no sampling and no kl_loss")
        }
        guard beta > 0 else {
            return ObjectiveWords(
                meaning:
                    "kl_loss is 0, since β = 0: codes are sampled but not drawn towards the prior, and there is no "
                    + "evidence lower bound")
        }
        let number = short(beta)
        let weight = beta == 1 ? "" : "\(number.hasSuffix(".0") ? String(number.dropLast(2)) : number) · "
        let dimensions = "\(architecture.latent) latent dimension\(architecture.latent == 1 ? "" : "s")"
        return ObjectiveWords(
            added: "\(weight)the KL divergence \(divergence == .mean ? "averaged" : "summed") over the \(dimensions)",
            name: "kl_loss", meaning: implied(latent: architecture.latent),
            sentence: "As a negative evidence lower bound this means \(implied(latent: architecture.latent))",
            remark: divergence == .sum
                ? ""
                : "Mean or sum? The evidence lower bound sums KL over latent dimensions. Averaging it, as here, divides its "
                    + "weight by their number, \(architecture.latent): losses of the two kinds cannot be compared.")
    }

    /// β and σ² of the negative evidence lower bound that this is, up to scale.
    ///
    /// "Mean or sum" is what users of every VAE library ask: the tutorial's loss is σ² = ½ with β = 1/d, or, the same
    /// thing scaled, σ² = 1/(2d) with β = 1.
    /// - Parameter latent: Dimensions d of z.
    /// - Returns: Words such as `σ² = 0.1 with β = 0.3333`.
    private func implied(latent: Int) -> String {
        let weight = weight(latent: latent)
        let scale = short(weight)
        if likelihood == .squaredError {
            return "σ² = 0.5 with β = \(scale), or the same scaled: σ² = \(short(weight / 2)) with β = 1"
        }
        if let variance = likelihood.variance { return "σ² = \(short(variance)) with β = \(scale)" }
        if likelihood == .gaussianLearnedVariance { return "σ² learned, β = \(scale)" }
        return "\(likelihood.distribution ?? likelihood.name) pixels, β = \(scale)"
    }

    /// To four decimals, or to four digits where that would leave fewer; whole where a Double has no room for the scale.
    private func short(_ value: Double) -> String {
        guard value == 0 || (1e-290...1e290).contains(value.magnitude) else { return "\(value)" }
        var scale = 10000.0
        while value != 0, value.magnitude * scale < 1000 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}

extension Objective {
    /// How the KL divergence of an image is taken over latent dimensions.
    public enum Divergence: String, Hashable, Sendable, CaseIterable {
        /// Summed: the evidence lower bound's own.
        case sum
        /// Averaged, as the tutorial does: a weight of 1/d beside the sum.
        case mean
    }

    /// The negative evidence lower bound: reconstruction loss + β · KL loss.
    public init(likelihood: Likelihood, divergence: Divergence = .sum, beta: Double = 1, warmUp: Double = 0) {
        var bound = EvidenceLowerBound()
        (bound.likelihood, bound.divergence, bound.beta, bound.warmUp) = (likelihood, divergence, beta, warmUp)
        self.init(bound)
    }

    /// The tutorial's: Σ (x − x̂)² + mean KL.
    public static let tutorial = Objective(likelihood: .squaredError, divergence: .mean)
}
