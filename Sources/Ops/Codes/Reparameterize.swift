import Graphs
import Settings
import Tensors

/// σ = exp(½ log σ²): a Gaussian's standard deviation from the logarithm of its variance.
public struct StandardDeviation: Op {
    package static let kind = "standard_deviation"

    /// It has no settings.
    public init() {}

    package var title: String { "StandardDeviation" }
    package var summary: String { "exp(½ log σ²), from the logarithm of a variance." }
    package var backwardReads: BackwardReads { .output }
    package var outputRange: OutputRange { .limited }
    package var cases: [OpCase] { [OpCase(self, [2]), OpCase(self, [33])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape { inputs[0] }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        Array64(inputs[0].shape, inputs[0].values.map { DefinitionMath.exponential($0 / 2) })
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { StandardDeviationStep(site) }
}

final class StandardDeviationStep: Step {
    let layers: [String]
    private let input, output: Slot
    private let write: GradientWrite

    init(_ site: Site) {
        layers = site.layers
        (input, output, write) = (site.input, site.output, site.gradients[0])
    }

    func forward(_ lane: Lane) {
        let (from, to, count) = (input.values(lane), output.values(lane), lane.images * input.count)
        for i in 0..<count { to[i] = from[i] * 0.5 }
        Kernels.shared.exponential(into: to, to, count: count)
    }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        let sigma = output.values(lane)
        for i in 0..<lane.images * input.count {
            let slope = 0.5 * (dOutput[i] * sigma[i])
            dInput[i] = write == .add ? dInput[i] + slope : slope
        }
    }
}

/// z = μ + σ · ε: a sample of a Gaussian that gradients go through (Kingma & Welling 2013, section 2.4,
/// arXiv:1312.6114).
///
/// Takes μ, σ and ε, or μ alone for a code that is a point.
public struct Reparameterize: Op {
    package static let kind = "reparameterize"

    /// It has no settings.
    public init() {}

    package var title: String { "Sampling" }
    package var summary: String { "μ + σ · ε of a mean, a standard deviation and noise." }
    package var backwardReads: BackwardReads { .inputs }
    package var arity: ClosedRange<Int> { 1...3 }
    package var cases: [OpCase] { [OpCase(self, [5], [5], [5]), OpCase(self, [3])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(
            inputs.count != 2 && inputs.allSatisfy { $0 == inputs[0] }, name,
            "takes a mean, or a mean, a deviation and noise of one shape, not \(inputs)")
        return inputs[0]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        var z = inputs[0]
        guard inputs.count == 3 else { return z }
        for i in z.values.indices { z.values[i] += inputs[1].values[i] * inputs[2].values[i] }
        return z
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { ReparameterizeStep(site) }
}

final class ReparameterizeStep: Step {
    let layers: [String]
    private let mean, output: Slot
    private let sigma, noise: Slot?
    private let gradients: [GradientWrite]

    init(_ site: Site) {
        layers = site.layers
        (mean, output, gradients) = (site.input, site.output, site.gradients)
        (sigma, noise) = site.inputs.count == 3 ? (site.inputs[1], site.inputs[2]) : (nil, nil)
    }

    func forward(_ lane: Lane) {
        let (z, mean, count) = (output.values(lane), mean.values(lane), lane.images * output.count)
        guard lane.samples, let sigma = sigma?.values(lane), let noise = noise?.values(lane) else {
            z.update(from: mean, count: count)
            return
        }
        for i in 0..<count { z[i] = (sigma[i] * noise[i]) + mean[i] }
    }

    func backward(_ lane: Lane) {
        guard let dz = output.gradients(lane) else { return }
        let count = lane.images * output.count
        if let dMean = mean.gradients(lane), gradients[0] != .none {
            for i in 0..<count { dMean[i] = gradients[0] == .add ? dMean[i] + dz[i] : dz[i] }
        }
        guard let sigma, let noise else { return }
        if let dSigma = sigma.gradients(lane), gradients[1] != .none {
            let noise = noise.values(lane)
            for i in 0..<count {
                let slope = lane.samples ? dz[i] * noise[i] : 0
                dSigma[i] = gradients[1] == .add ? dSigma[i] + slope : slope
            }
        }
        if let dNoise = noise.gradients(lane), gradients[2] != .none {
            let sigma = sigma.values(lane)
            for i in 0..<count {
                let slope = lane.samples ? dz[i] * sigma[i] : 0
                dNoise[i] = gradients[2] == .add ? dNoise[i] + slope : slope
            }
        }
    }
}
