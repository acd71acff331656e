import Graphs
import Ops
import Tensors

/// A model compiled for a micro-batch: encoder, code, decoder in one arena.
package struct ModelPlan: Sendable {
    package let plan: ExecutionPlan
    package let layout: ParameterLayout
    package let latent: Int
    package let isVariational: Bool
    package let input, mean, z, reconstruction: Slot
    package let logVariance: Slot?
    private let epsilon, sigma: Slot?
    private let encoder, code, decoder: Range<Int>

    /// Images of a micro-batch and how many floats its arena may have: many where all of it stays in L2, so that weights
    /// are read less often; up to eight otherwise, which fill the register tiles of layers of one pixel.
    ///
    /// Nets of 64 × 64 pixels were measured with 1, 2, 4 and 8 images: strided and residual ones train 1.4 to 2.3 times as
    /// fast with 8 as with one.
    private static let microBatches = [
        (32, 1 << 20), (16, 1 << 20), (8, 1 << 24), (4, 1 << 24), (2, 1 << 24),
    ]

    /// Floats of an arena that a pass forward leaves in the caches.
    private static let forwardArena = 1 << 22

    /// Images that a pass forward takes through the model together: an image's values do not depend on those beside it.
    package let forwardBatch: Int

    package init(
        _ architecture: Architecture, likelihood: Likelihood, trains: Bool, fuses: Bool = true,
        precision: Precision = .f32
    ) throws(GraphError) {
        let model = try architecture.graph()
        // The number of images depends on the graph alone, since it decides a training's order of sums.
        let one = PlanOptions(microBatch: 1, trains: true, fuses: true, precision: .f32)
        let image = Planner.plan(model.graph, one, patterns: Patterns.all).arenaCount
        let images = ModelPlan.microBatches.first { $0.0 * image <= $0.1 }?.0 ?? 1
        forwardBatch = max(1, min(images, ModelPlan.forwardArena / image))
        // Who never trains needs no room for more than a pass forward takes.
        let options = PlanOptions(
            microBatch: trains ? images : forwardBatch, trains: trains, fuses: fuses, precision: precision)
        layout = model.parameterLayout(likelihood)
        latent = architecture.latent
        isVariational = architecture.isVariational
        plan = Planner.plan(model.graph, options, patterns: Patterns.all, parameters: layout)
        let plan = plan
        (input, mean, z) = (plan.slot(model.image), plan.slot(model.mean), plan.slot(model.z))
        reconstruction = plan.slot(model.reconstruction)
        logVariance = model.logVariance.map { plan.slot($0) }
        (epsilon, sigma) = (model.epsilon.map { plan.slot($0) }, model.sigma.map { plan.slot($0) })
        let codes = [model.mean, model.logVariance ?? model.mean]
        encoder = plan.steps(after: [], through: codes)
        code = plan.steps(after: codes, through: [model.z])
        decoder = code.upperBound..<plan.steps.count
    }

    /// - Parameter team: Shares the work where the lane has one image.
    package func encode(_ lane: Lane, by team: Team? = nil) { plan.forward(lane, encoder, by: team) }

    /// z of the lane's mean and log variance, and of ε where the lane samples.
    package func makeCodes(_ lane: Lane) { plan.forward(lane, code) }

    package func decode(_ lane: Lane, by team: Team? = nil) { plan.forward(lane, decoder, by: team) }

    /// Where ε of the micro-batch is put before `makeCodes`; nil for a plain autoencoder.
    package func epsilon(_ lane: Lane) -> Floats? { epsilon?.values(lane) }

    /// KL divergence of one image of the micro-batch to the standard normal, summed over dimensions, in nats.
    package func divergence(_ lane: Lane, image: Int) -> Double {
        guard let logVariance = logVariance?.values(lane), let sigma = sigma?.values(lane) else { return 0 }
        let mean = mean.values(lane)
        var sum = 0.0
        for i in image * latent..<(image + 1) * latent {
            let (m, s) = (Double(mean[i]), Double(sigma[i]))
            sum += 0.5 * (m * m + s * s - 1 - Double(logVariance[i]))
        }
        return sum
    }

    /// From the gradient at the reconstruction to those of all parameters.
    /// - Parameter klScale: Weight of the KL divergence over images of the batch.
    package func backward(_ lane: Lane, klScale: Float) {
        let count = lane.images * latent
        let dMean = mean.gradients(lane)!
        if let sigma, let logVariance {
            let (mean, sigma) = (mean.values(lane), sigma.values(lane))
            let dLogVariance = logVariance.gradients(lane)!
            for i in 0..<count {
                dMean[i] = klScale * mean[i]
                dLogVariance[i] = 0.5 * (klScale * (sigma[i] * sigma[i] - 1))
            }
        } else {
            dMean.update(repeating: 0, count: count)
        }
        plan.backward(lane, 0..<plan.steps.count)
    }
}
