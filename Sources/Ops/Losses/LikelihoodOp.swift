import Graphs
import Settings
import Tensors

/// An op that scores what a decoder makes against the image: −log p(x|z) of one image, or what stands for it.
///
/// Its inputs are the decoder's output and the image, of one shape; its output is one number.
package protocol LikelihoodOp: Op {
    /// Whether the score is −log p(x|z) in nats, constants included.
    var isDensity: Bool { get }
    /// Whether the score is never below 0; densities above 1 make it so.
    var isNonnegative: Bool { get }
    /// Whether the decoder's output is the logit of a pixel; otherwise it is the pixel's mean.
    var takesLogits: Bool { get }
    /// One image's score, and what it changes by.
    /// - Parameters:
    ///   - slopes: Where the score's gradient with respect to the output is put; nil where nobody needs it.
    ///   - parameter: The op's only parameter; 0 where it has none.
    /// - Returns: The score, and its derivative by the parameter.
    func score(
        _ output: UnsafePointer<Float>, target: UnsafePointer<Float>, count: Int, slopes: Floats?, parameter: Float
    ) -> (loss: Double, parameterSlope: Double)
}

extension LikelihoodOp {
    package var arity: ClosedRange<Int> { 2...2 }
    package var isNonnegative: Bool { true }
    package var takesLogits: Bool { false }
    package var cases: [OpCase] { [OpCase(self, [3, 5, 2], [3, 5, 2]), OpCase(self, [37], [37])] }

    package func outputShape(_ inputs: [Shape]) throws(GraphError) -> Shape {
        try GraphError.require(
            inputs[0] == inputs[1], name, "scores a reconstruction \(inputs[0]) against an image \(inputs[1])")
        return [1]
    }

    package func compile(_ site: Site, _ memory: MemoryPlan) -> any Step { LikelihoodStep(self, site, memory) }

    /// Σ (x − x̂)² over an image; the slopes are `scale` · (x̂ − x).
    func squaredError(
        _ output: UnsafePointer<Float>, _ target: UnsafePointer<Float>, _ count: Int, _ slopes: Floats?, scale: Double
    ) -> Double {
        Double(
            Kernels.shared.squaredError(
                gradient: slopes, output, target: target, count: count, scale: Float(scale)))
    }
}

/// A likelihood's op, whatever its kind.
package struct AnyLikelihood: Hashable, Sendable {
    package let op: AnyOp
    /// What `LikelihoodOp` says of each.
    package let isDensity, isNonnegative, takesLogits: Bool

    package init(_ op: some LikelihoodOp) {
        self.op = AnyOp(op)
        (isDensity, isNonnegative, takesLogits) = (op.isDensity, op.isNonnegative, op.takesLogits)
    }

    private init(_ other: AnyLikelihood, op: AnyOp) {
        self.op = op
        (isDensity, isNonnegative, takesLogits) = (other.isDensity, other.isNonnegative, other.takesLogits)
    }

    /// The same with settings read from an object.
    package func reading(_ members: [JSONValue.Member]) throws(SettingError) -> AnyLikelihood {
        AnyLikelihood(self, op: try op.reading(members))
    }
}

final class LikelihoodStep<Scored: LikelihoodOp>: Step {
    let layers: [String]
    private let op: Scored
    private let output, target, loss: Slot
    private let writes: [GradientWrite]
    private let parameter: Parameter?
    /// Of a micro-batch in a plan that trains: the score's gradient with respect to the output and to the parameter.
    ///
    /// They are found with the score, since both need the same exponentials.
    private let slopes, parameterSlopes: Int?

    init(_ op: Scored, _ site: Site, _ memory: MemoryPlan) {
        self.op = op
        layers = site.layers
        (output, target, loss, writes) = (site.inputs[0], site.inputs[1], site.output, site.gradients)
        let node = site.nodes[0]
        parameter = node.parameters.first.flatMap { memory.parameter($0.name, of: node) }
        let (images, trains) = (memory.options.microBatch, memory.options.trains)
        slopes = trains ? memory.allocate(images * output.count) : nil
        parameterSlopes = trains && parameter != nil ? memory.allocate(images) : nil
    }

    func forward(_ lane: Lane) {
        let (count, value) = (output.count, parameter.map { lane.parameters[$0.offset] } ?? 0)
        for image in 0..<lane.images {
            let scored = op.score(
                output.values(lane) + image * count, target: target.values(lane) + image * count, count: count,
                slopes: slopes.map { lane.arena + $0 + image * count }, parameter: value)
            loss.values(lane)[image] = Float(scored.loss)
            if let parameterSlopes { lane.arena[parameterSlopes + image] = Float(scored.parameterSlope) }
        }
    }

    func backward(_ lane: Lane) {
        guard let slopes, let dLoss = loss.gradients(lane) else { return }
        let count = output.count
        for image in 0..<lane.images {
            let (scale, slopes) = (dLoss[image], UnsafePointer(lane.arena + slopes + image * count))
            if let to = output.gradients(lane) { put(slopes, scale, in: to + image * count, writes[0]) }
            if let to = target.gradients(lane) {
                // A Bernoulli's score is linear in the image; others see its distance to the output alone.
                let from = op.takesLogits ? UnsafePointer(output.values(lane) + image * count) : slopes
                put(from, -scale, in: to + image * count, writes[1])
            }
        }
        guard let parameter, let parameterSlopes else { return }
        var sum: Float = 0
        for image in 0..<lane.images { sum += dLoss[image] * lane.arena[parameterSlopes + image] }
        lane.gradients[parameter.offset] = lane.addsGradients ? lane.gradients[parameter.offset] + sum : sum
    }

    private func put(_ slopes: UnsafePointer<Float>, _ scale: Float, in gradient: Floats, _ write: GradientWrite) {
        switch write {
        case .none: break
        case .write: for i in 0..<output.count { gradient[i] = scale * slopes[i] }
        case .add: for i in 0..<output.count { gradient[i] += scale * slopes[i] }
        }
    }
}
