import Graphs
import Settings
import Tensors

/// The KL divergence of a Gaussian with a diagonal covariance to the standard normal, summed over dimensions, in nats.
///
/// ½ Σ (μ² + σ² − 1 − log σ²) of μ and log σ².
/// - SeeAlso: Kingma & Welling 2013, appendix B, arXiv:1312.6114.
public struct GaussianKL: Op {
    package static let kind = "gaussian_kl"

    /// It has no settings.
    public init() {}

    package var title: String { "GaussianKL" }
    package var summary: String { "The KL divergence of a mean and a log variance to the standard normal." }
    package var arity: ClosedRange<Int> { 2...2 }
    package var cases: [OpCase] { [OpCase(self, [2], [2]), OpCase(self, [33], [33])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(
            inputs[0] == inputs[1], name, "takes a mean and a log variance of one shape, not \(inputs)")
        return [1]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64(
            [1],
            [
                zip(inputs[0].values, inputs[1].values).reduce(0) { sum, code in
                    sum + 0.5 * (code.0 * code.0 + DefinitionMath.exponential(code.1) - 1 - code.1)
                }
            ])
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { GaussianKLStep(site, memory) }
}

final class GaussianKLStep: Step {
    let layers: [String]
    private let mean, logVariance, output: Slot
    private let writes: [GradientWrite]
    /// σ of the micro-batch.
    private let sigma: Int

    init(_ site: Site, _ memory: MemoryPlan) {
        layers = site.layers
        (mean, logVariance, output, writes) = (site.inputs[0], site.inputs[1], site.output, site.gradients)
        sigma = memory.allocate(memory.options.microBatch * mean.count)
    }

    func forward(_ lane: Lane) {
        let (mean, logVariance) = (mean.values(lane), logVariance.values(lane))
        let (sigma, count) = (lane.arena + sigma, self.mean.count)
        for i in 0..<lane.images * count { sigma[i] = logVariance[i] * 0.5 }
        Kernels.shared.exponential(into: sigma, sigma, count: lane.images * count)
        for image in 0..<lane.images {
            var sum = 0.0
            for i in image * count..<(image + 1) * count {
                let (m, s) = (Double(mean[i]), Double(sigma[i]))
                sum += 0.5 * (m * m + s * s - 1 - Double(logVariance[i]))
            }
            output.values(lane)[image] = Float(sum)
        }
    }

    func backward(_ lane: Lane) {
        guard let slope = output.gradients(lane) else { return }
        let (values, sigma, count) = (mean.values(lane), lane.arena + sigma, mean.count)
        for image in 0..<lane.images {
            let (scale, dimensions) = (slope[image], image * count..<(image + 1) * count)
            if writes[0] != .none, let to = mean.gradients(lane) {
                for i in dimensions { to[i] = writes[0] == .add ? to[i] + scale * values[i] : scale * values[i] }
            }
            if writes[1] != .none, let to = logVariance.gradients(lane) {
                for i in dimensions {
                    let own = 0.5 * (scale * (sigma[i] * sigma[i] - 1))
                    to[i] = writes[1] == .add ? to[i] + own : own
                }
            }
        }
    }
}
