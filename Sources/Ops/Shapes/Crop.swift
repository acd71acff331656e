import Graphs
import Settings
import Tensors

/// The middle of an image: as many lines and columns go at both ends, the odd one at the bottom and right.
public struct Crop: Op {
    package static let kind = "crop"
    /// What stays, in pixels.
    public var height, width: Int

    /// Leaves an image of `height` × `width` pixels.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package var title: String { "Crop" }
    package var summary: String { "The middle of an image, of a given height and width." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] {
        [OpCase(Crop(height: 4, width: 5), [7, 9, 5]), OpCase(Crop(height: 3, width: 2), [3, 4, 17])]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.pair("size", &height, &width, 1...Graph.mostValues)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try GraphError.require(
            (1...image.height).contains(height) && (1...image.width).contains(width), name,
            "\(height)×\(width) pixels cannot be cut out of \(inputs[0])")
        return [height, width, image.channels]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let image = inputs[0]
        var out = Array64([height, width, image.shape[2]])
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<image.shape[2] {
                    out[y, x, c] = image[y + (image.shape[0] - height) / 2, x + (image.shape[1] - width) / 2, c]
                }
            }
        }
        return out
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { CropStep(self, site) }
}

final class CropStep: Step {
    let layers: [String]
    private let frame: Frame
    private let input, output: Slot
    private let write: GradientWrite

    init(_ crop: Crop, _ site: Site) {
        layers = site.layers
        (input, output, write) = (site.input, site.output, site.gradients[0])
        let shape = site.input.shape
        frame = Frame(
            inner: (crop.height, crop.width), outer: (shape[0], shape[1]), top: (shape[0] - crop.height) / 2,
            left: (shape[1] - crop.width) / 2, channels: shape[2])
    }

    func forward(_ lane: Lane) { frame.extract(output.values(lane), from: input.values(lane), images: lane.images) }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        if write == .write { dInput.update(repeating: 0, count: lane.images * input.count) }
        frame.insertAdding(dOutput, into: dInput, images: lane.images)
    }
}
