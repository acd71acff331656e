import Graphs
import Tensors

/// Where a step's ε comes from.
package enum Noise {
    /// z = μ.
    case none
    /// Philox: one draw an image and sample.
    case drawn(RandomSource, RandomPurpose, epoch: Int, sample: Int)
    /// Given, [images, latent], for parity.
    case given(UnsafePointer<Float>)
}

/// Images as bytes, and which of them to take.
package struct ImageBatch {
    package let pixels: UnsafePointer<UInt8>
    package let indices: UnsafeBufferPointer<Int>

    package init(pixels: UnsafePointer<UInt8>, indices: UnsafeBufferPointer<Int>) {
        self.pixels = pixels
        self.indices = indices
    }
}

/// A model with the memory to run it: arenas, packed weights, gradients and threads.
///
/// A batch is cut into lanes, a lane into micro-batches. Both are a pure function of architecture and batch size,
/// lane gradients are added in a fixed tree, and a lane's arithmetic does not depend on the thread that runs it:
/// the same bytes come out of any number of threads. One caller at a time.
package final class Engine {
    package let model: ModelPlan
    package let likelihood: Likelihood
    package let parameters: ParameterStore
    let pool: ThreadPool
    private let arenas: [AlignedBuffer]
    private let team: Team
    private let packed: AlignedBuffer
    private let gradients: LaneGradients?
    /// Of the last batch.
    private var sum: Floats?
    let mostLanes: Int
    /// Images that run through the graph together.
    package var microBatch: Int { model.plan.options.microBatch }
    private var terms: [Terms] = []
    private var paces: [Work: Pace] = [:]

    /// What a single image may be run through by a team.
    enum Work {
        case encode, decode, evaluate
    }

    /// One image's part of the loss.
    struct Terms {
        var reconstruction = 0.0
        var divergence = 0.0
        var slope = 0.0
    }

    /// Lanes that a batch is cut into: a pure function of the graph and the batch.
    package static func lanes(batch: Int, of plan: ExecutionPlan) -> Int {
        // Layers of one pixel fill a register tile with eight images; a small batch gives work to some threads too. More
        // lanes would cost more to add than they bring.
        let (full, small) = ((batch + 7) / 8, min((batch + 1) / 2, 4))
        // Where weights are many and an image's work is little, a lane's gradient would take longer to add than to find.
        let paid = Int64(batch) * plan.trainingOperations / (leastWork * Int64(max(plan.gradientCount, 1)))
        var most: Int64 = 2
        while 2 * most <= min(paid, Int64(Kernels.mostLanes)) { most *= 2 }
        return min(max(full, small), Int(most))
    }

    /// Lanes that a batch of a model is cut into.
    /// - Throws: `GraphError`.
    package static func lanes(batch: Int, _ architecture: Architecture) throws(GraphError) -> Int {
        lanes(batch: batch, of: try ModelPlan(architecture, likelihood: .squaredError, trains: true).plan)
    }

    /// Floating-point operations of a lane for each of its gradient's values.
    private static let leastWork: Int64 = 768

    /// - Parameters:
    ///   - batch: The largest training batch; nil for a model that only runs forward.
    ///   - fuses: Off for tests that want every layer's own output.
    package init(
        _ architecture: Architecture, likelihood: Likelihood, parameters: ParameterStore, trainingBatch batch: Int?,
        threads: Int, fuses: Bool = true, precision: Precision = .f32
    ) throws(GraphError) {
        model = try ModelPlan(
            architecture, likelihood: likelihood, trains: batch != nil, fuses: fuses, precision: precision)
        self.likelihood = likelihood
        self.parameters = parameters
        requireShape(parameters.layout == model.layout, "these parameters belong to another model")
        pool = ThreadPool(threads: threads)
        let plan = model.plan
        arenas = (0..<pool.threads).map { _ in AlignedBuffer(count: plan.arenaCount) }
        team = Team(pool, plan, arenas: arenas)
        packed = AlignedBuffer(count: plan.packedCount)
        mostLanes = batch.map { Engine.lanes(batch: $0, of: plan) } ?? 0
        gradients = batch == nil ? nil : LaneGradients(plan, lanes: mostLanes)
        refresh()
    }

    /// Takes changed parameters in.
    package func refresh() {
        model.plan.prepare(parameters: parameters.pointer, packed: packed.pointer, on: pool)
    }

    package var threads: Int { pool.threads }

    /// Bytes of memory that it holds, without the parameters.
    package var byteCount: Int { Engine.byteCount(of: model.plan, lanes: mostLanes, threads: threads) }

    private static func byteCount(of plan: ExecutionPlan, lanes: Int, threads: Int) -> Int {
        let gradients = lanes == 0 ? 0 : LaneGradients.floatCount(plan, lanes: lanes, threads: threads)
        return (threads * plan.arenaCount + plan.packedCount + gradients) * MemoryLayout<Float>.stride
    }

    /// Bytes of memory that an engine of these settings would hold, without the parameters; makes none.
    package static func byteCount(
        _ architecture: Architecture, likelihood: Likelihood, trainingBatch batch: Int?, threads: Int,
        precision: Precision = .f32
    ) throws(GraphError) -> Int {
        let plan = try ModelPlan(
            architecture, likelihood: likelihood, trains: batch != nil, precision: precision
        ).plan
        return byteCount(of: plan, lanes: batch.map { lanes(batch: $0, of: plan) } ?? 0, threads: threads)
    }

    /// The gradient of the last `gradient` call, in the parameters' layout.
    package var gradient: UnsafePointer<Float> { UnsafePointer(sum!) }

    /// - Parameter gradients: The lane's own; nil for a pass without any.
    func lane(
        _ worker: Int, images: Int, gradients: Floats? = nil, adds: Bool = false, samples: Bool = false
    ) -> Lane {
        model.plan.lane(
            arena: arenas[worker].pointer, packed: packed.pointer, parameters: parameters.pointer,
            gradients: gradients, images: images, addsGradients: adds, samples: samples)
    }
}

