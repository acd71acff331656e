import Tensors

/// A convolution or dense layer, with its activation, and with a max-pooling behind it where there is one.
///
/// With a pooling the convolution's own output is never stored: a band of lines is computed into scratch and pooled
/// from there, before bias and ReLU (a quarter of the elementwise work; the same values, since rounding is monotone).
final class ConvolutionOperation: Operation {
    let name: String
    private let correlation: Correlation
    private let activation: ActivationFunction
    private let pool: PooledBand?
    private let input, output: Activation
    private let kernel, bias: Parameter
    private let gatherPacked, scatterPacked: Int
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
        kernel = builder.parameter(name + "/kernel")
        bias = builder.parameter(name + "/bias")
        let images = builder.options.microBatch
        if let pool {
            let band = PooledBand(shape, window: pool, images: images, builder: builder)
            self.pool = band
            correlation = Correlation(shape, images: 1, lines: band.mostLines)
        } else {
            self.pool = nil
            correlation = Correlation(shape, images: images)
        }
        gatherPacked = builder.allocatePacked(correlation.gatherPackedCount)
        let backward = input.gradient != nil
        scatterPacked = backward ? builder.allocatePacked(correlation.scatterPackedCount) : 0
        padded = frame.exists ? builder.allocate(images * frame.outerCount) : nil
        paddedGradient = frame.exists && backward ? builder.allocate(images * frame.outerCount) : nil
        let scratch = (pool == nil ? 0 : correlation.rows * shape.smallChannels + Kernels.panel)
        builder.allocateScratch(scratch + correlation.scatterScratchCount)
    }

    var operations: (forward: Int, input: Int, weights: Int) {
        let one = correlation.shape.operations
        return (one, input.gradient == nil ? 0 : one, one)
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        correlation.packForGather(into: packed + gatherPacked, kernel: parameters + kernel.offset)
        if input.gradient != nil {
            correlation.packForScatter(into: packed + scatterPacked, kernel: parameters + kernel.offset)
        }
    }

    func forward(_ lane: LaneMemory) {
        var source = input.values(lane)
        if let padded {
            frame.insert(source, into: lane.arena + padded, images: lane.images)
            source = lane.arena + padded
        }
        let shape = correlation.shape
        let biases = lane.parameters + bias.offset
        guard let pool else {
            let rows = lane.images * shape.smallPixels
            correlation.gather(
                into: output.values(lane), from: source, rows: rows, packed: lane.packed + gatherPacked,
                start: .bias(biases))
            activation.apply(output.values(lane), rows: rows, channels: shape.smallChannels)
            return
        }
        pool.eachBand(lane) { band in
            correlation.gather(
                into: lane.scratch, from: source + band.big, rows: band.rows, packed: lane.packed + gatherPacked,
                start: .zero)
            Kernels.shared.maxPool(
                into: output.values(lane) + band.pooled, winners: pool.winners(lane) + band.pooled,
                from: lane.scratch, band.window, bias: biases, relu: activation == .relu)
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
            let scatterScratch = lane.scratch + correlation.rows * shape.smallChannels + Kernels.panel
            pool.eachBand(lane) { band in
                Kernels.shared.maxPoolBackward(
                    into: lane.scratch, from: dOutput + band.pooled, winners: pool.winners(lane) + band.pooled,
                    band.window)
                multiply(
                    lane, source: source + band.big, dSmall: lane.scratch, dBig: dInput.map { $0 + band.big },
                    rows: band.rows, adding: lane.addsGradients || !band.isFirst, scratch: scatterScratch)
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
            into: lane.gradients + kernel.offset, big: source, small: dSmall, rows: rows, adding: adding)
        if let dBig {
            correlation.scatter(
                into: dBig, from: dSmall, rows: rows, packed: lane.packed + scatterPacked, scratch: scratch)
        }
    }
}

/// How a convolution's lines are cut into bands that are pooled while they are in L1.
struct PooledBand: Sendable {
    /// One band: where it starts in the big image and in the pooled output, and its size.
    struct Band {
        let big, pooled, rows: Int
        let window: Window
        let isFirst: Bool
    }

    /// Convolution lines of the tallest band.
    let mostLines: Int
    private let bands: [Band]
    private let bigImage, pooledImage: Int
    private let winnersOffset: Int

    /// A band's output fills about this many floats: 28 KiB of a 32 KiB L1.
    private static let wanted = 7168

    init(_ shape: CorrelationShape, window: (height: Int, width: Int), images: Int, builder: PlanBuilder) {
        let line = shape.smallWidth * shape.smallChannels
        let all = shape.smallHeight
        let fitting = max(1, PooledBand.wanted / (line * window.height)) * window.height
        let lines = min(fitting, all)
        let pooledLine = shape.smallWidth / window.width * shape.smallChannels
        var bands: [Band] = []
        var y = 0
        while y < all {
            // Lines that no window covers join the last band, where their gradient is zero.
            let rest = all - y - lines < window.height ? all - y : lines
            bands.append(
                Band(
                    big: y * shape.strideHeight * shape.bigWidth * shape.bigChannels,
                    pooled: y / window.height * pooledLine,
                    rows: rest * shape.smallWidth,
                    window: Window(
                        height: rest, width: shape.smallWidth, channels: shape.smallChannels,
                        windowHeight: window.height, windowWidth: window.width),
                    isFirst: y == 0))
            y += rest
        }
        self.bands = bands
        mostLines = bands.map(\.window.height).max() ?? 0
        bigImage = shape.bigPixels * shape.bigChannels
        pooledImage = all / window.height * pooledLine
        winnersOffset = builder.allocate((images * pooledImage + 3) / 4)
    }

    func winners(_ lane: LaneMemory) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(lane.arena + winnersOffset).assumingMemoryBound(to: UInt8.self)
    }

    func eachBand(_ lane: LaneMemory, _ body: (Band) -> Void) {
        for image in 0..<lane.images {
            for band in bands {
                body(
                    Band(
                        big: band.big + image * bigImage, pooled: band.pooled + image * pooledImage, rows: band.rows,
                        window: band.window, isFirst: band.isFirst && image == 0))
            }
        }
    }
}
