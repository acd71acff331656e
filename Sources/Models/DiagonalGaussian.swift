import Tensors

/// A Gaussian with a diagonal covariance for each image: what a variational encoder says of the code.
public struct DiagonalGaussian: Sendable, Hashable {
    /// μ, shape [batch, latent].
    public let mean: Tensor
    /// log σ² (natural log), shape [batch, latent]; nil for a plain autoencoder, whose code is a point.
    public let logVariance: Tensor?

    /// Codes of a batch; both shapes must agree.
    public init(mean: Tensor, logVariance: Tensor?) {
        requireShape(
            mean.shape.rank == 2 && (logVariance.map { $0.shape == mean.shape } ?? true),
            "mean \(mean.shape) and log variance \(logVariance?.shape.description ?? "") must be one [batch, latent]")
        self.mean = mean
        self.logVariance = logVariance
    }

    /// σ, shape [batch, latent]; zero for a plain autoencoder.
    public var standardDeviation: Tensor {
        guard let logVariance else { return Tensor(mean.shape) }
        let half = logVariance.values.map { $0 * 0.5 }
        var sigma = [Float](repeating: 0, count: half.count)
        sigma.withUnsafeMutableBufferPointer { out in
            guard let base = out.baseAddress else { return }
            Kernels.shared.exponential(into: base, half, count: half.count)
        }
        return Tensor(mean.shape, sigma)
    }

    /// z = μ + σ · ε, ε ~ N(0, I).
    /// - Parameter seed: The same seed gives the same codes.
    /// - Returns: shape [batch, latent].
    public func sample(seed: UInt64) -> Tensor {
        let (count, random, sigma) = (mean.shape[1], RandomSource(seed: seed), standardDeviation)
        var values = mean.values
        var noise = [Float](repeating: 0, count: count)
        for image in 0..<mean.batch {
            noise.withUnsafeMutableBufferPointer {
                random.normals(into: $0.baseAddress!, count: count, .sampling, index: image)
            }
            for i in 0..<count { values[image * count + i] += sigma[image * count + i] * noise[i] }
        }
        return Tensor(mean.shape, values)
    }

    /// KL divergence to the standard normal, for each dimension apart.
    ///
    /// −½ (1 + log σ² − μ² − σ²).
    /// - Returns: nats, shape [batch, latent]; zero for a plain autoencoder, which has none.
    /// - SeeAlso: Kingma & Welling 2013, appendix B, arXiv:1312.6114.
    public func divergencePerDimension() -> Tensor {
        guard let logVariance else { return Tensor(mean.shape) }
        let sigma = standardDeviation
        return Tensor(
            mean.shape,
            (0..<mean.shape.count).map { i in
                0.5 * (mean[i] * mean[i] + sigma[i] * sigma[i] - 1 - logVariance[i])
            })
    }

    /// KL divergence to the standard normal, summed over latent dimensions, not over the batch.
    /// - Returns: nats per image, shape [batch].
    public func divergence() -> Tensor {
        let (each, count) = (divergencePerDimension(), mean.shape[1])
        let sums = (0..<mean.batch).map { image in
            Float((0..<count).reduce(0.0) { $0 + Double(each[image * count + $1]) })
        }
        return Tensor([mean.batch], sums)
    }
}

extension DiagonalGaussian {
    /// Each dimension's divergence averaged over the batch: nats, one value a dimension.
    public var meanDivergencePerDimension: [Double] {
        let (each, count) = (divergencePerDimension(), mean.shape[1])
        return (0..<count).map { dimension in
            (0..<mean.batch).reduce(0.0) { $0 + Double(each[$1 * count + dimension]) } / Double(max(mean.batch, 1))
        }
    }
}
