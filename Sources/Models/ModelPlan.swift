import Layers
import Tensors

/// A model compiled for a micro-batch: encoder, code, decoder in one arena.
package struct ModelPlan: Sendable {
    package let plan: ExecutionPlan
    package let layout: ParameterLayout
    package let latent: Int
    package let isVariational: Bool
    package let input, mean, z, reconstruction: Activation
    package let logVariance: Activation?
    /// ε and σ, [micro-batch, latent] each.
    private let noise, sigma: Int
    private let encoderRange, decoderRange: Range<Int>

    package init(_ architecture: Architecture, likelihood: Likelihood, options: PlanOptions) throws(LayerError) {
        let networks = try architecture.networks()
        layout = ModelPlan.layout(networks, likelihood)
        latent = architecture.latent
        isVariational = architecture.isVariational
        let builder = PlanBuilder(options, parameters: layout)

        input = builder.activation("input", architecture.imageShape, needsGradient: false)
        let features = try networks.encoder.lower(input: input, into: builder)
        // Two layers read the features. Gradients flow backwards: the layer that runs last writes the features'
        // gradient, the one before it adds.
        mean = ModelPlan.head(networks.mean, features, sharesInput: networks.logVariance != nil, builder)
        logVariance = networks.logVariance.map { ModelPlan.head($0, features, sharesInput: false, builder) }
        encoderRange = 0..<builder.operations.count
        noise = builder.allocate(options.microBatch * latent)
        sigma = builder.allocate(options.microBatch * latent)
        z = builder.activation("z", [latent])
        reconstruction = try networks.decoder.lower(input: z, into: builder)
        decoderRange = encoderRange.upperBound..<builder.operations.count
        plan = builder.build()
    }

    /// The order of a model's parameters: its networks', then the likelihood's own.
    package static func layout(_ networks: Networks, _ likelihood: Likelihood) -> ParameterLayout {
        var layout = networks.parameterLayout
        if likelihood == .gaussianLearnedVariance { _ = layout.declare("likelihood/log_variance", [1], .zeros) }
        return layout
    }

    private static func head(
        _ network: Network, _ features: Activation, sharesInput: Bool, _ builder: PlanBuilder
    ) -> Activation {
        network.layers[0].kind.lower(
            "\(network.name)/\(network.layerNames[0])", input: features, output: network.outputShape,
            sharesInput: sharesInput, into: builder)
    }

    /// - Parameter team: Shares the work where the lane has one image.
    package func encode(_ lane: LaneMemory, by team: Team? = nil) { plan.forward(lane, encoderRange, by: team) }

    package func decode(_ lane: LaneMemory, by team: Team? = nil) { plan.forward(lane, decoderRange, by: team) }

    /// Where ε of the micro-batch is put before `sampleCodes`.
    package func noise(_ lane: LaneMemory) -> Floats { lane.arena + noise }

    /// z = μ + σ · ε; without `samples`, or for a plain autoencoder, z = μ.
    package func makeCodes(_ lane: LaneMemory, samples: Bool) {
        let count = lane.images * latent
        let (z, mean, sigma, noise) = (z.values(lane), mean.values(lane), lane.arena + sigma, lane.arena + noise)
        z.update(from: mean, count: count)
        guard let logVariance = logVariance?.values(lane) else { return }
        for i in 0..<count { sigma[i] = logVariance[i] * 0.5 }
        Kernels.shared.exponential(into: sigma, sigma, count: count)
        if samples {
            for i in 0..<count { z[i] = (sigma[i] * noise[i]) + mean[i] }
        }
    }

    /// KL divergence of one image of the micro-batch to the standard normal, summed over dimensions, in nats.
    package func divergence(_ lane: LaneMemory, image: Int) -> Double {
        guard let logVariance = logVariance?.values(lane) else { return 0 }
        let (mean, sigma) = (mean.values(lane), lane.arena + sigma)
        var sum = 0.0
        for i in image * latent..<(image + 1) * latent {
            let (m, s) = (Double(mean[i]), Double(sigma[i]))
            sum += 0.5 * (m * m + s * s - 1 - Double(logVariance[i]))
        }
        return sum
    }

    /// From the gradient at the reconstruction to those of all parameters.
    /// - Parameter klScale: Weight of the KL divergence over images of the batch.
    package func backward(_ lane: LaneMemory, samples: Bool, klScale: Float) {
        plan.backward(lane, decoderRange)
        let count = lane.images * latent
        let (dz, dMean) = (z.gradients(lane)!, mean.gradients(lane)!)
        dMean.update(from: dz, count: count)
        if let logVariance {
            let (mean, sigma, noise) = (mean.values(lane), lane.arena + sigma, lane.arena + noise)
            let dLogVariance = logVariance.gradients(lane)!
            for i in 0..<count {
                let spread = samples ? dz[i] * noise[i] * sigma[i] : 0
                dLogVariance[i] = 0.5 * (spread + klScale * (sigma[i] * sigma[i] - 1))
                dMean[i] += klScale * mean[i]
            }
        }
        plan.backward(lane, encoderRange)
    }
}
