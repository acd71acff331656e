import Models
import Testing

/// The weights, names and averages of a loss.
struct ObjectiveTests {
    @Test func `the KL weight is β, over the dimensions where they are averaged`() throws {
        #expect(try Objective.tutorial.klWeight(latent: 2) == 0.5)
        #expect(try Objective(likelihood: .bernoulli, divergence: .sum, beta: 4).klWeight(latent: 8) == 4)
        #expect(try Objective(likelihood: .bernoulli, divergence: .mean, beta: 4).klWeight(latent: 8) == 0.5)
    }

    @Test func `the warm-up grows linearly from zero to one`() {
        let objective = Objective(likelihood: .bernoulli, warmUp: 0.25)
        let factors = [0, 1, 10, 24, 25, 26, 99].map { objective.warmUpFactor(step: $0, of: 100) }
        #expect(factors == [0, 0.04, 0.4, 0.96, 1, 1, 1])
        #expect(Objective.tutorial.warmUpFactor(step: 0, of: 100) == 1)
    }

    @Test(arguments: [
        (Objective.tutorial, 2, "σ² = 0.5 with β = 0.5, or the same scaled: σ² = 0.25 with β = 1"),
        (
            Objective(likelihood: .squaredError, beta: 3), 2,
            "σ² = 0.5 with β = 3.0, or the same scaled: σ² = 1.5 with β = 1"
        ),
        (Objective(likelihood: .gaussian(variance: 0.1), divergence: .mean), 3, "σ² = 0.1 with β = 0.3333"),
        (Objective(likelihood: .gaussianLearnedVariance, beta: 1e-5), 3, "σ² learned, β = 1e-05"),
        (Objective(likelihood: .bernoulli), 3, "Bernoulli pixels, β = 1.0"),
        (Objective(likelihood: .gaussian(variance: 0.00015)), 3, "σ² = 0.00015 with β = 1.0"),
        (Objective(likelihood: .gaussian(variance: .leastNonzeroMagnitude)), 3, "σ² = 5e-324 with β = 1.0"),
        (Objective(likelihood: .gaussian(variance: 1e305)), 3, "σ² = 1e+305 with β = 1.0"),
        (
            Objective(likelihood: .squaredError, beta: 1e-300), 3,
            "σ² = 0.5 with β = 1e-300, or the same scaled: σ² = 5e-301 with β = 1"
        ),
        (
            Objective(likelihood: .squaredError, beta: 0), 2,
            "kl_loss is 0, since β = 0: codes are sampled but not drawn towards the prior, and there is no evidence "
                + "lower bound"
        ),
    ])
    func `the implied lower bound is in words`(objective: Objective, latent: Int, words: String) {
        var architecture = Architecture.tutorial
        architecture.latent = latent
        #expect(objective.words(architecture).meaning == words)
    }

    @Test func `an objective keeps its likelihood and settings in files`() throws {
        for objective in Objective.all {
            var changed = objective
            changed.likelihood = .gaussian(variance: 0.25)
            #expect(changed.likelihood == .gaussian(variance: 0.25) && changed != objective)
            #expect(try Objective(changed.json) == changed)
            #expect(objective.summary.hasSuffix("."))
        }
        #expect(Set(Objective.all.map(\.name)).count == Objective.all.count)
    }

    @Test func `a short batch weighs by its images`() {
        var sum = LossSum()
        sum.add(LossTerms(reconstruction: 10, kl: 1, klNats: 2, images: 64))
        sum.add(LossTerms(reconstruction: 40, kl: 4, klNats: 8, images: 32))
        #expect(sum.mean == LossTerms(reconstruction: 20, kl: 2, klNats: 4, images: 96))
        #expect(sum.mean.loss == 22)
        #expect(LossSum().mean == LossTerms())
    }
}