// MARK: - Losses and gradients

extension Engine {
    /// Loss of a batch and the gradient of its mean; parameters stay as they are.
    /// - Parameter klWeight: On the divergence summed over dimensions, this step's warm-up included.
    package func gradient(_ batch: ImageBatch, noise: Noise, klWeight: Double) -> LossTerms {
        let count = batch.indices.count
        let lanes = Engine.lanes(batch: count, of: model.plan)
        requireShape(lanes <= mostLanes, "a batch of \(count) images is larger than the engine was made for")
        terms = Array(repeating: Terms(), count: count)
        terms.withUnsafeMutableBufferPointer { terms in
            pool.parallelFor(lanes) { lane, worker in
                let range = lane * count / lanes..<(lane + 1) * count / lanes
                let buffer = gradients!.take(lane)
                for first in stride(from: range.lowerBound, to: range.upperBound, by: microBatch) {
                    let images = min(microBatch, range.upperBound - first)
                    var memory = self.lane(
                        worker, images: images, gradients: buffer.pointer, adds: first != range.lowerBound,
                        samples: noise.samples)
                    memory.drops = noise.drops(batch, from: first)
                    load(batch, from: first, memory, noise)
                    score(memory, from: first, terms: terms, gradientScale: 1 / Double(count))
                    model.backward(memory, klScale: Float(klWeight / Double(count)))
                }
                gradients!.finish(lane, buffer, of: lanes)
            }
        }
        addLanes(lanes)
        if let slot = model.layout["likelihood/log_variance"] {
            sum![slot.offset] = Float(terms.reduce(0) { $0 + $1.slope } / Double(count))
        }
        return mean(klWeight: klWeight)
    }

    /// Loss of a batch; nothing changes.
    package func evaluate(_ batch: ImageBatch, noise: Noise, klWeight: Double) -> LossTerms {
        let count = batch.indices.count
        terms = Array(repeating: Terms(), count: count)
        terms.withUnsafeMutableBufferPointer { terms in
            eachMicroBatch(count, .evaluate, samples: noise.samples) { first, memory, team in
                load(batch, from: first, memory, noise)
                score(memory, from: first, terms: terms, gradientScale: nil, by: team)
            }
        }
        return mean(klWeight: klWeight)
    }

    private func mean(klWeight: Double) -> LossTerms {
        let count = Double(max(terms.count, 1))
        // In the images' order, whichever thread computed them.
        let reconstruction = terms.reduce(0) { $0 + $1.reconstruction } / count
        let divergence = terms.reduce(0) { $0 + $1.divergence } / count
        return LossTerms(
            reconstruction: reconstruction, kl: klWeight * divergence, klNats: divergence, images: terms.count)
    }

    /// Runs the lane's images, those from `first` of the batch, through the model and scores them.
    func score(
        _ lane: Lane, from first: Int, terms: UnsafeMutableBufferPointer<Terms>,
        gradientScale: Double?, by team: Team? = nil
    ) {
        model.encode(lane, by: team)
        model.makeCodes(lane)
        model.decode(lane, by: team)
        let (count, target) = (model.input.count, model.input.values(lane))
        let (output, gradient) = (model.reconstruction.values(lane), model.reconstruction.gradients(lane))
        let logVariance = model.layout["likelihood/log_variance"].map { parameters.pointer[$0.offset] } ?? 0
        for image in 0..<lane.images {
            let scored = likelihood.score(
                output + image * count, target: target + image * count, count: count, logVariance: logVariance,
                gradient: gradientScale == nil ? nil : gradient! + image * count, scale: gradientScale ?? 0)
            terms[first + image] = Terms(
                reconstruction: scored.loss, divergence: model.divergence(lane, image: image),
                slope: scored.logVarianceSlope)
        }
    }

