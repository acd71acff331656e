import ArgumentParser
import VAE

/// Options that choose the model.
///
/// What is left out stays as the recipe, or the resumed run, has it.
struct ModelOptions: ParsableArguments {
    enum LikelihoodName: String, ExpressibleByArgument, CaseIterable {
        case squaredError = "squared-error"
        case gaussian
        case gaussianLearned = "gaussian-learned"
        case bernoulli
    }

    @Option(
        name: [.customLong("recipe"), .customLong("preset")],
        help: ArgumentHelp(
            """
            Where model, loss and training start from: a YAML file, or one of \
            \(Preset.all.map(\.name).joined(separator: ", ")). What other options say comes before it.
            """, valueName: "file|preset"),
        completion: .file(extensions: ["yaml", "yml"]))
    var recipe: RecipeName?

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

    /// Whether the model is left as it is.
    var isEmpty: Bool {
        recipe == nil && latent == nil && likelihood == nil && variance == nil && !plainAutoencoder
    }

    func validate() throws {
        guard variance == nil || likelihood == .gaussian else {
            throw ValidationError("--variance goes with --likelihood gaussian.")
        }
    }

    /// Puts what was given in the place of a configuration's own.
    func apply(to configuration: inout TrainingConfiguration) {
        if let latent { configuration.architecture.latent = latent }
        if plainAutoencoder { configuration.architecture.isVariational = false }
        guard let likelihood else { return }
        configuration.objective.likelihood =
            switch likelihood {
            case .squaredError: .squaredError
            case .gaussian: .gaussian(variance: variance ?? 1)
            case .gaussianLearned: .gaussianLearnedVariance
            case .bernoulli: .bernoulli
            }
        configuration.architecture.fitTutorial(to: configuration.objective.likelihood)
    }
}

extension Architecture {
    /// Lets the tutorial's decoder end as a likelihood wants it: its ReLU is no logit.
    ///
    /// Other models stay as they are.
    fileprivate mutating func fitTutorial(to likelihood: Likelihood) {
        func tutorial(_ output: ActivationFunction?) -> Architecture {
            var tutorial = Architecture.tutorial(latent: latent, output: output)
            tutorial.isVariational = isVariational
            return tutorial
        }
        let (wanted, other) =
            likelihood.kind.takesLogits ? (tutorial(nil), tutorial(.relu)) : (tutorial(.relu), tutorial(nil))
        if self == other { self = wanted }
    }
}
