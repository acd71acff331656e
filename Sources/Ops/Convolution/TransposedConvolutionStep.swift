import Graphs
import Tensors

/// A transposed convolution with its activation, and with a nearest-neighbour upsampling before it where there is one.
///
/// Upsampling by f and then a transposed convolution of stride 1 is one of stride f and then a sum over f×f pixels
/// (`Box`).
final class TransposedConvolutionStep: Step, PartialStep {
    let layers: [String]
    private let correlations: PassCorrelations
    private let kernel: KernelForms
    private let shape: CorrelationShape
    private let activation: Activation?
    private let input, output: Slot
    private let write: GradientWrite
    private let bias: Parameter?
    private let frame: Frame
    private let operations: Int
    /// The full output before it is cropped, where it is.
    private let full: Int?
    private let box: Box?
    /// Floats of scratch for the image of a strided layer before its box is summed.
    private let strided: Int

    /// - Parameters:
    ///   - node: The transposed convolution's own node.
    ///   - geometry: The full output, before any crop, is the big image.
    ///   - box: What is left of an upsampling before the layer.
    ///   - turn: The layer is a convolution, and its kernel is to be turned.
    ///   - operations: Floating-point operations of one pass over one image that the layer is counted with.
    init(
        _ node: Graph.Node, _ geometry: ConvolutionGeometry, box: Box? = nil, turn: KernelTurn? = nil, operations: Int,
        _ activation: Activation?, _ site: Site, _ memory: MemoryPlan
    ) {
        layers = site.layers
        // A box is summed over the whole output.
        let unframed = box == nil ? geometry.shape.unframed(geometry.frame, memory.options) : nil
        shape = unframed ?? geometry.shape
        frame = unframed == nil ? geometry.frame : geometry.frame.cropped
        self.activation = activation
        (input, output, write) = (site.input, site.output, site.gradients[0])
        self.operations = operations
        bias = memory.parameter("bias", of: node)
        let images = memory.options.microBatch
        correlations = shape.compiled(images: images, memory.options)
        kernel = KernelForms(
            memory.parameter("kernel", of: node)!, correlations, turn: turn, forward: .scatter,
            backward: write != .none, memory: memory)
        full = frame.exists ? memory.allocate(images * frame.outerCount) : nil
        self.box = box
        strided = box.map { $0.leadCount + images * geometry.shape.bigPixels * geometry.shape.bigChannels } ?? 0
        memory.allocateScratch(strided + correlations.scratchCount)
    }

    var work: Work {
        Work(forward: operations, inputs: write == .none ? 0 : operations, weights: operations)
    }

