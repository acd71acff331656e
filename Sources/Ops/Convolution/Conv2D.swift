import Graphs
import Settings
import Tensors

/// A 2-D convolution (cross-correlation, as every framework means it): kernel [height, width, in / groups, out].
public struct Conv2D: Op {
    package static let kind = "conv2d"
    /// Output channels.
    public var channels: Int
    /// Kernel, stride and padding.
    public var window: KernelWindow
    /// Parts that input and output channels are cut into; each output channel reads its own part alone.
    public var groups: Int
    /// Whether each output channel has a number of its own added.
    public var bias: Bool

    /// A convolution to `channels` channels.
    public init(_ channels: Int, _ window: KernelWindow, groups: Int = 1, bias: Bool = true) {
        self.channels = channels
        self.window = window
        self.groups = groups
        self.bias = bias
    }

    package var title: String { "Conv2D" }
    package var summary: String { "A convolution: each output pixel is a weighted sum of a window." }
    package var backwardReads: BackwardReads { .inputs }
    package var isLinear: Bool { true }
    package var takesActivation: Bool { true }
    package var cases: [OpCase] {
        [
            OpCase(Conv2D(64, KernelWindow(5)), [12, 11, 1]),
            OpCase(Conv2D(17, KernelWindow(3)), [9, 8, 20]),
            OpCase(Conv2D(5, KernelWindow(height: 2, width: 4, strideHeight: 2, strideWidth: 3)), [9, 12, 3]),
            OpCase(Conv2D(16, KernelWindow(3, padding: .same)), [7, 9, 16]),
            OpCase(Conv2D(8, KernelWindow(3, stride: 2, padding: .same)), [10, 7, 6]),
            OpCase(Conv2D(32, KernelWindow(4, stride: 2, padding: .explicit(1))), [8, 10, 3]),
            OpCase(
                Conv2D(4, KernelWindow(3, padding: .explicit(top: 0, bottom: 2, left: 3, right: 1)), bias: false),
                [5, 4, 18]),
            OpCase(Conv2D(12, KernelWindow(3, padding: .same), groups: 3), [6, 5, 9]),
            OpCase(Conv2D(20, KernelWindow(3, stride: 2, padding: .same), groups: 20, bias: false), [7, 6, 20]),
        ]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.integer("channels", &channels, 1...Graph.mostWeights)
        try window.settings(visit)
        try visit.integer("groups", &groups, 1...Graph.mostWeights)
        try visit.flag("bias", &bias)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try window.require(name)
        try requireGroups(groups, input: image.channels, output: channels, name)
        guard
            let height = window.padding.down.convolution(
                input: image.height, kernel: window.height, stride: window.strideHeight),
            let width = window.padding.across.convolution(
                input: image.width, kernel: window.width, stride: window.strideWidth)
        else { throw GraphError(name, "a kernel \(window.size) does not fit into \(inputs[0])") }
        try GraphError.requireSize(
            [height.padded, width.padded, image.channels], of: "the padded input", atMost: Graph.mostValues, name)
        try GraphError.requireSize(
            [window.height, window.width, image.channels / groups, channels], of: "the kernel",
            atMost: Graph.mostWeights, name)
        return [height.output, width.output, channels]
    }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        [
            ParameterDeclaration(
                "kernel", [window.height, window.width, inputs[0][2] / groups, channels], .glorotUniform)
        ] + (bias ? [ParameterDeclaration("bias", [channels], .zeros)] : [])
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let (image, kernel) = (inputs[0], parameters[0])
        let down = window.padding.down.convolution(
            input: image.shape[0], kernel: window.height, stride: window.strideHeight)!
        let across = window.padding.across.convolution(
            input: image.shape[1], kernel: window.width, stride: window.strideWidth)!
        let (depth, width) = (image.shape[2] / groups, channels / groups)
        var out = Array64([down.output, across.output, channels])
        for y in 0..<down.output {
            for x in 0..<across.output {
                for c in 0..<channels {
                    var sum = bias ? parameters[1].values[c] : 0
                    for i in 0..<window.height {
                        for j in 0..<window.width {
                            let (row, column) = (
                                y * window.strideHeight + i - down.before, x * window.strideWidth + j - across.before
                            )
                            guard (0..<image.shape[0]).contains(row), (0..<image.shape[1]).contains(column) else {
                                continue
                            }
                            for d in 0..<depth {
                                sum +=
                                    image[row, column, c / width * depth + d]
                                    * kernel.values[((i * window.width + j) * depth + d) * channels + c]
                            }
                        }
                    }
                    out[y, x, c] = sum
                }
            }
        }
        return out
    }

    package func flops(_ inputs: [Shape]) -> Int { geometry(inputs[0]).operations }

    package func products(_ inputs: [Shape], _ options: PlanOptions) -> Int { geometry(inputs[0]).products(options) }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        compileConvolution(site, memory)
    }
}

func requireGroups(_ groups: Int, input: Int, output: Int, _ op: String) throws(GraphError) {
    try GraphError.require(output > 0, op, "needs channels, 1 or more")
    try GraphError.require(
        groups > 0 && input % groups == 0 && output % groups == 0, op,
        "\(input) input and \(output) output channels cannot be cut into \(groups) groups: choose a divisor of both")
}
