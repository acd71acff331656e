import Graphs
import Settings
import Tensors

/// The mean over windows that do not overlap; an odd edge is dropped.
public struct AveragePooling2D: Op {
    package static let kind = "average_pooling2d"
    /// The window's height and width in pixels.
    public var height, width: Int

    /// A square window.
    public init(_ size: Int = 2) { self.init(height: size, width: size) }

    /// A window of `height` × `width` pixels.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package var title: String { "AveragePooling2D" }
    package var summary: String { "The mean of each window and channel; windows do not overlap." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] {
        [OpCase(AveragePooling2D(), [8, 6, 16]), OpCase(AveragePooling2D(height: 3, width: 2), [7, 9, 5])]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.pair("size", &height, &width, 1...Graph.mostWindow)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try GraphError.require(
            height > 0 && width > 0 && image.height >= height && image.width >= width, name,
            "a window \(height)×\(width) does not fit \(inputs[0])")
        return [image.height / height, image.width / width, image.channels]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let image = inputs[0]
        var out = Array64([image.shape[0] / height, image.shape[1] / width, image.shape[2]])
        for y in 0..<out.shape[0] * height {
            for x in 0..<out.shape[1] * width {
                for c in 0..<out.shape[2] {
                    out[y / height, x / width, c] += image[y, x, c] / Double(height * width)
                }
            }
        }
        return out
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        WindowStep(.average, Window(height, width, of: site.input.shape), site)
    }
}

/// The mean of each channel over the whole image.
public struct GlobalAveragePooling2D: Op {
    package static let kind = "global_average_pooling2d"

    /// It has no settings.
    public init() {}

    package var title: String { "GlobalAveragePooling2D" }
    package var summary: String { "The mean of each channel over the whole image, as [channels]." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var isLinear: Bool { true }
    package var cases: [OpCase] { [OpCase(self, [7, 5, 18])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        [try GraphError.image(inputs[0], for: name).channels]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let image = inputs[0]
        let (pixels, channels) = (image.shape[0] * image.shape[1], image.shape[2])
        return Array64(
            [channels],
            (0..<channels).map { c in
                (0..<pixels).reduce(0) { $0 + image.values[$1 * channels + c] } / Double(pixels)
            })
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        let shape = site.input.shape
        return WindowStep(.average, Window(shape[0], shape[1], of: shape), site)
    }
}
