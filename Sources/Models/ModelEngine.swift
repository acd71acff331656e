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

/// A model's program on an engine: images and noise in, codes, images and loss terms out.
///
/// One caller at a time.
package final class ModelEngine {
    package let model: ModelPlan
    package let engine: Engine
    let loss, encoder, decoder: Pass

    /// - Parameters:
    ///   - batch: The largest training batch; nil for a model that only runs forward.
    ///   - fuses: Off for tests that want every layer's own output.
    package init(
        _ architecture: Architecture, _ objective: Objective, parameters: ParameterStore, trainingBatch batch: Int?,
        threads: Int, fuses: Bool = true, precision: Precision = .f32
    ) throws(GraphError) {
        model = try ModelPlan(architecture, objective, trains: batch != nil, fuses: fuses, precision: precision)
        engine = Engine(model.sized, parameters: parameters, trainingBatch: batch, threads: threads)
        let program = model.program
        let code = [program.code.mean, program.code.logVariance ?? program.code.mean]
        loss = engine.pass(to: program.terms.map { $0.value } + [program.reconstruction])
        encoder = engine.pass(to: code)
        decoder = engine.pass(to: [program.reconstruction], given: [program.code.sample])
    }

    package var parameters: ParameterStore { engine.parameters }
    package var threads: Int { engine.threads }
    /// The gradient of the last `gradient` call, in the parameters' layout.
    package var gradient: UnsafePointer<Float> { engine.gradient }

    /// Lanes that a batch of a model is cut into.
    /// - Throws: `GraphError`.
    package static func lanes(batch: Int, _ architecture: Architecture) throws(GraphError) -> Int {
        Engine.lanes(batch: batch, of: try ModelPlan(architecture, .tutorial, trains: true).plan)
    }

    /// Bytes of memory that a model's engine holds which only runs forward, without the parameters.
    package var byteCount: Int { Engine.byteCount(of: model.plan, trainingBatch: nil, threads: threads) }

    /// Bytes of memory that an engine of these settings would hold, without the parameters; makes none.
    package static func byteCount(
        _ architecture: Architecture, _ objective: Objective, trainingBatch batch: Int?, threads: Int,
        precision: Precision = .f32
    ) throws(GraphError) -> Int {
        let plan = try ModelPlan(architecture, objective, trains: batch != nil, precision: precision).plan
        return Engine.byteCount(of: plan, trainingBatch: batch, threads: threads)
    }
}

// MARK: - Losses and gradients

extension ModelEngine {
    /// Loss of a batch and the gradient of its mean; parameters stay as they are.
    /// - Parameter factor: The part of the warm-up that is done: 1 once it is over.
    package func gradient(_ batch: ImageBatch, noise: Noise, warmUp factor: Double = 1) -> LossTerms {
        let count = batch.indices.count
        let weights = model.program.weights(warmUp: factor)
        return scores(of: count, weights) { scores in
            engine.gradient(
                of: count, loss,
                values: zip(model.terms, weights).map { WeighedValue($0, weight: $1) }, samples: noise.samples,
                load: { first, lane in
                    lane.drops = noise.drops(batch, from: first)
                    load(batch, from: first, lane, noise)
                },
                record: { first, lane in record(lane, from: first, of: count, in: scores) })
        }
    }

    /// Loss of a batch; nothing changes.
    package func evaluate(_ batch: ImageBatch, noise: Noise, warmUp factor: Double = 1) -> LossTerms {
        let count = batch.indices.count
        return scores(of: count, model.program.weights(warmUp: factor)) { scores in
            engine.forward(
                count, loss, samples: noise.samples, load: { load(batch, from: $0, $1, noise) },
                store: { record($1, from: $0, of: count, in: scores) })
        }
    }

    /// Each term averaged over images, in their order, whichever thread computed them.
    private func scores(of count: Int, _ weights: [Double], _ body: (Floats) -> Void) -> LossTerms {
        let terms = model.program.terms
        var scores = [Float](repeating: 0, count: terms.count * count)
        scores.withUnsafeMutableBufferPointer { if let scores = $0.baseAddress { body(scores) } }
        return LossTerms(
            terms.enumerated().map { place, term in
                let sum = scores[place * count..<(place + 1) * count].reduce(0.0) { $0 + Double($1) }
                let value = sum / Double(max(count, 1))
                return LossTerms.Term(
                    term.name, loss: weights[place] * value, value: value, isNats: term.isNats)
            }, images: count)
    }

    /// Takes the lane's images' terms out of it: to `scores`, [terms, count].
    func record(_ lane: Lane, from first: Int, of count: Int, in scores: Floats) {
        for (place, term) in model.terms.enumerated() {
            (scores + place * count + first).update(from: term.values(lane), count: lane.images)
        }
    }

