import ArgumentParser
import VAE

/// Options that choose the model.
///
/// What is left out stays as the preset, or the resumed run, has it.
struct ModelOptions: ParsableArguments {
    enum Preset: String, ExpressibleByArgument, CaseIterable {
        case tutorial
    }

    enum LikelihoodName: String, ExpressibleByArgument, CaseIterable {
        case squaredError = "squared-error"
        case gaussian
        case gaussianLearned = "gaussian-learned"
        case bernoulli
    }

    @Option(help: "Where all settings start from: 'tutorial', the convolutional model for MNIST.")
    var preset: Preset?

    @Option(
        parsing: .unconditional, help: "Dimensions of the code z; the tutorial has 2.",
        transform: Number.whole(1...4096))
    var latent: Int?

    @Option(
        help: """
            How a reconstruction is scored; the tutorial takes 'squared-error', summed over pixels. 'gaussian' has the \
            fixed --variance, 'gaussian-learned' learns it, 'bernoulli' works on logits.
            """)
    var likelihood: LikelihoodName?

    @Option(
        parsing: .unconditional, help: "σ² of --likelihood gaussian; 1 if left out.", transform: Number.positive)
    var variance: Double?

    @Flag(help: "Train a plain autoencoder: the same layers without sampling and KL.")
    var plainAutoencoder = false

    var isEmpty: Bool {
        preset == nil && latent == nil && likelihood == nil && variance == nil && !plainAutoencoder
    }

    func validate() throws {
        guard variance == nil || likelihood == .gaussian else {
            throw ValidationError("--variance goes with --likelihood gaussian.")
        }
    }

    /// Puts what was given in the place of a configuration's own.
    func apply(to configuration: inout TrainingConfiguration) throws {
        guard !isEmpty else { return }
        if let likelihood {
            configuration.objective.likelihood =
                switch likelihood {
                case .squaredError: .squaredError
                case .gaussian: .gaussian(variance: variance ?? 1)
                case .gaussianLearned: .gaussianLearnedVariance
                case .bernoulli: .bernoulli
                }
        }
        let isVariational = configuration.architecture.isVariational && !plainAutoencoder
        configuration.architecture = .tutorial(
            latent: latent ?? configuration.architecture.latent,
            output: configuration.objective.likelihood == .bernoulli ? nil : .relu)
        configuration.architecture.isVariational = isVariational
    }
}
