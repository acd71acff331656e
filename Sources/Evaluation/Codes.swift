import Datasets
import Models
import Tensors

extension VariationalAutoencoder {
    /// The codes of a whole set of images, which become Float32 a thousand at a time.
    /// - Returns: mean and log variance, [images.count, latent] each.
    public func encode(_ images: ImageDataset) -> DiagonalGaussian {
        let shape: Shape = [images.count, architecture.latent]
        var mean: [Float] = []
        var logVariance: [Float] = []
        mean.reserveCapacity(shape.count)
        logVariance.reserveCapacity(shape.count)
        for first in stride(from: 0, to: images.count, by: 1000) {
            let codes = encode(images.images(first..<min(first + 1000, images.count)))
            mean += codes.mean.values
            logVariance += codes.logVariance?.values ?? []
        }
        return DiagonalGaussian(
            mean: Tensor(shape, mean), logVariance: architecture.isVariational ? Tensor(shape, logVariance) : nil)
    }
}

extension DiagonalGaussian {
    /// The variance over the batch of each dimension's mean (divided by the number of images).
    public var variancePerDimension: [Double] {
        let (images, latent) = (mean.batch, mean.shape[1])
        return (0..<latent).map { dimension in
            let values = (0..<images).map { Double(mean[$0 * latent + dimension]) }
            let average = values.reduce(0, +) / Double(max(images, 1))
            return values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(max(images, 1))
        }
    }
}
