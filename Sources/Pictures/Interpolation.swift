import CPictures

/// Between which inputs each output of a side lies, as TensorFlow computes it (`compute_interpolation_weights` with
/// `HalfPixelScaler`).
final class Interpolation {
    let side: Side
    private let lower, upper: UnsafeMutablePointer<Int32>
    private let weights: UnsafeMutablePointer<Float>

    deinit {
        lower.deallocate()
        upper.deallocate()
        weights.deallocate()
    }

    init(_ side: Side) {
        self.side = side
        lower = .allocate(capacity: side.output)
        upper = .allocate(capacity: side.output)
        weights = .allocate(capacity: side.output)
        let (start, size) = (Int(side.start), Int(side.end - side.start))
        let scale = Float(size) / Float(side.output)
        for place in 0..<side.output {
            let center = (Float(place) + 0.5) * scale - 0.5
            let floor = center.rounded(.down)
            lower[place] = Int32(start + max(0, Int(floor)))
            upper[place] = Int32(start + min(size - 1, Int(center.rounded(.up))))
            weights[place] = center - floor
        }
    }

    /// For the loops, as long as `use` runs.
    func withTable(_ use: (inout vae_interpolation) -> Void) {
        var table = vae_interpolation(size: Int32(side.output), lower: lower, upper: upper, weight: weights)
        withExtendedLifetime(self) { use(&table) }
    }
}
