import Models
import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A way from one code to another.
public enum Interpolation: Hashable, Sendable {
    /// On the straight line.
    case linear
    /// Around the origin: the direction turns on a great circle while the length goes evenly from one code's to the
    /// other's, so that the way keeps to lengths that the prior knows.
    ///
    /// Without a direction to turn in, where a code lies at the origin or the two lie nearly opposite, it is the
    /// straight line; `way(from:to:)` tells.
    /// - SeeAlso: White 2016, "Sampling generative networks", section 2.1, arXiv:1609.04468.
    case spherical

    /// Codes at even steps, the two ends included.
    ///
    /// ```swift
    /// let way = Interpolation.spherical.codes(from: z0, to: z1, steps: 10)
    /// let images = model.decode(way)
    /// ```
    /// - Parameters:
    ///   - first: z, shape [1, latent].
    ///   - last: z, of the same shape.
    ///   - steps: Two or more.
    /// - Returns: shape [steps, latent].
    public func codes(from first: Tensor, to last: Tensor, steps: Int) -> Tensor {
        requireShape(
            first.shape.rank == 2 && first.batch == 1 && first.shape == last.shape && steps >= 2,
            "\(steps) steps between codes \(first.shape) and \(last.shape)")
        let turn = self == .spherical ? Turn(first.values, last.values) : nil
        let values = (0..<steps).flatMap { step -> [Float] in
            let t = Double(step) / Double(steps - 1)
            let weights = turn?.weights(t) ?? (first: 1 - t, last: t)
            return zip(first.values, last.values).map {
                Float(weights.first * Double($0) + weights.last * Double($1))
            }
        }
        return Tensor([steps, first.shape[1]], values)
    }

    /// The way that is really taken between two codes: `linear` also where `spherical` has no direction to turn in.
    /// - Parameters:
    ///   - first: z, shape [1, latent].
    ///   - last: z, of the same shape.
    public func way(from first: Tensor, to last: Tensor) -> Interpolation {
        self == .spherical && Turn(first.values, last.values) != nil ? .spherical : .linear
    }
}

/// The turn from one code's direction to another's.
private struct Turn {
    /// The codes' lengths.
    private let first, last: Double
    /// Between their directions.
    private let angle: Double

    /// The shortest code that has a direction.
    private static let shortest = 1e-6
    /// The cosine of the widest turn, 0.05 short of π: behind it a little noise decides on which side the way goes.
    private static let widest = -0.99875

    /// Nil where the codes have no great circle of their own.
    init?(_ a: [Float], _ b: [Float]) {
        func dot(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        (first, last) = (dot(a, a).squareRoot(), dot(b, b).squareRoot())
        guard min(first, last) >= Self.shortest else { return nil }
        let cosine = dot(a, b) / (first * last)
        guard cosine >= Self.widest else { return nil }
        angle = acos(min(1, cosine))
    }

    /// What the two codes are multiplied with to be the one at `t`.
    func weights(_ t: Double) -> (first: Double, last: Double) {
        let length = (1 - t) * first + t * last
        // Of one direction, there is nothing to turn.
        let shares = angle < 1e-6 ? (1 - t, t) : (sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle))
        return (shares.0 * length / first, shares.1 * length / last)
    }
}
