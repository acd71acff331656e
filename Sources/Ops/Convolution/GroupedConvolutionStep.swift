import Graphs
import Tensors

/// A convolution of several groups, or a transposed one: each group's channels are copied together, and run as a
/// convolution of their own.
final class GroupedConvolutionStep: Step {
    let layers: [String]
    private let isTransposed: Bool
    private let shape: CorrelationShape
    private let frame: Frame
    private let groups: Int
    private let correlations: PassCorrelations
    private let input, output: Slot
    private let write: GradientWrite
    private let kernel: Parameter
    private let bias: Parameter?
    /// Among the packed weights: each group's own kernel, then its forms.
    private let ownKernel, gatherForms, scatterForms: Int
    /// All groups' kernel gradients, one behind the other.
    private let kernelGradient: Int
    /// One group of one image: its big image in its padding, its small one, and both gradients.
    private let big, small, bigGradient, smallGradient: Int

    init(_ geometry: ConvolutionGeometry, isTransposed: Bool, _ site: Site, _ memory: MemoryPlan) {
        layers = site.layers
        self.isTransposed = isTransposed
        (shape, frame, groups) = (geometry.shape, geometry.frame, geometry.groups)
        (input, output, write) = (site.input, site.output, site.gradients[0])
        kernel = memory.parameter("kernel", of: site.nodes[0])!
        bias = memory.parameter("bias", of: site.nodes[0])
        correlations = shape.compiled(images: 1, memory.options)
        let (ahead, back) = (correlations.forward, correlations.backward)
        ownKernel = memory.allocatePacked(shape.kernelCount)
        gatherForms = memory.allocatePacked(groups * max(ahead.gatherPackedCount, back.gatherPackedCount))
        scatterForms = memory.allocatePacked(groups * max(ahead.scatterPackedCount, back.scatterPackedCount))
        memory.allocatePackScratch(max(ahead.packScratchCount, back.packScratchCount))
        kernelGradient =
            memory.options.trains
            ? memory.allocateGradient(groups * shape.kernelCount, for: kernel) : kernel.offset
        let bigCount = shape.bigPixels * shape.bigChannels
        let smallCount = shape.smallPixels * shape.smallChannels
        big = memory.allocate(bigCount)
        bigGradient = memory.allocate(bigCount)
        small = memory.allocate(smallCount)
        smallGradient = memory.allocate(smallCount)
        memory.allocateScratch(correlations.scratchCount)
    }

    var work: Work {
        let pass = groups * shape.operations
        return Work(forward: pass, inputs: write == .none ? 0 : pass, weights: pass)
    }

    var form: String { "\(groups) groups, \(correlations.description)" }

    // MARK: - Kernels

    /// A kernel's rows, one a tap and big channel, hold all groups' small channels side by side.
    private func eachRow(_ body: (_ row: Int) -> Void) {
        for row in 0..<shape.kernelCount / shape.smallChannels { body(row) }
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats) {
        let (own, width) = (packed + ownKernel, shape.smallChannels)
        let (gathers, scatters) =
            isTransposed
            ? (correlations.backward, correlations.forward) : (correlations.forward, correlations.backward)
        for group in 0..<groups {
            let from = parameters + kernel.offset + group * width
            eachRow { (own + $0 * width).update(from: from + $0 * width * groups, count: width) }
            gathers.packForGather(
                into: packed + gatherForms + group * gathers.gatherPackedCount, kernel: own,
                scratch: scratch)
            scatters.packForScatter(
                into: packed + scatterForms + group * scatters.scatterPackedCount, kernel: own,
                scratch: scratch)
        }
    }

    func collect(gradients: Floats) {
        let width = shape.smallChannels
        for group in 0..<groups {
            let (from, to) = (
                gradients + kernelGradient + group * shape.kernelCount, gradients + kernel.offset + group * width
            )
            eachRow { (to + $0 * width * groups).update(from: from + $0 * width, count: width) }
        }
    }

    // MARK: - Channels of a group

    /// Calls with each pixel's place among a group's own values, and among all channels' of an image.
    private func eachPixel(isBig: Bool, group: Int, _ body: (_ own: Int, _ all: Int, _ channels: Int) -> Void) {
        guard isBig else {
            let channels = shape.smallChannels
            for pixel in 0..<shape.smallPixels {
                body(pixel * channels, (pixel * groups + group) * channels, channels)
            }
            return
        }
        let channels = shape.bigChannels
        for y in 0..<frame.inner.height {
            for x in 0..<frame.inner.width {
                let own = (y + frame.top) * frame.outer.width + x + frame.left
                body(own * channels, ((y * frame.inner.width + x) * groups + group) * channels, channels)
            }
        }
    }

