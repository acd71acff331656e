import Tensors

/// A transposed convolution with its activation, and with a nearest-neighbour upsampling before it where there is one.
///
/// Upsampling by f and then a stride-1 transposed convolution k×k is one transposed convolution of stride f whose
/// kernel, (k+f−1)×(k+f−1), is the k×k kernel added at the f² shifts. Its gradient goes back by the same shifts.
final class TransposedConvolutionOperation: Operation {
    let name: String
    private let correlations: PassCorrelations
    private let kernel: KernelForms
    private let shape: CorrelationShape
    private let activation: ActivationFunction
    private let input, output: Activation
    private let bias: Parameter
    private let frame: Frame
    private let work: Int
    /// The full output before it is cropped, where it is.
    private let full: Int?

    /// - Parameters:
    ///   - shape: The full output, before any crop, is the big image.
    ///   - fold: How the kernel was made from the layer's own.
    ///   - operations: Floating-point operations of one pass over one image that the layer is counted with.
    init(
        _ name: String, _ shape: CorrelationShape, frame: Frame, fold: Fold?, operations: Int,
        activation: ActivationFunction, input: Activation, output: Activation, builder: PlanBuilder
    ) {
        self.name = name
        self.shape = shape
        self.activation = activation
        self.input = input
        self.output = output
        self.frame = frame
        work = operations
        bias = builder.parameter(name + "/bias")
        let images = builder.options.microBatch
        correlations = shape.compiled(images: images, builder.options)
        kernel = KernelForms(
            builder.parameter(name + "/kernel"), correlations, fold: fold, forward: .scatter,
            backward: input.gradient != nil, builder: builder)
        full = frame.exists ? builder.allocate(images * frame.outerCount) : nil
        builder.allocateScratch(correlations.scratchCount)
    }

    var operations: (forward: Int, input: Int, weights: Int) {
        (work, input.gradient == nil ? 0 : work, work)
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        kernel.prepare(parameters: parameters, packed: packed)
    }

    func finish(gradients: Floats) { kernel.finish(gradients: gradients) }

    func forward(_ lane: LaneMemory) {
        let target = full.map { lane.arena + $0 } ?? output.values(lane)
        Kernels.shared.fillRows(
            target, with: lane.parameters + bias.offset, rows: lane.images * shape.bigPixels,
            channels: shape.bigChannels, stride: shape.bigChannels)
        correlations.forward.scatter(
            into: target, from: input.values(lane), rows: lane.images * shape.smallPixels,
            packed: lane.packed + kernel.forward, scratch: lane.scratch)
        if let full { frame.extract(output.values(lane), from: lane.arena + full, images: lane.images) }
        activation.apply(
            output.values(lane), rows: lane.images * output.count / shape.bigChannels, channels: shape.bigChannels)
    }

    func parts(most: Int) -> Int {
        // A crop copies the whole image at the end.
        guard full == nil, let partial = correlations.forward.partial else { return 1 }
        return cut(partial.scatterAxis).count(most: most, operations: shape.operations)
    }

    private func cut(_ axis: ScatterAxis) -> Cut {
        switch axis {
        case .lines: Cut(length: shape.bigHeight, grid: 1)
        case .channels: Cut(length: shape.bigChannels, grid: Kernels.panel)
        }
    }

    func forward(_ lane: LaneMemory, part: Int, of parts: Int) {
        guard parts > 1, let partial = correlations.forward.partial else { return forward(lane) }
        let range = cut(partial.scatterAxis).range(of: part, of: parts)
        let all = shape.bigChannels
        // The part's rows and which of their channels: some lines as they are, or some channels of each pixel.
        let isLines = partial.scatterAxis == .lines
        let (first, rows, channels) =
            isLines
            ? (range.lowerBound * shape.bigWidth, range.count * shape.bigWidth, 0..<all) : (0, shape.bigPixels, range)
        let values = output.values(lane)
        let own = values + first * all + channels.lowerBound
        Kernels.shared.fillRows(
            own, with: lane.parameters + bias.offset + channels.lowerBound, rows: rows, channels: channels.count,
            stride: all)
        partial.scatter(
            into: values, from: input.values(lane), part: range, packed: lane.packed + kernel.forward,
            scratch: lane.scratch)
        activation.apply(own, rows: rows, channels: channels.count, stride: all)
    }

    func backward(_ lane: LaneMemory) {
        var dOutput = output.gradients(lane)!
        activation.backward(dOutput, output: output.values(lane), count: lane.images * output.count)
        Kernels.shared.columnSums(
            into: lane.gradients + bias.offset, of: dOutput,
            rows: lane.images * output.count / shape.bigChannels, channels: shape.bigChannels,
            adding: lane.addsGradients)
        if let full {
            // The forward pass's full output is spent: its place takes the gradient, zero where it was cropped.
            let large = lane.arena + full
            large.update(repeating: 0, count: lane.images * frame.outerCount)
            frame.insert(dOutput, into: large, images: lane.images)
            dOutput = large
        }
        correlations.backward.backward(
            into: lane.gradients + kernel.gradient, big: dOutput, small: input.values(lane),
            rows: lane.images * shape.smallPixels, adding: lane.addsGradients,
            input: input.gradients(lane).map { .gather(into: $0, packed: lane.packed + kernel.backward) },
            scratch: lane.scratch)
    }
}
