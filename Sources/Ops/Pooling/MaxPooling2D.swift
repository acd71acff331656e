import Graphs
import Settings
import Tensors

/// Max-pooling over windows that do not overlap; an odd edge is dropped.
public struct MaxPooling2D: Op {
    package static let kind = "max_pooling2d"
    /// The window's height and width in pixels.
    public var height, width: Int

    /// A square window.
    public init(_ size: Int = 2) { self.init(height: size, width: size) }

    /// A window of `height` × `width` pixels.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package var title: String { "MaxPooling2D" }
    package var summary: String { "The largest value of each window and channel; windows do not overlap." }
    package var backwardReads: BackwardReads { .nothing }
    package var outputRange: OutputRange { .inputs }
    package var cases: [OpCase] {
        [
            OpCase(MaxPooling2D(), [8, 6, 16]), OpCase(MaxPooling2D(3), [7, 10, 5]),
            OpCase(MaxPooling2D(height: 1, width: 2), [3, 5, 33]),
        ]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        // The index of a window's winner is a byte.
        try visit.pair("size", &height, &width, 1...256)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try GraphError.require(
            height > 0 && width > 0 && height <= 256 && width <= 256 && height * width <= 256, name,
            "a window of 1 to 256 pixels is needed")
        try GraphError.require(
            image.height >= height && image.width >= width, name,
            "a window \(height)×\(width) does not fit \(inputs[0])")
        return [image.height / height, image.width / width, image.channels]
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let image = inputs[0]
        var out = Array64([image.shape[0] / height, image.shape[1] / width, image.shape[2]])
        for y in 0..<out.shape[0] {
            for x in 0..<out.shape[1] {
                for c in 0..<out.shape[2] {
                    var largest = -Double.infinity
                    for i in 0..<height {
                        for j in 0..<width { largest = max(largest, image[y * height + i, x * width + j, c]) }
                    }
                    out[y, x, c] = largest
                }
            }
        }
        return out
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { MaxPoolingStep(self, site, memory) }
}

/// Max-pooling where no convolution stands before it.
final class MaxPoolingStep: Step {
    let layers: [String]
    private let window: Window
    private let input, output: Slot
    private let write: GradientWrite
    private let winnersOffset: Int

    init(_ pooling: MaxPooling2D, _ site: Site, _ memory: MemoryPlan) {
        layers = site.layers
        window = Window(pooling.height, pooling.width, of: site.input.shape)
        (input, output, write) = (site.input, site.output, site.gradients[0])
        winnersOffset = memory.allocate((memory.options.microBatch * output.count + 3) / 4)
    }

    private func winners(_ lane: Lane) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(lane.arena + winnersOffset).assumingMemoryBound(to: UInt8.self)
    }

    func forward(_ lane: Lane) {
        for image in 0..<lane.images {
            Kernels.shared.maxPool(
                into: output.values(lane) + image * output.count, winners: winners(lane) + image * output.count,
                from: input.values(lane) + image * input.count, window, bias: nil, relu: false)
        }
    }

    func backward(_ lane: Lane) {
        guard write != .none, let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        for image in 0..<lane.images {
            Kernels.shared.maxPoolBackward(
                into: dInput + image * input.count, from: dOutput + image * output.count,
                winners: winners(lane) + image * output.count, window, adding: write == .add)
        }
    }
}