    /// Brings images and their noise into a lane.
    func load(_ batch: ImageBatch, from first: Int, _ lane: Lane, _ noise: Noise) {
        let (count, input) = (model.input.count, model.input.values(lane))
        batch.load(first..<first + lane.images, size: count, into: input)
        guard let to = model.epsilon?.values(lane) else { return }
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

    /// One Adam step with the last gradient.
    /// - Parameter step: t, from 1.
    package func update(_ adam: Adam, step: Int, settings: AdamSettings) {
        engine.update(adam, step: step, settings: settings)
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

// MARK: - Encoding and decoding

extension ModelEngine {
    /// Codes of images [count, …image shape]: mean and log variance, [count, latent] each.
    package func encode(_ images: UnsafePointer<Float>, count: Int, mean: Floats, logVariance: Floats?) {
        engine.forward(count, encoder, load: { load(images, from: $0, $1) }) { first, lane in
            copyCodes(lane, from: first, mean: mean, logVariance: logVariance)
        }
    }

    private func load(_ images: UnsafePointer<Float>, from first: Int, _ lane: Lane) {
        let size = model.input.count
        model.input.values(lane).update(from: images + first * size, count: lane.images * size)
    }

    /// Copies the lane's codes to their places, [images, latent] each.
    private func copyCodes(_ lane: Lane, from first: Int, mean: Floats, logVariance: Floats?) {
        let (count, place) = (lane.images * model.latent, first * model.latent)
        (mean + place).update(from: model.mean.values(lane), count: count)
        if let logVariance, let from = model.logVariance?.values(lane) {
            (logVariance + place).update(from: from, count: count)
        }
    }

    /// Images of codes [count, latent], in [0, 1] where the likelihood takes logits.
    package func decode(_ codes: UnsafePointer<Float>, count: Int, images: Floats) {
        let (size, latent) = (model.reconstruction.count, model.latent)
        engine.forward(
            count, decoder,
            load: { first, lane in
                model.z.values(lane).update(from: codes + first * latent, count: lane.images * latent)
            },
            store: { first, lane in
                let output = model.reconstruction.values(lane)
                if model.program.takesLogits { Kernels.shared.sigmoid(output, count: lane.images * size) }
                (images + first * size).update(from: output, count: lane.images * size)
            })
    }

    /// Scores each image with z = μ.
    /// - Parameter images: Values in [0, 1], [count, …image shape].
    package func score(_ images: UnsafePointer<Float>, count: Int) -> ImageScores {
        let (codes, terms) = values(images, count: count)
        return ImageScores(codes: codes, terms: terms, of: model.program)
    }

    /// The codes of images, and with z = μ each term of the loss, unweighted.
    /// - Parameter images: Values in [0, 1], [count, …image shape].
    /// - Returns: Terms are [terms, count], in the program's order.
    package func values(_ images: UnsafePointer<Float>, count: Int) -> (codes: DiagonalGaussian, terms: [Float]) {
        let shape: Shape = [count, model.latent]
        var mean = [Float](repeating: 0, count: shape.count)
        var (logVariance, terms) = (mean, [Float](repeating: 0, count: model.terms.count * count))
        terms.withUnsafeMutableBufferPointer { terms in
            mean.withUnsafeMutableBufferPointer { mean in
                logVariance.withUnsafeMutableBufferPointer { logVariance in
                    guard let mean = mean.baseAddress, let terms = terms.baseAddress else { return }
                    engine.forward(count, loss, load: { load(images, from: $0, $1) }) { first, lane in
                        record(lane, from: first, of: count, in: terms)
                        copyCodes(lane, from: first, mean: mean, logVariance: logVariance.baseAddress)
                    }
                }
            }
        }
        return (
            DiagonalGaussian(
                mean: Tensor(shape, mean), logVariance: model.isVariational ? Tensor(shape, logVariance) : nil), terms
        )
    }
}

extension ImageScores {
    /// - Parameter terms: [terms, images], in the program's order.
    init(codes: DiagonalGaussian, terms: [Float], of program: Program) {
        let count = codes.mean.batch
        self.init(
            codes: codes, reconstruction: Array(repeating: 0, count: count), others: Array(repeating: 0, count: count))
        for (place, term) in program.terms.enumerated() {
            for image in 0..<count {
                let loss = term.weight * Double(terms[place * count + image])
                if term.name == LossTerms.reconstructionName {
                    reconstruction[image] += loss
                } else {
                    others[image] += loss
                }
            }
        }
    }
}
