import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing

/// The gradient of the whole loss against the loss itself, for everything that an objective can be.
///
/// The model is smooth, so that a step of some size gives an exact slope: the tolerance of 0.2 % sees a missing factor
/// in any one term (a KL weight of half, a likelihood without its variance, noise left out of log σ²).
struct ModelGradientTests {
    struct Setting: Sendable, CustomStringConvertible {
        var likelihood = Likelihood.squaredError
        var divergence = Objective.Divergence.sum
        var beta = 1.0
        var isVariational = true
        var samples = true

        var objective: Objective { Objective(likelihood: likelihood, divergence: divergence, beta: beta) }

        var description: String {
            "\(likelihood), β \(beta) \(divergence)" + (isVariational ? "" : ", plain") + (samples ? "" : ", z = μ")
        }
    }

    static let likelihoods: [Likelihood] = [
        .squaredError, .gaussian(variance: 0.1), .gaussianLearnedVariance, .bernoulli,
    ]

    static let settings =
        likelihoods.flatMap { likelihood in
            [
                Setting(likelihood: likelihood, divergence: .sum, beta: 40),
                Setting(likelihood: likelihood, divergence: .mean, beta: 40),
                Setting(likelihood: likelihood, beta: 0),
                Setting(likelihood: likelihood, beta: 40, samples: false),
                Setting(likelihood: likelihood, isVariational: false, samples: false),
            ]
        }

    @Test(arguments: settings)
    func `gradients are slopes of the loss`(setting: Setting) throws {
        let images = 11
        let architecture = SmallModel.architecture(.sigmoid, isVariational: setting.isVariational)
        let engine = try SmallModel.engine(architecture, setting.likelihood, batch: images)
        let pixels = SmallModel.pixels(images)
        var random = TestValues(seed: 3)
        let noise = setting.samples ? TestNoise.given(random.uniforms(images * 3, -2...2)) : .none
        let klWeight = try setting.objective.klWeight(latent: 3)

        let terms = engine.gradient(of: pixels, 0..<images, noise: noise, klWeight: klWeight)
        #expect(terms == engine.evaluate(pixels, 0..<images, noise: noise, klWeight: klWeight))
        #expect(terms.kl == klWeight * terms.klNats)
        #expect(setting.isVariational ? terms.klNats > 0 : terms.klNats == 0)
        let parameters = engine.parameters.layout.parameters
        let gradients = parameters.map { engine.gradient($0) }
        let learns = setting.likelihood == .gaussianLearnedVariance
        #expect(parameters.contains { $0.name == "likelihood/log_variance" } == learns)

        for (parameter, gradient) in zip(parameters, gradients) {
            let (start, direction) = (engine.parameters.tensor(parameter).values, random.signs(gradient.count))
            // The loss along the direction changes by about as much for each tensor.
            let size = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let step = Float(0.04 / Double(gradient.count).squareRoot())
            let losses = [step, -step].map { step in
                engine.parameters.set(parameter, zip(start, direction).map { $0 + step * $1 })
                engine.engine.refresh()
                return engine.evaluate(pixels, 0..<images, noise: noise, klWeight: klWeight).loss
            }
            engine.parameters.set(parameter, start)
            let slope = (losses[0] - losses[1]) / Double(2 * step)
            let expected = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(slope - expected) <= 2e-3 * size, "\(parameter.name)")
        }
    }

    /// A fused model with ReLUs and pools has no smooth slope; it has the same gradient as an unfused one.
    @Test(arguments: likelihoods)
    func `fused and unfused models agree`(likelihood: Likelihood) throws {
        let architecture = SmallModel.architecture(.relu)
        let parameters = try SmallModel.engine(architecture, likelihood, batch: 1).parameters
        let pixels = SmallModel.pixels(9)
        let (terms, gradients) = try [false, true].reduce(into: ([LossTerms](), [[Float]]())) { all, fuses in
            let engine = try ModelEngine(
                architecture, likelihood: likelihood, parameters: parameters, trainingBatch: 9, threads: 1, fuses: fuses
            )
            all.0.append(engine.gradient(of: pixels, 0..<9, noise: .drawn(seed: 1, epoch: 0), klWeight: 1))
            all.1.append(engine.gradientValues)
        }
        #expect(abs(terms[0].loss - terms[1].loss) <= 1e-6 * terms[0].loss)
        #expect(relativeError(gradients[1], gradients[0]) <= 1e-5)
    }

    /// Lanes of one micro-batch, of a short one, and of several: all must add up to the images' mean.
    @Test(arguments: [1, 8, 9, 37, 128, 129, 300])
    func `a batch's gradient is its images' mean`(images: Int) throws {
        let pixels = SmallModel.pixels(images)
        let engine = try SmallModel.engine(SmallModel.architecture(.relu), .gaussianLearnedVariance, batch: 300)
        var sums = [Double](repeating: 0, count: engine.parameters.layout.count)
        for image in 0..<images {
            _ = engine.gradient(of: pixels, [image], noise: .drawn(seed: 1, epoch: 0), klWeight: 2)
            for (i, value) in engine.gradientValues.enumerated() { sums[i] += Double(value) / Double(images) }
        }
        _ = engine.gradient(of: pixels, 0..<images, noise: .drawn(seed: 1, epoch: 0), klWeight: 2)
        for parameter in engine.parameters.layout.parameters {
            let error = relativeError(engine.gradient(parameter), sums[parameter.range].map(Float.init))
            #expect(error <= 2e-6, "\(parameter.name)")
        }
    }
}
