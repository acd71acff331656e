import Graphs
import Ops
import Models
import Tensors
import TestSupport
import Testing

/// Likelihoods and KL divergence, with their gradients, against PyTorch in float64.
struct ObjectiveParityTests {
    private let golden = Golden.objectives

    private static let likelihoods: [(String, Likelihood)] = [
        ("bernoulli", .bernoulli), ("bernoulli-extreme", .bernoulli), ("gaussian-fixed-unit", .gaussian(variance: 1)),
        ("gaussian-fixed-half", .gaussian(variance: 0.5)), ("gaussian-fixed-hundredth", .gaussian(variance: 0.01)),
        ("gaussian-learned", .gaussianLearnedVariance), ("gaussian-learned-wide", .gaussianLearnedVariance),
    ]

    @Test(arguments: likelihoods)
    func `a likelihood and its gradient are PyTorch's`(name: String, likelihood: Likelihood) throws {
        let output = golden["\(name)/\(likelihood == .bernoulli ? "logits" : "mean")"]
        let target = golden["\(name)/target"]
        let weights = golden["\(name)/output_gradient"].values
        let logVariance = likelihood == .bernoulli ? 0 : golden["\(name)/log_variance"][0]
        let rows = Shape(Array(output.shape.dimensions.dropFirst()))
        var builder = GraphBuilder()
        let (mean, image) = (try builder.input("output", rows), try builder.input("target", rows))
        let loss = try builder.apply(likelihood.kind.op, [mean, image], layer: "likelihood")
        builder.output(loss, seeded: true)
        let run = GraphRun(builder.built, output: loss, microBatch: output.batch, fuses: true)
        let learned = run.parameters.layout["likelihood/log_variance"]
        if let learned { run.parameters.set(learned, [logVariance]) }
        let losses = run.forward([output.values, target.values])
        let gradient = run.backward(all: weights)[0]
        #expect(relativeError(losses, golden["\(name)/output"].values) <= 1e-6)
        let wanted = golden["\(name)/\(likelihood == .bernoulli ? "logits" : "mean")_gradient"].values
        #expect(relativeError(gradient, wanted) <= 1e-6)
        if let learned {
            #expect(relativeError(run.gradient(learned), golden["\(name)/log_variance_gradient"].values) <= 1e-6)
        }
    }

    @Test(arguments: ["kl", "kl-standard", "kl-extreme"])
    func `the divergence of a code is PyTorch's`(name: String) throws {
        let code = DiagonalGaussian(mean: golden["\(name)/mean"], logVariance: golden["\(name)/log_variance"])
        #expect(relativeError(code.divergence().values, golden["\(name)/output"].values) <= 1e-6)

        var builder = GraphBuilder()
        let parts = try ["mean", "log_variance"].map { try builder.input($0, [code.mean.shape[1]]) }
        let kl = try builder.apply(AnyOp(GaussianKL()), parts)
        builder.output(kl, seeded: true)
        let run = GraphRun(builder.built, output: kl, microBatch: code.mean.batch, fuses: true)
        let values = run.forward(["mean", "log_variance"].map { golden["\(name)/\($0)"].values })
        #expect(relativeError(values, golden["\(name)/output"].values) <= 1e-6)
        let gradients = run.backward(all: golden["\(name)/output_gradient"].values)
        for (part, gradient) in zip(["mean", "log_variance"], gradients) {
            #expect(relativeError(gradient, golden["\(name)/\(part)_gradient"].values) <= 1e-6, "\(part)")
        }
    }
}
