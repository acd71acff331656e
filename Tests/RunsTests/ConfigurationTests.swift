import Graphs
import Ops
import Models
import Runs
import Testing
import Training

/// Which settings can be trained with, and what is said of them.
struct ConfigurationTests {
    private static let image = Block.reshape([2, 2, 1])

    /// Ends of a decoder from two values to an image of four.
    private static let ends: [(layers: [Block], isLinear: Bool)] = [
        ([.dense(4), image], true),
        ([.dense(4, activation: .relu), image], false),
        ([.dense(4, activation: .sigmoid), image], false),
        ([.dense(4), .activation(.relu), image], false),
        ([.dense(4), .activation(.relu), .flatten, image], false),
        ([.dense(4), image, .flatten, image], true),
        ([.dense(1, activation: .relu), .reshape([1, 1, 1]), .upSampling2D()], false),
        ([.dense(16, activation: .relu), .reshape([4, 4, 1]), .maxPooling2D()], false),
        ([.dense(16), .reshape([4, 4, 1]), .maxPooling2D()], true),
        (
            [
                .dense(1), .reshape([1, 1, 1]),
                .conv2DTranspose(1, kernel: 1, activation: .relu),
                .upSampling2D(),
            ], false
        ),
        (
            [
                .dense(4, activation: .relu), image, .conv2D(1, kernel: 1),
            ], true
        ),
    ]

    @Test(arguments: ends)
    func `a Bernoulli takes logits of either sign`(layers: [Block], isLinear: Bool) throws {
        let architecture = Architecture(
            name: "small", imageShape: [2, 2, 1], encoder: [.flatten], latent: 2, decoder: layers)
        var configuration = TrainingConfiguration(
            architecture: architecture, objective: Objective(likelihood: .bernoulli), epochs: 1)
        if isLinear {
            #expect(throws: Never.self) { try configuration.validate() }
        } else {
            #expect(
                throws: ConfigurationError(
                    setting: "likelihood",
                    expected: "a decoder that ends without ReLU or sigmoid (a Bernoulli takes logits)",
                    found: "bernoulli")
            ) { try configuration.validate() }
        }
        configuration.objective = .tutorial
        #expect(throws: Never.self) { try configuration.validate() }
    }

    private static let squares = "reconstruction_loss is the squared error summed over an image's 784 pixels; "

    @Test(arguments: [
        (
            Objective.tutorial,
            squares
                + "kl_loss is the KL divergence averaged over the 2 latent dimensions. As a negative evidence lower "
                + "bound this means σ² = 0.5 with β = 0.5, or the same scaled: σ² = 0.25 with β = 1."
        ),
        (
            Objective(likelihood: .squaredError, divergence: .sum, beta: 0, warmUp: 0.5),
            squares + "kl_loss is 0, since β = 0: codes are sampled but not drawn towards the prior, and there is no "
                + "evidence lower bound."
        ),
        (
            Objective(likelihood: .squaredError, beta: 1e-9, warmUp: 0.07),
            squares + "kl_loss is 1e-09 · the KL divergence summed over the 2 latent dimensions. Its weight grows from "
                + "zero over the first 7% of the steps. As a negative evidence lower bound this means σ² = 0.5 with β = "
                + "1e-09, or the same scaled: σ² = 5e-10 with β = 1."
        ),
        (
            Objective(likelihood: .gaussian(variance: 1e-8)),
            "reconstruction_loss is −log p(x|z) in nats, a Gaussian of σ² = 1e-08 on each of 784 pixels; kl_loss is the "
                + "KL divergence summed over the 2 latent dimensions. As a negative evidence lower bound this means σ² = "
                + "1e-08 with β = 1.0."
        ),
    ])
    func `the loss in words says what is so`(objective: Objective, words: String) {
        #expect(objective.sentences(for: .tutorial) == words)
    }

    @Test(arguments: [
        (
            Objective.tutorial, true,
            "loss = squared error over 784 pixels + the KL divergence averaged over the 2 latent dimensions; σ² = 0.5 "
                + "with β = 0.5, or the same scaled: σ² = 0.25 with β = 1"
        ),
        (
            Objective(likelihood: .bernoulli, beta: 0), true,
            "loss = −log p(x|z), Bernoulli on 784 pixels; kl_loss is 0, since β = 0: codes are sampled but not drawn "
                + "towards the prior, and there is no evidence lower bound"
        ),
        (
            Objective.tutorial, false,
            "loss = squared error over 784 pixels; a plain autoencoder has no sampling and no kl_loss"
        ),
    ])
    func `the loss as a formula`(objective: Objective, isVariational: Bool, words: String) {
        var architecture = Architecture.tutorial
        architecture.isVariational = isVariational
        #expect(objective.formula(for: architecture) == words)
    }

    @Test func `a folder of images is known by its own name`() {
        #expect(DataSelection(path: "/home/somebody/pictures/").sourceName == "pictures")
        #expect(DataSelection().sourceName == "MNIST")
    }
}
