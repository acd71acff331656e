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
        activations(of: batch.indices.count, loss, samples: noise.samples) { load(batch, from: 0, $0, noise) }
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
        var terms: [Float] = []
        let outputs = activations(of: 1, loss, samples: epsilon != nil) { lane in
            model.input.values(lane).update(from: image, count: image.count)
            if let epsilon { model.epsilon?.values(lane).update(from: epsilon, count: epsilon.count) }
        } seen: { lane in
            terms = model.terms.map { $0.values(lane)[0] }
        }
        let scores = ImageScores(
            codes: DiagonalGaussian(mean: Tensor([1, model.latent]), logVariance: nil), terms: terms, of: model.program)
        return (outputs, scores.reconstruction[0], scores.others[0])
    }

    /// The decoder's named outputs for one code, `z` among them.
    package func activations(code: [Float]) -> [String: Tensor] {
        requireShape(code.count == model.latent, "a code of \(code.count) values for \(model.latent)")
        return activations(of: 1, decoder, samples: false) { lane in
            model.z.values(lane).update(from: code, count: code.count)
        }.filter { $0.key == model.z.name || $0.key.hasPrefix("decoder/") }
    }

    private func activations(
        of images: Int, _ pass: Pass, samples: Bool, load: (Lane) -> Void, seen: (Lane) -> Void = { _ in }
    ) -> [String: Tensor] {
        requireShape(images <= engine.microBatch, "activations are shown for one micro-batch")
        let lane = engine.lane(0, images: images, samples: samples)
        load(lane)
        model.plan.forward(lane, pass.steps)
        seen(lane)
        var tensors: [String: Tensor] = [:]
        for slot in model.outputs {
            let values = Array(UnsafeBufferPointer(start: slot.values(lane), count: images * slot.count))
            tensors[slot.name] = Tensor(Shape([images] + slot.shape.dimensions), values)
        }
        return tensors
    }
}
