import Graphs
import Settings
import Tensors

/// Upsampling by a whole factor.
public struct UpSampling2D: Op {
    /// What new pixels are made of.
    public enum Interpolation: String, Hashable, Sendable, CaseIterable {
        /// Each pixel becomes a square.
        case nearest
        /// Linear between the centres of pixels, constant beyond the outermost: PyTorch's `align_corners=False`.
        case bilinear
    }

    package static let kind = "up_sampling2d"
    /// Pixels that one becomes, both ways.
    public var factor: Int
    /// What new pixels are made of.
    public var interpolation: Interpolation

    /// Upsampling by a factor of 1 or more.
    public init(_ factor: Int = 2, interpolation: Interpolation = .nearest) {
        self.factor = factor
        self.interpolation = interpolation
    }

    package var title: String { "UpSampling2D" }
    package var summary: String { "Each pixel becomes factor × factor pixels, copied or interpolated." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] {
        [
            OpCase(UpSampling2D(), [4, 3, 16]), OpCase(UpSampling2D(3), [2, 5, 7]),
            OpCase(UpSampling2D(interpolation: .bilinear), [4, 3, 17]),
            OpCase(UpSampling2D(3, interpolation: .bilinear), [1, 5, 3]),
        ]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.integer("factor", &factor, 1...Graph.mostWindow)
        try visit.choice("interpolation", &interpolation)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try GraphError.require(
            (1...Graph.mostWindow).contains(factor), name, "the factor must be 1 to \(Graph.mostWindow), not \(factor)")
        return [image.height * factor, image.width * factor, image.channels]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let image = inputs[0]
        var out = Array64([image.shape[0] * factor, image.shape[1] * factor, image.shape[2]])
        for y in 0..<out.shape[0] {
            for x in 0..<out.shape[1] {
                for (row, down) in sources(y, of: image.shape[0]) {
                    for (column, across) in sources(x, of: image.shape[1]) {
                        for c in 0..<out.shape[2] { out[y, x, c] += down * across * image[row, column, c] }
                    }
                }
            }
        }
        return out
    }

    /// The pixels along one side that a new one is made of, and their weights.
    private func sources(_ place: Int, of extent: Int) -> [(place: Int, weight: Double)] {
        guard interpolation == .bilinear else { return [(place / factor, 1)] }
        let exact = (Double(place) + 0.5) / Double(factor) - 0.5
        let below = exact.rounded(.down)
        return [(Int(below), below + 1 - exact), (Int(below) + 1, exact - below)]
            .map { (min(max($0.0, 0), extent - 1), $0.1) }
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        WindowStep(
            interpolation == .nearest ? .nearest : .bilinear, Window(factor, factor, of: site.input.shape), site)
    }
}
