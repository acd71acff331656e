import Tensors

/// A convolution or dense layer, with its activation, and with a max-pooling behind it where there is one.
///
/// With a pooling the convolution's own output is never stored: a band of lines is computed into scratch and pooled
/// from there, before bias and ReLU (a quarter of the elementwise work; the same values, since rounding is monotone).
final class ConvolutionOperation: Operation {
    let name: String
    private let correlation: any Correlation
    private let kernel: KernelForms
    private let activation: ActivationFunction
    private let pool: PooledBand?
    private let input, output: Activation
    private let bias: Parameter
    private let frame: Frame
    /// The padded input and its gradient, where there is padding.
    private let padded, paddedGradient: Int?
    /// Adds to the input's gradient: two layers read one input.
    private let sharesInput: Bool

    /// - Parameters:
    ///   - shape: The padded input is the big image.
    ///   - pool: Height and width of the pooling window.
    init(
        _ name: String, _ shape: CorrelationShape, frame: Frame, activation: ActivationFunction,
        pool: (height: Int, width: Int)?, input: Activation, output: Activation, sharesInput: Bool,
        builder: PlanBuilder
    ) {
        self.name = name
        self.activation = activation
        self.input = input
        self.output = output
        self.frame = frame
        self.sharesInput = sharesInput
        bias = builder.parameter(name + "/bias")
        let (images, backward) = (builder.options.microBatch, input.gradient != nil)
        self.pool = pool.map { PooledBand(shape, window: $0, images: images, builder: builder) }
        correlation = shape.compiled(
            images: self.pool?.mostImages ?? images, lines: self.pool?.mostLines, builder.options)
        kernel = KernelForms(
            builder.parameter(name + "/kernel"), correlation, gathers: true, scatters: backward, builder: builder)
        padded = frame.exists ? builder.allocate(images * frame.outerCount) : nil
        paddedGradient = frame.exists && backward ? builder.allocate(images * frame.outerCount) : nil
        builder.allocateScratch((self.pool?.scratchCount ?? 0) + correlation.scratchCount)
    }

    var operations: (forward: Int, input: Int, weights: Int) {
        let one = correlation.shape.operations
        return (one, input.gradient == nil ? 0 : one, one)
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        kernel.prepare(parameters: parameters, packed: packed)
    }

    func finish(gradients: Floats) { kernel.finish(gradients: gradients) }

    func forward(_ lane: LaneMemory) {
        var source = input.values(lane)
        if let padded {
            frame.insert(source, into: lane.arena + padded, images: lane.images)
            source = lane.arena + padded
        }
        forward(lane, source: source, images: lane.images, lines: 0..<correlation.shape.smallHeight)
    }

    func parts(most: Int) -> Int {
        // Padding copies the whole image first.
        frame.exists ? 1 : lineParts.count(most: most, operations: correlation.shape.operations)
    }

    func forward(_ lane: LaneMemory, part: Int, of parts: Int) {
        forward(lane, source: input.values(lane), images: 1, lines: lineParts.range(of: part, of: parts))
    }

    private var lineParts: Cut {
        Cut(length: correlation.shape.smallHeight, grid: pool?.lineGrid(correlation) ?? correlation.lineGrid)
    }

    /// Whole images, or some lines of one.
    private func forward(_ lane: LaneMemory, source: Floats, images: Int, lines: Range<Int>) {
        let shape = correlation.shape
        let biases = lane.parameters + bias.offset
        guard let pool else {
            let (rows, first) = (images * lines.count * shape.smallWidth, lines.lowerBound * shape.smallWidth)
            let values = output.values(lane) + first * shape.smallChannels
            correlation.gather(
                into: values, from: source + shape.bigOffset(line: lines.lowerBound), rows: rows,
                packed: lane.packed + kernel.gather, start: .bias(biases), scratch: lane.scratch)
            activation.apply(values, rows: rows, channels: shape.smallChannels)
            return
        }
        pool.eachBand(images: images, lines: lines) { band in
            correlation.gather(
                into: lane.scratch, from: source + band.big, rows: band.rows, packed: lane.packed + kernel.gather,
                start: .zero, scratch: lane.scratch + pool.scratchCount)
            band.eachImage { small, pooled in
                Kernels.shared.maxPool(
                    into: output.values(lane) + pooled, winners: pool.winners(lane) + pooled,
                    from: lane.scratch + small, band.window, bias: biases, relu: activation == .relu)
            }
        }
    }

    func backward(_ lane: LaneMemory) {
        let shape = correlation.shape
        let dOutput = output.gradients(lane)!
        activation.backward(dOutput, output: output.values(lane), count: lane.images * output.count)
        Kernels.shared.columnSums(
            into: lane.gradients + bias.offset, of: dOutput,
            rows: lane.images * output.count / shape.smallChannels, channels: shape.smallChannels,
            adding: lane.addsGradients)

        let source = padded.map { lane.arena + $0 } ?? input.values(lane)
        let dInput = paddedGradient.map { lane.arena + $0 } ?? input.gradients(lane)
        if let dInput, paddedGradient != nil || !sharesInput {
            dInput.update(repeating: 0, count: lane.images * shape.bigPixels * shape.bigChannels)
        }
        if let pool {
            pool.eachBand(images: lane.images, lines: 0..<shape.smallHeight) { band in
                band.eachImage { small, pooled in
                    Kernels.shared.maxPoolBackward(
                        into: lane.scratch + small, from: dOutput + pooled, winners: pool.winners(lane) + pooled,
                        band.window)
                }
                multiply(
                    lane, source: source + band.big, dSmall: lane.scratch, dBig: dInput.map { $0 + band.big },
                    rows: band.rows, adding: lane.addsGradients || !band.isFirst,
                    scratch: lane.scratch + pool.scratchCount)
            }
        } else {
            multiply(
                lane, source: source, dSmall: dOutput, dBig: dInput, rows: lane.images * shape.smallPixels,
                adding: lane.addsGradients, scratch: lane.scratch)
        }
        if let paddedGradient, let target = input.gradients(lane) {
            let large = lane.arena + paddedGradient
            if sharesInput {
                frame.extractAdding(target, from: large, images: lane.images)
            } else {
                frame.extract(target, from: large, images: lane.images)
            }
        }
    }

    private func multiply(
        _ lane: LaneMemory, source: Floats, dSmall: Floats, dBig: Floats?, rows: Int, adding: Bool, scratch: Floats
    ) {
        correlation.weightGradient(
            into: lane.gradients + kernel.gradient, big: source, small: dSmall, rows: rows, adding: adding,
            scratch: scratch)
        if let dBig {
            correlation.scatter(
                into: dBig, from: dSmall, rows: rows, packed: lane.packed + kernel.scatter, scratch: scratch)
        }
    }
}