    var form: String { correlations.description }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats) {
        kernel.prepare(parameters: parameters, packed: packed, scratch: scratch)
    }

    func collect(gradients: Floats) { kernel.collect(gradients: gradients) }

    func forward(_ lane: Lane) {
        let target = full.map { lane.arena + $0 } ?? output.values(lane)
        forward(lane, into: target, first: 0, pixels: lane.images * shape.bigPixels, channels: 0..<shape.bigChannels) {
            correlations.forward.scatter(
                into: $0, from: input.values(lane), rows: lane.images * shape.smallPixels,
                packed: lane.packed + kernel.forward, scratch: $1)
        }
        if let full { frame.extract(output.values(lane), from: lane.arena + full, images: lane.images) }
        activation?.apply(
            output.values(lane), rows: lane.images * output.count / shape.bigChannels, channels: shape.bigChannels)
    }

    /// Some channels of some pixels of the full output, before its activation.
    private func forward(
        _ lane: Lane, into target: Floats, first: Int, pixels: Int, channels: Range<Int>,
        scatter: (_ image: Floats, _ scratch: Floats) -> Void
    ) {
        let start = first * shape.bigChannels + channels.lowerBound
        guard let box else {
            startRows(lane, target + start, rows: pixels, channels: channels)
            scatter(target, lane.scratch)
            return
        }
        let image = lane.scratch + box.leadCount
        lane.scratch.update(
            repeating: 0, count: box.leadCount + lane.images * shape.bigPixels * shape.bigChannels)
        scatter(image, lane.scratch + strided)
        box.sum(
            into: target + start, from: image + start, pixels: pixels, channels: channels.count,
            bias: bias.map { lane.parameters + $0.offset + channels.lowerBound })
    }

    /// Rows start at the bias, or at zero.
    private func startRows(_ lane: Lane, _ rows: Floats, rows count: Int, channels: Range<Int>) {
        let stride = shape.bigChannels
        if let bias {
            Kernels.shared.fillRows(
                rows, with: lane.parameters + bias.offset + channels.lowerBound, rows: count,
                channels: channels.count, stride: stride)
        } else {
            for row in 0..<count { (rows + row * stride).update(repeating: 0, count: channels.count) }
        }
    }

    // A crop copies the whole image at the end.
    var parts: (any PartialStep)? { full == nil && correlations.forward.partial != nil ? self : nil }

    func count(most: Int) -> Int {
        guard let partial = correlations.forward.partial else { return 1 }
        return cut(partial.scatterAxis).count(most: most, operations: shape.operations)
    }

    private func cut(_ axis: ScatterAxis) -> Cut {
        switch axis {
        case .lines: Cut(length: shape.bigHeight, grid: 1)
        case .channels: Cut(length: shape.bigChannels, grid: Kernels.panel)
        }
    }

    func forward(_ lane: Lane, part: Int, of parts: Int) {
        guard parts > 1, let partial = correlations.forward.partial else { return forward(lane) }
        let range = cut(partial.scatterAxis).range(of: part, of: parts)
        let all = shape.bigChannels
        // The part's rows and which of their channels: some lines as they are, or some channels of each pixel.
        let isLines = partial.scatterAxis == .lines
        let (first, rows, channels) =
            isLines
            ? (range.lowerBound * shape.bigWidth, range.count * shape.bigWidth, 0..<all) : (0, shape.bigPixels, range)
        // A box reaches lines before the part's own.
        let reached = isLines ? max(0, range.lowerBound - (box?.border ?? 0))..<range.upperBound : range
        let values = output.values(lane)
        forward(lane, into: values, first: first, pixels: rows, channels: channels) {
            partial.scatter(
                into: $0, from: input.values(lane), part: reached, packed: lane.packed + kernel.forward, scratch: $1)
        }
        activation?.apply(
            values + first * all + channels.lowerBound, rows: rows, channels: channels.count, stride: all)
    }

    func backward(_ lane: Lane) {
        guard var dOutput = output.gradients(lane) else { return }
        activation?.backward(dOutput, output: output.values(lane), count: lane.images * output.count)
        if let bias {
            Kernels.shared.columnSums(
                into: lane.gradients + bias.offset, of: dOutput,
                rows: lane.images * output.count / shape.bigChannels, channels: shape.bigChannels,
                adding: lane.addsGradients)
        }
        if let full {
            // The forward pass's full output is spent: its place takes the gradient, zero where it was cropped.
            let large = lane.arena + full
            large.update(repeating: 0, count: lane.images * frame.outerCount)
            frame.insert(dOutput, into: large, images: lane.images)
            dOutput = large
        }
        if let box {
            let image = lane.scratch + box.leadCount
            box.adjoint(into: image, from: dOutput, pixels: lane.images * shape.bigPixels)
            dOutput = image
        }
        correlations.backward.backward(
            into: lane.gradients + kernel.gradient, big: dOutput, small: input.values(lane),
            rows: lane.images * shape.smallPixels, adding: lane.addsGradients,
            input: (write == .none ? nil : input.gradients(lane)).map {
                .gather(into: $0, packed: lane.packed + kernel.backward, adding: write == .add)
            },
            scratch: lane.scratch + strided)
    }
}
