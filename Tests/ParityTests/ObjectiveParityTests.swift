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
    func `a likelihood and its gradient are PyTorch's`(name: String, likelihood: Likelihood) {
        let output = golden["\(name)/\(likelihood == .bernoulli ? "logits" : "mean")"]
        let target = golden["\(name)/target"]
        let weights = golden["\(name)/output_gradient"].values
        let logVariance = likelihood == .bernoulli ? 0 : golden["\(name)/log_variance"][0]
        let count = output.shape.count / output.batch
        var (losses, gradient, slope) = ([Float](), [Float](repeating: .nan, count: output.shape.count), 0.0)
        for image in 0..<output.batch {
            let scored = gradient.withUnsafeMutableBufferPointer { gradient in
                likelihood.score(
                    output.rows(image..<image + 1).values, target: target.rows(image..<image + 1).values, count: count,
                    logVariance: logVariance, gradient: gradient.baseAddress! + image * count,
                    scale: Double(weights[image]))
            }
            losses.append(Float(scored.loss))
            slope += scored.logVarianceSlope * Double(weights[image])
        }
        #expect(relativeError(losses, golden["\(name)/output"].values) <= 1e-6)
        let wanted = golden["\(name)/\(likelihood == .bernoulli ? "logits" : "mean")_gradient"].values
        #expect(relativeError(gradient, wanted) <= 1e-6)
        if likelihood == .gaussianLearnedVariance {
            #expect(relativeError([Float(slope)], golden["\(name)/log_variance_gradient"].values) <= 1e-6)
        }
    }

    @Test(arguments: ["kl", "kl-standard", "kl-extreme"])
    func `the divergence of a code is PyTorch's`(name: String) {
        let code = DiagonalGaussian(mean: golden["\(name)/mean"], logVariance: golden["\(name)/log_variance"])
        #expect(relativeError(code.divergence().values, golden["\(name)/output"].values) <= 1e-6)
    }
}
