import Tensors

/// A transposed convolution with its activation, and with a nearest-neighbour upsampling before it where there is one.
///
/// Upsampling by f and then a stride-1 transposed convolution k×k is one transposed convolution of stride f whose
/// kernel, (k+f−1)×(k+f−1), is the k×k kernel added at the f² shifts. Its gradient goes back by the same shifts.
final class TransposedConvolutionOperation: Operation {
    let name: String
    private let correlation: Correlation
    private let activation: ActivationFunction
    private let input, output: Activation
    private let kernel, bias: Parameter
    private let gatherPacked, scatterPacked: Int
    private let frame: Frame
    /// The full output before it is cropped, where it is.
    private let full: Int?
    private let fold: Fold?
    /// The folded kernel's place among packed weights and gradients.
    private let foldedPacked: Int
    private let kernelGradient: Int

    /// - Parameters:
    ///   - shape: The full output, before any crop, is the big image.
    ///   - fold: How the kernel was made from the layer's own.
    init(
        _ name: String, _ shape: CorrelationShape, frame: Frame, fold: Fold?, activation: ActivationFunction,
        input: Activation, output: Activation, builder: PlanBuilder
    ) {
        self.name = name
        self.activation = activation
        self.input = input
        self.output = output
        self.frame = frame
        self.fold = fold
        kernel = builder.parameter(name + "/kernel")
        bias = builder.parameter(name + "/bias")
        let images = builder.options.microBatch
        correlation = Correlation(shape, images: images)
        scatterPacked = builder.allocatePacked(correlation.scatterPackedCount)
        gatherPacked = input.gradient == nil ? 0 : builder.allocatePacked(correlation.gatherPackedCount)
        full = frame.exists ? builder.allocate(images * frame.outerCount) : nil
        foldedPacked = fold == nil ? 0 : builder.allocatePacked(shape.kernelCount)
        kernelGradient =
            fold != nil && builder.options.trains ? builder.allocateGradient(shape.kernelCount) : kernel.offset
        builder.allocateScratch(correlation.scatterScratchCount)
    }

    var operations: (forward: Int, input: Int, weights: Int) {
        let one = correlation.shape.operations
        return (one, input.gradient == nil ? 0 : one, one)
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        var weights = parameters + kernel.offset
        if let fold {
            fold.apply(weights, into: packed + foldedPacked)
            weights = UnsafePointer(packed + foldedPacked)
        }
        correlation.packForScatter(into: packed + scatterPacked, kernel: weights)
        if input.gradient != nil { correlation.packForGather(into: packed + gatherPacked, kernel: weights) }
    }

    func forward(_ lane: LaneMemory) {
        let shape = correlation.shape
        let target = full.map { lane.arena + $0 } ?? output.values(lane)
        Kernels.shared.fillRows(
            target, with: lane.parameters + bias.offset, rows: lane.images * shape.bigPixels,
            channels: shape.bigChannels)
        correlation.scatter(
            into: target, from: input.values(lane), rows: lane.images * shape.smallPixels,
            packed: lane.packed + scatterPacked, scratch: lane.scratch)
        if let full { frame.extract(output.values(lane), from: lane.arena + full, images: lane.images) }
        activation.apply(
            output.values(lane), rows: lane.images * output.count / shape.bigChannels, channels: shape.bigChannels)
    }

    func backward(_ lane: LaneMemory) {
        let shape = correlation.shape
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
        let rows = lane.images * shape.smallPixels
        correlation.weightGradient(
            into: lane.gradients + kernelGradient, big: dOutput, small: input.values(lane), rows: rows,
            adding: lane.addsGradients)
        if let dInput = input.gradients(lane) {
            correlation.gather(
                into: dInput, from: dOutput, rows: rows, packed: lane.packed + gatherPacked, start: .zero)
        }
    }

    func finish(gradients: Floats) {
        fold?.applyTransposed(gradients + kernelGradient, into: gradients + kernel.offset)
    }
}

/// A kernel added to itself at all shifts below `factor`: what upsampling before a transposed convolution comes to.
struct Fold: Sendable {
    let kernel, factor: Int
    /// Floats of one tap: big channels · small channels.
    let tap: Int

    var folded: Int { kernel + factor - 1 }

    private func eachShift(_ body: (_ small: Int, _ large: Int) -> Void) {
        for y in 0..<kernel {
            for x in 0..<kernel {
                for dy in 0..<factor {
                    for dx in 0..<factor {
                        body((y * kernel + x) * tap, ((y + dy) * folded + x + dx) * tap)
                    }
                }
            }
        }
    }

    func apply(_ small: UnsafePointer<Float>, into large: Floats) {
        large.update(repeating: 0, count: folded * folded * tap)
        eachShift { from, to in
            for i in 0..<tap { large[to + i] += small[from + i] }
        }
    }

    func applyTransposed(_ large: UnsafePointer<Float>, into small: Floats) {
        small.update(repeating: 0, count: kernel * kernel * tap)
        eachShift { to, from in
            for i in 0..<tap { small[to + i] += large[from + i] }
        }
    }
}