    private func take(_ image: Floats, isBig: Bool, group: Int, into own: Floats) {
        eachPixel(isBig: isBig, group: group) { (own + $0).update(from: image + $1, count: $2) }
    }

    private func put(_ own: Floats, isBig: Bool, group: Int, into image: Floats, adding: Bool) {
        eachPixel(isBig: isBig, group: group) { from, to, count in
            if adding {
                Kernels.shared.add(own + from, to: image + to, count: count)
            } else {
                (image + to).update(from: own + from, count: count)
            }
        }
    }

    // MARK: - Passes

    func forward(_ lane: Lane) {
        let (big, small) = (lane.arena + big, lane.arena + small)
        for image in 0..<lane.images {
            let (from, to) = (input.values(lane) + image * input.count, output.values(lane) + image * output.count)
            for group in 0..<groups {
                if isTransposed {
                    take(from, isBig: false, group: group, into: small)
                    big.update(repeating: 0, count: shape.bigPixels * shape.bigChannels)
                    correlations.forward.scatter(
                        into: big, from: small, rows: shape.smallPixels,
                        packed: lane.packed + scatterForms + group * correlations.forward.scatterPackedCount,
                        scratch: lane.scratch)
                } else {
                    take(from, isBig: true, group: group, into: big)
                    correlations.forward.gather(
                        into: small, from: big, rows: shape.smallPixels,
                        packed: lane.packed + gatherForms + group * correlations.forward.gatherPackedCount,
                        start: .zero, scratch: lane.scratch)
                }
                put(isTransposed ? big : small, isBig: isTransposed, group: group, into: to, adding: false)
            }
            guard let bias else { continue }
            let channels = bias.shape.count
            for pixel in 0..<output.count / channels {
                Kernels.shared.add(lane.parameters + bias.offset, to: to + pixel * channels, count: channels)
            }
        }
    }

    func backward(_ lane: Lane) {
        guard let dOutput = output.gradients(lane) else { return }
        if let bias {
            Kernels.shared.columnSums(
                into: lane.gradients + bias.offset, of: dOutput,
                rows: lane.images * output.count / bias.shape.count, channels: bias.shape.count,
                adding: lane.addsGradients)
        }
        let dInput = write == .none ? nil : input.gradients(lane)
        for image in 0..<lane.images {
            for group in 0..<groups {
                backward(
                    lane, group: group, adding: lane.addsGradients || image > 0,
                    from: input.values(lane) + image * input.count, dOutput: dOutput + image * output.count,
                    dInput: dInput.map { $0 + image * input.count })
            }
        }
    }

    private func backward(
        _ lane: Lane, group: Int, adding: Bool, from: Floats, dOutput: Floats, dInput: Floats?
    ) {
        let (big, small) = (lane.arena + big, lane.arena + small)
        let (dBig, dSmall) = (lane.arena + bigGradient, lane.arena + smallGradient)
        let back = correlations.backward
        let gradient: InputGradient
        if isTransposed {
            take(from, isBig: false, group: group, into: small)
            // Zero where it was cropped.
            big.update(repeating: 0, count: shape.bigPixels * shape.bigChannels)
            take(dOutput, isBig: true, group: group, into: big)
            gradient = .gather(
                into: dSmall, packed: lane.packed + gatherForms + group * back.gatherPackedCount, adding: false)
        } else {
            take(from, isBig: true, group: group, into: big)
            take(dOutput, isBig: false, group: group, into: small)
            dBig.update(repeating: 0, count: shape.bigPixels * shape.bigChannels)
            gradient = .scatter(
                into: dBig, packed: lane.packed + scatterForms + group * back.scatterPackedCount)
        }
        back.backward(
            into: lane.gradients + kernelGradient + group * shape.kernelCount, big: big, small: small,
            rows: shape.smallPixels, adding: adding, input: dInput == nil ? nil : gradient, scratch: lane.scratch)
        if let dInput {
            put(
                isTransposed ? dSmall : dBig, isBig: !isTransposed, group: group, into: dInput,
                adding: write == .add)
        }
    }
}
