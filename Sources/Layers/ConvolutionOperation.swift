import Tensors

/// A convolution or dense layer, with its activation, and with a max-pooling behind it where there is one.
///
/// With a pooling the convolution's own output is never stored: a band of lines is computed into scratch and pooled
/// from there, before bias and ReLU (a quarter of the elementwise work; the same values, since rounding is monotone).
final class ConvolutionOperation: Operation {
    let name: String
    private let correlations: PassCorrelations
    private let kernel: KernelForms
    private let shape: CorrelationShape
    private let activation: ActivationFunction
    private let pool: PooledBand?
    /// A correlation that pools its sums where they are made, and its windows' rows.
    private let inRegisters: (correlation: any PooledCorrelation, rows: Offsets)?
    private let input, output: Activation
    private let bias: Parameter
    private let frame: Frame
    private let work: Int
    /// The padded input and its gradient, where there is padding.
    private let padded, paddedGradient: Int?
    /// Adds to the input's gradient: two layers read one input.
    private let sharesInput: Bool

    /// - Parameters:
    ///   - shape: The padded input is the big image; of the small one, what windows of the pooling cover.
    ///   - operations: Floating-point operations of one pass over one image that the layer is counted with.
    ///   - pool: Height and width of the pooling window.
    init(
        _ name: String, _ shape: CorrelationShape, frame: Frame, operations: Int, activation: ActivationFunction,
        pool: (height: Int, width: Int)?, input: Activation, output: Activation, sharesInput: Bool,
        builder: PlanBuilder
    ) {
        self.name = name
        self.shape = shape
        self.activation = activation
        self.input = input
        self.output = output
        self.frame = frame
        work = operations
        self.sharesInput = sharesInput
        bias = builder.parameter(name + "/bias")
        let (images, backward) = (builder.options.microBatch, input.gradient != nil)
        self.pool = pool.map { PooledBand(shape, window: $0, images: images, builder: builder) }
        correlations = shape.compiled(
            images: self.pool?.mostImages ?? images, lines: self.pool?.mostLines, builder.options)
        if let pool, let band = self.pool, let pooled = correlations.forward.pooled,
            let rows = pooled.windowRows(pool, images: band.mostImages, lines: band.mostLines)
        {
            inRegisters = (pooled, rows)
        } else {
            inRegisters = nil
        }
        kernel = KernelForms(
            builder.parameter(name + "/kernel"), correlations, forward: .gather, backward: backward, builder: builder)
        padded = frame.exists ? builder.allocate(images * frame.outerCount) : nil
        paddedGradient = frame.exists && backward ? builder.allocate(images * frame.outerCount) : nil
        builder.allocateScratch((self.pool?.scratchCount ?? 0) + correlations.scratchCount)
    }

    var operations: (forward: Int, input: Int, weights: Int) {
        (work, input.gradient == nil ? 0 : work, work)
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
        forward(lane, source: source, images: lane.images, lines: 0..<shape.smallHeight)
    }

    func parts(most: Int) -> Int {
        // Padding copies the whole image first.
        frame.exists ? 1 : lineParts.count(most: most, operations: shape.operations)
    }

    func forward(_ lane: LaneMemory, part: Int, of parts: Int) {
        forward(lane, source: input.values(lane), images: 1, lines: lineParts.range(of: part, of: parts))
    }

    private var lineParts: Cut {
        Cut(length: shape.smallHeight, grid: pool?.lineGrid(correlations.forward) ?? correlations.forward.lineGrid)
    }

    /// Whole images, or some lines of one.
    private func forward(_ lane: LaneMemory, source: Floats, images: Int, lines: Range<Int>) {
        let biases = lane.parameters + bias.offset
        guard let pool else {
            let (rows, first) = (images * lines.count * shape.smallWidth, lines.lowerBound * shape.smallWidth)
            let values = output.values(lane) + first * shape.smallChannels
            correlations.forward.gather(
                into: values, from: source + shape.bigOffset(line: lines.lowerBound), rows: rows,
                packed: lane.packed + kernel.forward, start: .bias(biases), scratch: lane.scratch)
            activation.apply(values, rows: rows, channels: shape.smallChannels)
            return
        }
        pool.eachBand(images: images, lines: lines) { band in
            if let inRegisters {
                inRegisters.correlation.gatherPooled(
                    into: output.values(lane) + band.pooled, winners: pool.winners(lane) + band.pooled,
                    from: source + band.big, inRegisters.rows, windows: band.windows,
                    packed: lane.packed + kernel.forward, bias: biases, relu: activation == .relu)
                return
            }
            correlations.forward.gather(
                into: lane.scratch, from: source + band.big, rows: band.rows, packed: lane.packed + kernel.forward,
                start: .zero, scratch: lane.scratch + pool.scratchCount)
            band.eachImage { small, pooled in
                Kernels.shared.maxPool(
                    into: output.values(lane) + pooled, winners: pool.winners(lane) + pooled,
                    from: lane.scratch + small, band.window, bias: biases, relu: activation == .relu)
            }
        }
    }

    func backward(_ lane: LaneMemory) {
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
                let adding = lane.addsGradients || !band.isFirst
                if let inRegisters, dInput == nil {
                    inRegisters.correlation.weightGradientPooled(
                        into: lane.gradients + kernel.gradient, big: source + band.big, inRegisters.rows,
                        pooled: dOutput + band.pooled, winners: pool.winners(lane) + band.pooled,
                        windows: band.windows, adding: adding)
                    return
                }
                band.eachImage { small, pooled in
                    Kernels.shared.maxPoolBackward(
                        into: lane.scratch + small, from: dOutput + pooled, winners: pool.winners(lane) + pooled,
                        band.window)
                }
                multiply(
                    lane, source: source + band.big, dSmall: lane.scratch, dBig: dInput.map { $0 + band.big },
                    rows: band.rows, adding: adding, scratch: lane.scratch + pool.scratchCount)
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
        correlations.backward.backward(
            into: lane.gradients + kernel.gradient, big: source, small: dSmall, rows: rows, adding: adding,
            input: dBig.map { .scatter(into: $0, packed: lane.packed + kernel.backward) }, scratch: scratch)
    }
}
