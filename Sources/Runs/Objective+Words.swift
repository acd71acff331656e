import Figures
import Models

extension Objective {
    /// The loss of an architecture as a formula, for people: its two terms, and the bound that they make.
    package func formula(for architecture: Architecture) -> String {
        let pixels = grouped(architecture.imageShape.count)
        let reconstruction =
            switch likelihood {
            case .squaredError: "squared error over \(pixels) pixels"
            case .gaussian, .gaussianLearnedVariance: "−log p(x|z), Gaussian on \(pixels) pixels"
            case .bernoulli: "−log p(x|z), Bernoulli on \(pixels) pixels"
            }
        guard architecture.isVariational, beta > 0 else {
            return "loss = \(reconstruction); \(withoutDivergence(architecture))"
        }
        return "loss = \(reconstruction) + \(divergenceWords(architecture))\(warmUpWords); "
            + implied(latent: architecture.latent)
    }

    /// The loss of an architecture in a sentence or two, for people.
    public func words(for architecture: Architecture) -> String {
        let pixels = grouped(architecture.imageShape.count)
        let reconstruction =
            switch likelihood {
            case .squaredError:
                "reconstruction_loss is the squared error summed over an image's \(pixels) pixels"
            case .gaussian(let variance):
                "reconstruction_loss is −log p(x|z) in nats, a Gaussian of σ² = \(NumberText.brief(variance)) "
                    + "on each of \(pixels) pixels"
            case .gaussianLearnedVariance:
                "reconstruction_loss is −log p(x|z) in nats, a Gaussian of one learned σ² on each of \(pixels) pixels"
            case .bernoulli:
                "reconstruction_loss is −log p(x|z) in nats, a Bernoulli on each of \(pixels) pixels"
            }
        guard architecture.isVariational, beta > 0 else {
            return "\(reconstruction); \(withoutDivergence(architecture))."
        }
        let warm = warmUp > 0 ? " Its weight grows from zero over the first \(warmUpShare) of the steps." : ""
        return "\(reconstruction); kl_loss is \(divergenceWords(architecture)).\(warm) As a negative evidence lower "
            + "bound this means \(implied(latent: architecture.latent))."
    }

    private func divergenceWords(_ architecture: Architecture) -> String {
        let weight = beta == 1 ? "" : "\(NumberText.brief(beta)) · "
        return "\(weight)the KL divergence \(divergence == .mean ? "averaged" : "summed") over the "
            + "\(architecture.latent) latent dimension\(architecture.latent == 1 ? "" : "s")"
    }

    /// Why nothing is added to the reconstruction loss.
    private func withoutDivergence(_ architecture: Architecture) -> String {
        architecture.isVariational
            ? "kl_loss is 0, since β = 0: codes are sampled but not drawn towards the prior, and there is no evidence "
                + "lower bound" : "a plain autoencoder has no sampling and no kl_loss"
    }

    private var warmUpWords: String { warmUp > 0 ? ", from zero over the first \(warmUpShare) of the steps" : "" }
    private var warmUpShare: String { "\(NumberText.brief(warmUp * 100))%" }
}
