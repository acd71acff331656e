import Formats
import Models
import Synchronization
import Tensors

/// The codes of a whole set of images with z = mean, and how well each image is rebuilt.
package struct SetCodes: Sendable {
    /// No other codes in this process have it.
    package let number = numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<Int>(0)
    package let scores: ImageScores
    package let labels: [Int]?
    /// As weighted in the objective; `klLoss` is the sum of all but the reconstruction.
    package let reconstructionLoss, klLoss: [Float]
    /// Of reconstruction and KL loss together, from the lowest.
    let sortedLoss: [Float]

    init(_ scores: ImageScores, labels: [Int]?) {
        self.scores = scores
        self.labels = labels
        reconstructionLoss = scores.reconstruction.map { Float($0) }
        klLoss = scores.others.map { Float($0) }
        sortedLoss = zip(reconstructionLoss, klLoss).map(+).sorted()
    }

    package var count: Int { reconstructionLoss.count }
    package var latent: Int { scores.codes.mean.shape[1] }

    /// The share of images with a lower loss, 0 to 100.
    func percentile(of loss: Float) -> Float {
        var (low, high) = (0, sortedLoss.count)
        while low < high {
            let middle = (low + high) / 2
            if sortedLoss[middle] < loss { low = middle + 1 } else { high = middle }
        }
        return Float(100 * Double(low) / Double(max(sortedLoss.count, 1)))
    }

    /// Images that a page shows at the most, taken at even distances: more points would only hide one another.
    package static let mostShown = 20_000

    /// The codes of some images, at even distances from the first on.
    package func spread(_ most: Int) -> SetCodes {
        guard most < count else { return self }
        let positions = Spread(most, of: count).positions
        func rows(_ tensor: Tensor) -> Tensor {
            Tensor(
                [positions.count, latent],
                positions.flatMap { tensor.values[$0 * latent..<($0 + 1) * latent] })
        }
        let codes = DiagonalGaussian(mean: rows(scores.codes.mean), logVariance: scores.codes.logVariance.map(rows))
        return SetCodes(
            ImageScores(
                codes: codes, reconstruction: positions.map { scores.reconstruction[$0] },
                others: positions.map { scores.others[$0] }),
            labels: labels.map { labels in positions.map { labels[$0] } })
    }

    var byteCount: Int { count * (2 * latent * 4 + 2 * 8 + 3 * 4 + 1) }
}

extension ImageScores {
    /// One set's scores, from those of its parts.
    init(joining parts: [ImageScores], latent: Int) {
        func join(_ tensors: [Tensor]) -> Tensor {
            let values = tensors.flatMap(\.values)
            return Tensor([values.count / latent, latent], values)
        }
        let logVariances = parts.compactMap(\.codes.logVariance)
        self.init(
            codes: DiagonalGaussian(
                mean: join(parts.map(\.codes.mean)),
                logVariance: logVariances.count == parts.count ? join(logVariances) : nil),
            reconstruction: parts.flatMap(\.reconstruction), others: parts.flatMap(\.others))
    }
}
