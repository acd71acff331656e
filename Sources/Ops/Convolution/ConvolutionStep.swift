import Graphs
import Tensors

/// A convolution or dense layer, with its activation, and with a max-pooling behind it where there is one.
///
/// With a pooling the convolution's own output is never stored: a band of lines is computed into scratch and pooled
/// from there, before bias and ReLU (a quarter of the elementwise work; the same values, since rounding is monotone).
final class ConvolutionStep: Step, PartialStep {
    let layers: [String]
    private let correlations: PassCorrelations
    private let kernel: KernelForms
    private let shape: CorrelationShape
    private let activation: Activation?
    private let pool: PooledBand?
    /// A correlation that pools its sums where they are made, and its windows' rows.
    private let inRegisters: (correlation: any PooledCorrelation, rows: Offsets)?
    private let input, output: Slot
    private let write: GradientWrite
    private let bias: Parameter?
    private let frame: Frame
    private let operations: Int
    /// The padded input and its gradient, where there is padding.
    private let padded, paddedGradient: Int?

    /// - Parameters:
    ///   - geometry: Of the site's first node; the padded input is the big image.
    ///   - pooling: The site's last node, where there is one.
    init(
        _ geometry: ConvolutionGeometry, _ activation: Activation?, _ pooling: MaxPooling2D?, _ site: Site,
        _ memory: MemoryPlan
    ) {
        var shape = geometry.shape
        if let pooling {
            // What no window of the pooling covers is not computed.
            shape.smallHeight -= shape.smallHeight % pooling.height
            shape.smallWidth -= shape.smallWidth % pooling.width
        }
        // Bands start within an image, where windows have lines above them.
        let unframed = pooling == nil ? shape.unframed(geometry.frame, memory.options) : nil
        shape = unframed ?? shape
        frame = unframed == nil ? geometry.frame : geometry.frame.cropped
        self.shape = shape
        layers = site.layers
        self.activation = activation
        (input, output, write) = (site.input, site.output, site.gradients[0])
        operations = geometry.operations
        bias = memory.parameter("bias", of: site.nodes[0])
        let (images, backward) = (memory.options.microBatch, write != .none)
        let window = pooling.map { (height: $0.height, width: $0.width) }
        pool = window.map { PooledBand(shape, window: $0, images: images, memory: memory) }
        correlations = shape.compiled(images: pool?.mostImages ?? images, lines: pool?.mostLines, memory.options)
        if bias != nil, let window, let band = pool, let pooled = correlations.forward.pooled,
            let rows = pooled.windowRows(window, images: band.mostImages, lines: band.mostLines)
        {
            inRegisters = (pooled, rows)
        } else {
            inRegisters = nil
        }
        kernel = KernelForms(
            memory.parameter("kernel", of: site.nodes[0])!, correlations, forward: .gather, backward: backward,
            memory: memory)
        padded = frame.exists ? memory.allocate(images * frame.outerCount) : nil
        paddedGradient = frame.exists && backward ? memory.allocate(images * frame.outerCount) : nil
        memory.allocateScratch((pool?.scratchCount ?? 0) + correlations.scratchCount)
    }

    var work: Work {
        Work(forward: operations, inputs: write == .none ? 0 : operations, weights: operations)
    }

    var form: String { correlations.description }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats) {
        kernel.prepare(parameters: parameters, packed: packed, scratch: scratch)
    }

    func forward(_ lane: Lane) {
        var source = input.values(lane)
        if let padded {
            frame.insert(source, into: lane.arena + padded, images: lane.images)
            source = lane.arena + padded
        }
        forward(lane, source: source, images: lane.images, lines: 0..<shape.smallHeight)
    }

    // Padding copies the whole image first, or is where the image ends.
    var parts: (any PartialStep)? { frame.exists || shape.border != nil ? nil : self }

    func count(most: Int) -> Int { lineParts.count(most: most, operations: shape.operations) }

    func forward(_ lane: Lane, part: Int, of parts: Int) {
        forward(lane, source: input.values(lane), images: 1, lines: lineParts.range(of: part, of: parts))
    }

    private var lineParts: Cut {
        Cut(length: shape.smallHeight, grid: pool?.lineGrid(correlations.forward) ?? correlations.forward.lineGrid)
    }

    /// Whole images, or some lines of one.
    private func forward(_ lane: Lane, source: Floats, images: Int, lines: Range<Int>) {
        let biases = bias.map { lane.parameters + $0.offset }
        guard let pool else {
            let (rows, first) = (images * lines.count * shape.smallWidth, lines.lowerBound * shape.smallWidth)
            let values = output.values(lane) + first * shape.smallChannels
            correlations.forward.gather(
                into: values, from: source + shape.bigOffset(line: lines.lowerBound), rows: rows,
                packed: lane.packed + kernel.forward, start: biases.map { .bias($0) } ?? .zero, scratch: lane.scratch)
            activation?.apply(values, rows: rows, channels: shape.smallChannels)
            return
        }
        pool.eachBand(images: images, lines: lines) { band in
            if let inRegisters, let biases {
                inRegisters.correlation.gatherPooled(
                    into: output.values(lane) + band.pooled, winners: pool.winners(lane) + band.pooled,
                    from: source + band.big, inRegisters.rows, windows: band.windows,
                    packed: lane.packed + kernel.forward, bias: biases, relu: activation != nil)
                return
            }
            correlations.forward.gather(
                into: lane.scratch, from: source + band.big, rows: band.rows, packed: lane.packed + kernel.forward,
                start: .zero, scratch: lane.scratch + pool.scratchCount)
            band.eachImage { small, pooled in
                Kernels.shared.maxPool(
                    into: output.values(lane) + pooled, winners: pool.winners(lane) + pooled,
                    from: lane.scratch + small, band.window, bias: biases, relu: activation != nil)
            }
        }
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        activation?.backward(dOutput, output: output.values(lane), count: lane.images * output.count)
        if let bias {
            Kernels.shared.columnSums(
                into: lane.gradients + bias.offset, of: dOutput,
                rows: lane.images * output.count / shape.smallChannels, channels: shape.smallChannels,
                adding: lane.addsGradients)
        }

        let source = padded.map { lane.arena + $0 } ?? input.values(lane)
        let dInput = paddedGradient.map { lane.arena + $0 } ?? (write == .none ? nil : input.gradients(lane))
        if let dInput, paddedGradient != nil || write == .write {
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
            if write == .add {
                frame.extractAdding(target, from: large, images: lane.images)
            } else {
                frame.extract(target, from: large, images: lane.images)
            }
        }
    }

    private func multiply(
        _ lane: Lane, source: Floats, dSmall: Floats, dBig: Floats?, rows: Int, adding: Bool, scratch: Floats
    ) {
        correlations.backward.backward(
            into: lane.gradients + kernel.gradient, big: source, small: dSmall, rows: rows, adding: adding,
            input: dBig.map { .scatter(into: $0, packed: lane.packed + kernel.backward) }, scratch: scratch)
    }
}
