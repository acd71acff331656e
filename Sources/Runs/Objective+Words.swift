import Figures
import Models

extension Objective {
    /// The loss of an architecture as a formula and in a sentence or two, for people.
    public func words(for architecture: Architecture) -> String {
        let pixels = grouped(architecture.imageShape.count)
        let reconstruction =
            switch likelihood {
            case .squaredError:
                "reconstruction_loss is the squared error summed over an image's \(pixels) pixels"
            case .gaussian(let variance):
                "reconstruction_loss is −log p(x|z) in nats, a Gaussian of σ² = \(NumberText.short(variance, places: 6)) "
                    + "on each of \(pixels) pixels"
            case .gaussianLearnedVariance:
                "reconstruction_loss is −log p(x|z) in nats, a Gaussian of one learned σ² on each of \(pixels) pixels"
            case .bernoulli:
                "reconstruction_loss is −log p(x|z) in nats, a Bernoulli on each of \(pixels) pixels"
            }
        guard architecture.isVariational else {
            return "\(reconstruction); a plain autoencoder has no sampling and no kl_loss."
        }
        let weight = beta == 1 ? "" : "\(NumberText.short(beta, places: 6)) · "
        let over = "\(architecture.latent) latent dimension\(architecture.latent == 1 ? "" : "s")"
        let kl =
            divergence == .mean
            ? "kl_loss is \(weight)the KL divergence averaged over the \(over)"
            : "kl_loss is \(weight)the KL divergence summed over the \(over)"
        let warm =
            warmUp > 0
            ? " Its weight grows from zero over the first \(NumberText.short(warmUp * 100))% of the steps." : ""
        return "\(reconstruction); \(kl).\(warm) As a negative evidence lower bound this means "
            + "\(implied(latent: architecture.latent))."
    }
}