    /// Brings images and their noise into a lane.
    func load(_ batch: ImageBatch, from first: Int, _ lane: Lane, _ noise: Noise) {
        let (count, input) = (model.input.count, model.input.values(lane))
        for image in 0..<lane.images {
            Kernels.shared.pixelsToFloat(
                into: input + image * count, batch.pixels + batch.indices[first + image] * count, count: count)
        }
        draw(noise, batch, from: first, lane)
    }

    private func draw(_ noise: Noise, _ batch: ImageBatch, from first: Int, _ lane: Lane) {
        guard let to = model.epsilon(lane) else { return }
        let latent = model.latent
        switch noise {
        case .none: break
        case .given(let values): to.update(from: values + first * latent, count: lane.images * latent)
        case .drawn(let random, let purpose, let epoch, let sample):
            for image in 0..<lane.images {
                random.normals(
                    into: to + image * latent, count: latent, purpose, epoch: epoch,
                    index: batch.indices[first + image], sample: sample)
            }
        }
    }

    /// Lane gradients become one, in a fixed tree, and folded kernels' gradients go back to their parameters.
    private func addLanes(_ lanes: Int) {
        sum = gradients!.sum(of: lanes, on: pool)
        model.plan.collect(gradients: sum!, on: pool)
    }

    /// One Adam step with the last gradient.
    /// - Parameter step: t, from 1.
    package func update(_ adam: Adam, step: Int, settings: AdamSettings) {
        adam.update(parameters, gradients: gradient, step: step, settings: settings, on: pool)
        refresh()
    }
}

extension Noise {
    /// The masks of a training's step: only its noise is drawn for training.
    func drops(_ batch: ImageBatch, from first: Int) -> Lane.Drops? {
        guard case .drawn(let random, .trainingNoise, let epoch, _) = self else { return nil }
        return Lane.Drops(random: random, epoch: epoch, images: batch.indices.baseAddress! + first)
    }

    var samples: Bool {
        if case .none = self { return false }
        return true
    }
}

// MARK: - Forward only

extension Engine {
    /// Fewer images than threads are run one after the other, by all threads as a team where that is sooner.
    func eachMicroBatch(
        _ count: Int, _ work: Work, samples: Bool = false,
        _ body: (_ first: Int, _ lane: Lane, _ team: Team?) -> Void
    ) {
        if count < threads {
            var pace = paces[work, default: Pace()]
            for image in 0..<count {
                let isTeam = pace.prefersTeam
                let watch = Stopwatch()
                body(image, lane(0, images: 1, samples: samples), isTeam ? team : nil)
                pace.record(watch.seconds, team: isTeam)
            }
            paces[work] = pace
            return
        }
        // An image's values do not depend on those beside it: a few images are spread over all threads.
        let images = min(model.forwardBatch, max(1, (count + threads - 1) / threads))
        pool.parallelFor((count + images - 1) / images) { piece, worker in
            let first = piece * images
            body(first, lane(worker, images: min(images, count - first), samples: samples), nil)
        }
    }

    /// Codes of images [count, …image shape]: mean and log variance, [count, latent] each.
    package func encode(_ images: UnsafePointer<Float>, count: Int, mean: Floats, logVariance: Floats?) {
        eachMicroBatch(count, .encode) { first, lane, team in
            let size = model.input.count
            model.input.values(lane).update(from: images + first * size, count: lane.images * size)
            model.encode(lane, by: team)
            copyCodes(lane, from: first, mean: mean, logVariance: logVariance)
        }
    }

    /// Copies the lane's codes to their places, [images, latent] each.
    func copyCodes(_ lane: Lane, from first: Int, mean: Floats, logVariance: Floats?) {
        let (count, place) = (lane.images * model.latent, first * model.latent)
        (mean + place).update(from: model.mean.values(lane), count: count)
        if let logVariance, let from = model.logVariance?.values(lane) {
            (logVariance + place).update(from: from, count: count)
        }
    }

    /// Images of codes [count, latent], in [0, 1] for a Bernoulli.
    package func decode(_ codes: UnsafePointer<Float>, count: Int, images: Floats) {
        eachMicroBatch(count, .decode) { first, lane, team in
            let (size, latent) = (model.reconstruction.count, model.latent)
            model.z.values(lane).update(from: codes + first * latent, count: lane.images * latent)
            model.decode(lane, by: team)
            let output = model.reconstruction.values(lane)
            if likelihood == .bernoulli { Kernels.shared.sigmoid(output, count: lane.images * size) }
            (images + first * size).update(from: output, count: lane.images * size)
        }
    }
}
