import Graphs
import Settings
import Tensors

/// A transposed 2-D convolution: kernel [height, width, out / groups, in], as in Keras.
public struct Conv2DTranspose: Op {
    package static let kind = "conv2d_transpose"
    /// Output channels.
    public var channels: Int
    /// Kernel, stride and padding; of the output, which is the larger image.
    public var window: KernelWindow
    /// Rows and columns behind those that the window makes: PyTorch's `output_padding`.
    public var outputPaddingHeight, outputPaddingWidth: Int
    /// Parts that input and output channels are cut into; each input channel writes its own part alone.
    public var groups: Int
    /// Whether each output channel has a number of its own added.
    public var bias: Bool

    /// A transposed convolution to `channels` channels.
    public init(
        _ channels: Int, _ window: KernelWindow, outputPadding: Int = 0, groups: Int = 1, bias: Bool = true
    ) {
        self.channels = channels
        self.window = window
        (outputPaddingHeight, outputPaddingWidth) = (outputPadding, outputPadding)
        self.groups = groups
        self.bias = bias
    }

    package var title: String { "Conv2DTranspose" }
    package var summary: String { "A transposed convolution: each input pixel adds its kernel to a window." }
    package var backwardReads: BackwardReads { .inputs }
    package var isLinear: Bool { true }
    package var takesActivation: Bool { true }
    package var cases: [OpCase] {
        [
            OpCase(Conv2DTranspose(64, KernelWindow(3)), [3, 3, 64]),
            OpCase(Conv2DTranspose(1, KernelWindow(5)), [6, 7, 20]),
            OpCase(Conv2DTranspose(5, KernelWindow(height: 2, width: 3, strideHeight: 3, strideWidth: 2)), [3, 4, 6]),
            OpCase(Conv2DTranspose(16, KernelWindow(3, padding: .same)), [7, 9, 16]),
            OpCase(Conv2DTranspose(8, KernelWindow(3, stride: 2, padding: .same)), [5, 4, 6]),
            OpCase(Conv2DTranspose(3, KernelWindow(4, stride: 2, padding: .explicit(1))), [4, 5, 32]),
            OpCase(
                Conv2DTranspose(18, KernelWindow(3, stride: 2, padding: .explicit(1)), outputPadding: 1), [4, 3, 16]),
            OpCase(Conv2DTranspose(4, KernelWindow(2, stride: 3), outputPadding: 2, bias: false), [3, 2, 5]),
            OpCase(Conv2DTranspose(9, KernelWindow(3, padding: .same), groups: 3), [6, 5, 12]),
        ]
    }

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        try visit.integer("channels", &channels, 1...Graph.mostWeights)
        try window.settings(visit)
        try visit.pair("output_padding", &outputPaddingHeight, &outputPaddingWidth, 0...Graph.mostWindow)
        try visit.integer("groups", &groups, 1...Graph.mostWeights)
        try visit.flag("bias", &bias)
    }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        let image = try GraphError.image(inputs[0], for: name)
        try window.require(name)
        try requireGroups(groups, input: image.channels, output: channels, name)
        try GraphError.require(
            (0..<max(window.strideHeight, 2)).contains(outputPaddingHeight)
                && (0..<max(window.strideWidth, 2)).contains(outputPaddingWidth), name,
            "the output padding must be less than the stride")
        try GraphError.require(
            window.padding != .same || outputPaddingHeight + outputPaddingWidth == 0, name,
            "same padding makes an output of input · stride: leave the output padding out")
        guard let axes = axes(image.height, image.width) else {
            throw GraphError(name, "the padding leaves nothing of the output")
        }
        try GraphError.requireSize(
            [axes.down.full, axes.across.full, channels], of: "the whole output", atMost: Graph.mostValues, name)
        try GraphError.requireSize(
            [window.height, window.width, channels / groups, image.channels], of: "the kernel",
            atMost: Graph.mostWeights, name)
        return [axes.down.output, axes.across.output, channels]
    }

    typealias Axis = (output: Int, before: Int, full: Int)

    func axes(_ height: Int, _ width: Int) -> (down: Axis, across: Axis)? {
        guard
            let down = window.padding.down.transposed(
                input: height, kernel: window.height, stride: window.strideHeight, extra: outputPaddingHeight),
            let across = window.padding.across.transposed(
                input: width, kernel: window.width, stride: window.strideWidth, extra: outputPaddingWidth)
        else { return nil }
        return (down, across)
    }

    package func parameters(_ inputs: [Shape]) -> [ParameterDeclaration] {
        [
            ParameterDeclaration(
                "kernel", [window.height, window.width, channels / groups, inputs[0][2]], .glorotUniform)
        ] + (bias ? [ParameterDeclaration("bias", [channels], .zeros)] : [])
    }

    package func define(_ inputs: [Array64], _ parameters: [Array64]) -> Array64 {
        let (image, kernel) = (inputs[0], parameters[0])
        let (down, across) = axes(image.shape[0], image.shape[1])!
        let (depth, width) = (image.shape[2] / groups, channels / groups)
        var out = Array64([down.output, across.output, channels])
        if bias { for i in out.values.indices { out.values[i] = parameters[1].values[i % channels] } }
        for y in 0..<image.shape[0] {
            for x in 0..<image.shape[1] {
                for i in 0..<window.height {
                    for j in 0..<window.width {
                        let (row, column) = (
                            y * window.strideHeight + i - down.before, x * window.strideWidth + j - across.before
                        )
                        guard (0..<down.output).contains(row), (0..<across.output).contains(column) else { continue }
                        for c in 0..<channels {
                            for d in c / width * depth..<(c / width + 1) * depth {
                                out[row, column, c] +=
                                    image[y, x, d]
                                    * kernel.values[
                                        ((i * window.width + j) * width + c % width) * image.shape[2] + d]
                            }
                        }
                    }
                }
            }
        }
        return out
    }

    package func flops(_ inputs: [Shape]) -> Int { geometry(inputs[0]).operations }

    package func products(_ inputs: [Shape], _ options: PlanOptions) -> Int { geometry(inputs[0]).products(options) }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step {
        compileTransposedConvolution(site, memory)
    }
}
