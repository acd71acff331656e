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
    /// On the arc around the origin, which keeps to lengths that the prior knows.
    /// - SeeAlso: White 2016, "Sampling generative networks", section 2.1, arXiv:1609.04468.
    case spherical

    /// Codes at even steps, the two ends included.
    /// - Parameters:
    ///   - first: z, shape [1, latent].
    ///   - last: z, of the same shape.
    ///   - steps: Two or more.
    /// - Returns: shape [steps, latent].
    public func codes(from first: Tensor, to last: Tensor, steps: Int) -> Tensor {
        requireShape(
            first.shape.rank == 2 && first.batch == 1 && first.shape == last.shape && steps >= 2,
            "\(steps) steps between codes \(first.shape) and \(last.shape)")
        let values = (0..<steps).flatMap { step -> [Float] in
            let weights = weights(Double(step) / Double(steps - 1), first.values, last.values)
            return zip(first.values, last.values).map {
                Float(weights.first * Double($0) + weights.last * Double($1))
            }
        }
        return Tensor([steps, first.shape[1]], values)
    }

    private func weights(_ t: Double, _ a: [Float], _ b: [Float]) -> (first: Double, last: Double) {
        let straight = (first: 1 - t, last: t)
        guard self == .spherical else { return straight }
        func dot(_ x: [Float], _ y: [Float]) -> Double { zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let lengths = (dot(a, a) * dot(b, b)).squareRoot()
        guard lengths > 0 else { return straight }
        let angle = acos(max(-1, min(1, dot(a, b) / lengths)))
        // Where the codes lie on one line through the origin there is no one arc.
        guard sin(angle) > 1e-6 else { return straight }
        return (sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle))
    }
}
