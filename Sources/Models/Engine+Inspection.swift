import Graphs
import Tensors

/// What one image comes to: its code, and how well it is rebuilt from it.
package struct ImageScores: Sendable {
    /// The images' codes.
    package var codes: DiagonalGaussian
    /// The likelihood's term of each image.
    package var reconstruction: [Double]
    /// The KL divergence of each image summed over dimensions, unweighted, in nats.
    package var klNats: [Double]

    /// Scores from their parts.
    package init(codes: DiagonalGaussian, reconstruction: [Double], klNats: [Double]) {
        self.codes = codes
        self.reconstruction = reconstruction
        self.klNats = klNats
    }
}

extension Engine {
    /// Scores each image with z = μ.
    /// - Parameter images: Values in [0, 1], [count, …image shape].
    package func score(_ images: UnsafePointer<Float>, count: Int) -> ImageScores {
        let shape: Shape = [count, model.latent]
        var terms = Array(repeating: Terms(), count: count)
        var mean = [Float](repeating: 0, count: shape.count)
        var logVariance = mean
        terms.withUnsafeMutableBufferPointer { terms in
            mean.withUnsafeMutableBufferPointer { mean in
                logVariance.withUnsafeMutableBufferPointer { logVariance in
                    guard let mean = mean.baseAddress else { return }
                    eachMicroBatch(count, .evaluate) { first, lane, team in
                        let size = model.input.count
                        model.input.values(lane).update(from: images + first * size, count: lane.images * size)
                        score(lane, from: first, terms: terms, gradientScale: nil, by: team)
                        copyCodes(lane, from: first, mean: mean, logVariance: logVariance.baseAddress)
                    }
                }
            }
        }
        return ImageScores(
            codes: DiagonalGaussian(
                mean: Tensor(shape, mean), logVariance: model.isVariational ? Tensor(shape, logVariance) : nil),
            reconstruction: terms.map { $0.reconstruction }, klNats: terms.map { $0.divergence })
    }

    /// Every named output of one micro-batch: for parity tests and for looking inside.
    package func activations(_ batch: ImageBatch, noise: Noise) -> [String: Tensor] {
        activations(of: batch.indices.count, samples: noise.samples) { lane in
            load(batch, from: 0, lane, noise)
            _ = terms(lane)
        }
    }

    /// The same of one image as it is.
    /// - Parameters:
    ///   - image: Values in [0, 1].
    ///   - epsilon: ε of z = μ + σ · ε; nil takes z = μ.
    /// - Returns: The outputs by name, the likelihood's term, and the KL divergence in nats.
    package func activations(
        image: [Float], epsilon: [Float]?
    ) -> (outputs: [String: Tensor], reconstruction: Double, klNats: Double) {
        requireShape(image.count == model.input.count, "an image of \(image.count) values for \(model.input.shape)")
        requireShape(epsilon.map { $0.count == model.latent } ?? true, "ε for \(model.latent) latent dimensions")
        var scored = Terms()
        let outputs = activations(of: 1, samples: epsilon != nil) { lane in
            model.input.values(lane).update(from: image, count: image.count)
            if let epsilon { model.epsilon(lane)?.update(from: epsilon, count: epsilon.count) }
            scored = terms(lane)[0]
        }
        return (outputs, scored.reconstruction, scored.divergence)
    }

    /// The decoder's named outputs for one code, `z` among them.
    package func activations(code: [Float]) -> [String: Tensor] {
        requireShape(code.count == model.latent, "a code of \(code.count) values for \(model.latent)")
        return activations(of: 1, samples: false) { lane in
            model.z.values(lane).update(from: code, count: code.count)
            model.decode(lane)
        }.filter { $0.key == model.z.name || $0.key.hasPrefix("decoder/") }
    }

    private func terms(_ lane: Lane) -> [Terms] {
        var terms = Array(repeating: Terms(), count: lane.images)
        terms.withUnsafeMutableBufferPointer { score(lane, from: 0, terms: $0, gradientScale: nil) }
        return terms
    }

    private func activations(of images: Int, samples: Bool, _ run: (Lane) -> Void) -> [String: Tensor] {
        requireShape(images <= microBatch, "activations are shown for one micro-batch")
        let lane = lane(0, images: images, samples: samples)
        run(lane)
        var tensors: [String: Tensor] = [:]
        for slot in model.plan.slots {
            let count = lane.images * slot.count
            let values = Array(UnsafeBufferPointer(start: slot.values(lane), count: count))
            tensors[slot.name] = Tensor(Shape([lane.images] + slot.shape.dimensions), values)
        }
        return tensors
    }
}
