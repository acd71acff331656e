import Graphs
import Tensors

/// What images come to: their codes, and how well each is rebuilt from its own.
package struct ImageScores: Sendable {
    /// The images' codes.
    package var codes: DiagonalGaussian
    /// The likelihood's term of each image.
    package var reconstruction: [Double]
    /// The sum of an image's other terms, as weighted in the objective.
    package var others: [Double]

    /// Scores from their parts.
    package init(codes: DiagonalGaussian, reconstruction: [Double], others: [Double]) {
        self.codes = codes
        self.reconstruction = reconstruction
        self.others = others
    }
}

extension ModelEngine {
    /// Every named output of one micro-batch: for parity tests and for looking inside.
    package func activations(_ batch: ImageBatch, noise: Noise) -> [String: Tensor] {
        let lane = oneMicroBatch(of: batch.indices.count, samples: noise.samples)
        load(batch, from: 0, lane, noise)
        return outputs(of: lane, loss)
    }

    /// The same of one image as it is.
    /// - Parameters:
    ///   - image: Values in [0, 1].
    ///   - epsilon: ε of z = μ + σ · ε; nil takes z = μ.
    /// - Returns: The outputs by name, the likelihood's term, and the sum of the others as the objective weighs them.
    package func activations(
        image: [Float], epsilon: [Float]?
    ) -> (outputs: [String: Tensor], reconstruction: Double, others: Double) {
        requireShape(image.count == model.input.count, "an image of \(image.count) values for \(model.input.shape)")
        requireShape(epsilon.map { $0.count == model.latent } ?? true, "ε for \(model.latent) latent dimensions")
        let lane = oneMicroBatch(of: 1, samples: epsilon != nil)
        model.input.values(lane).update(from: image, count: image.count)
        if let epsilon { model.epsilon?.values(lane).update(from: epsilon, count: epsilon.count) }
        let outputs = outputs(of: lane, loss)
        let scores = ImageScores(
            codes: DiagonalGaussian(mean: Tensor([1, model.latent]), logVariance: nil),
            terms: model.terms.map { $0.values(lane)[0] }, of: model.program)
        return (outputs, scores.reconstruction[0], scores.others[0])
    }

    /// The decoder's named outputs for one code, `z` among them.
    package func activations(code: [Float]) -> [String: Tensor] {
        requireShape(code.count == model.latent, "a code of \(code.count) values for \(model.latent)")
        let lane = oneMicroBatch(of: 1, samples: false)
        model.z.values(lane).update(from: code, count: code.count)
        var outputs = outputs(of: lane, decoder).filter { $0.key.hasPrefix("decoder/") }
        outputs[model.z.name] = Tensor([1, model.latent], code)
        return outputs
    }

    /// What each layer makes by its name, terms left out.
    private func outputs(of lane: Lane, _ pass: Pass) -> [String: Tensor] {
        let names = Set(model.names)
        return model.plan.outputs(of: lane, pass.steps).filter { names.contains($0.key) }
    }

    private func oneMicroBatch(of images: Int, samples: Bool) -> Lane {
        requireShape(images <= engine.microBatch, "activations are shown for one micro-batch")
        return engine.lane(0, images: images, samples: samples)
    }
}
