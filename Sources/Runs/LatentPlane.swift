import Evaluation
import Figures
import Models
import Tensors

/// The two latent dimensions that a picture shows.
package struct LatentPlane: Hashable, Sendable {
    /// To the right, counted from zero.
    package let x: Int
    /// Up.
    package let y: Int
    private let latent: Int

    /// Two different dimensions of a model with `latent` of them; nil for others.
    package init?(x: Int, y: Int, latent: Int) {
        guard (0..<latent).contains(x), (0..<latent).contains(y), x != y else { return nil }
        (self.x, self.y, self.latent) = (x, y, latent)
    }

    /// The two dimensions whose means vary most, which of two are both; nil for one dimension.
    package init?(of codes: DiagonalGaussian) {
        latent = codes.mean.shape[1]
        guard latent >= 2 else { return nil }
        let variances = codes.variancePerDimension
        let order = variances.indices.sorted {
            variances[$0] == variances[$1] ? $0 < $1 : variances[$0] > variances[$1]
        }
        (x, y) = (min(order[0], order[1]), max(order[0], order[1]))
    }

    /// As a figure's axes are called: z₁, z₂.
    package var axes: (x: String, y: String) { (LatentScatter.axisName(x), LatentScatter.axisName(y)) }

    /// The codes of a lattice in the plane, all other dimensions at zero, in `LatentGrid`'s order.
    /// - Returns: shape [side², latent].
    package func codes(side: Int, range: ClosedRange<Double>) -> Tensor {
        let lattice = LatentGrid.codes(side: side, range: range)
        var codes = Tensor([lattice.batch, latent])
        for image in 0..<lattice.batch {
            codes[image * latent + x] = lattice[2 * image]
            codes[image * latent + y] = lattice[2 * image + 1]
        }
        return codes
    }

    /// A sheet decoded from that lattice.
    /// - Parameter polarity: Judged by the images if left out.
    package func grid(
        _ model: VariationalAutoencoder, side: Int, range: ClosedRange<Double>, polarity: Polarity? = nil
    ) -> LatentGrid {
        LatentGrid(
            images: model.decode(codes(side: side, range: range)), side: side, range: range, polarity: polarity)
    }
}
