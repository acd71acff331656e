import Graphs
import Models
import Ops
import Tensors

/// A graph in one lane's memory, on its own: what the engine does with a model, step by step.
package final class GraphRun {
    package let plan: ExecutionPlan
    package let parameters: ParameterStore
    package let outputShape: Shape
    private let inputs: [Slot]
    private let output: Slot
    private let arena, packed, gradients: AlignedBuffer
    private let pool = ThreadPool(threads: 1)

    /// A plan that trains, down to the gradients of its inputs, or only runs forward.
    ///
    /// Gradients and what values share start as NaN: what is not written shows.
    package init(
        _ graph: Graph, output value: Graph.Value, microBatch: Int, trains: Bool = true, fuses: Bool,
        precision: Precision = .f32, shares: Bool = true
    ) {
        parameters = ParameterStore(graph.parameterLayout)
        outputShape = value.shape
        plan = Planner.plan(
            graph,
            PlanOptions(microBatch: microBatch, trains: trains, fuses: fuses, precision: precision, shares: shares),
            patterns: Patterns.all)
        let plan = plan
        inputs = graph.inputs.map { plan.slot($0.value) }
        output = plan.slot(value)
        arena = AlignedBuffer(count: plan.arenaCount)
        packed = AlignedBuffer(count: plan.packedCount)
        gradients = AlignedBuffer(count: plan.gradientCount)
        gradients.pointer.update(repeating: .nan, count: plan.gradientCount)
        arena.pointer.update(repeating: .nan, count: plan.shared.count)
    }

    /// A list of blocks behind one input.
    package convenience init(
        _ blocks: [Block], input: Shape, microBatch: Int, trains: Bool = true, fuses: Bool,
        precision: Precision = .f32, shares: Bool = true
    ) throws {
        var builder = GraphBuilder()
        let x = try builder.input("input", input)
        let y = try builder.apply(blocks, to: x)
        builder.output(y, seeded: true)
        self.init(
            builder.built, output: y, microBatch: microBatch, trains: trains, fuses: fuses, precision: precision,
            shares: shares)
    }

    /// The parameter that the only layer with weights calls `kind`: `kernel` or `bias`.
    package func parameter(_ kind: String) -> Parameter? {
        parameters.layout.parameters.first { $0.name.hasSuffix("/" + kind) }
    }

    private func lane(_ images: Int, adding: Bool = false) -> Lane {
        plan.lane(
            arena: arena.pointer, packed: packed.pointer, parameters: parameters.pointer, gradients: gradients.pointer,
            images: images, addsGradients: adding)
    }

    /// What must not change any bit: each value and gradient in a place of its own, the same with NaN left behind once its
    /// time is over, where nobody else overwrites it, and in places that they share.
    package static let memories = [(shares: false, spoils: false), (false, true), (true, true)]

    /// Leaves NaN wherever neither a value nor a gradient is needed once a time is over.
    private func spoil(after time: Int) {
        let shared = plan.shared
        var isFree = [Bool](repeating: true, count: shared.count)
        for (life, place) in zip(shared.lives, shared.places)
        where life.times.lowerBound <= time && life.times.upperBound > time {
            for i in place..<place + life.count { isFree[i] = false }
        }
        for i in isFree.indices where isFree[i] { arena.pointer[i] = .nan }
    }

    private var times: PassTimes { PassTimes(steps: plan.steps.count) }

    /// The output of as many images as the values hold, which are those of each input.
    /// - Parameter spoils: Leaves NaN in the place of each value once nothing reads it: memory that others share.
    package func forward(_ values: [[Float]], spoils: Bool = false) -> [Float] {
        let images = values[0].count / inputs[0].count
        let lane = lane(images)
        plan.prepare(parameters: parameters.pointer, packed: packed.pointer, arenas: [arena], on: pool)
        for (input, values) in zip(inputs, values) { input.values(lane).update(from: values, count: values.count) }
        for step in plan.steps.indices {
            plan.forward(lane, [step])
            if spoils { spoil(after: times.forward(step)) }
        }
        return Array(UnsafeBufferPointer(start: output.values(lane), count: images * output.count))
    }

    /// The output for the only input.
    package func forward(_ values: [Float]) -> [Float] { forward([values]) }

    /// Every layer's own output for the only input.
    package func outputs(_ values: [Float]) -> [String: Tensor] {
        let lane = lane(values.count / inputs[0].count)
        plan.prepare(parameters: parameters.pointer, packed: packed.pointer, arenas: [arena], on: pool)
        inputs[0].values(lane).update(from: values, count: values.count)
        return plan.outputs(of: lane, Array(plan.steps.indices))
    }

    /// The gradients at the inputs, after a `forward` of their own; those of the parameters are then in `gradient`.
    /// - Parameter spoils: Leaves NaN in the place of each value and gradient once nothing reads it.
    package func backward(all outputGradient: [Float], adding: Bool = false, spoils: Bool = false) -> [[Float]] {
        let images = outputGradient.count / output.count
        let lane = lane(images, adding: adding)
        output.gradients(lane)!.update(from: outputGradient, count: outputGradient.count)
        for step in plan.steps.indices.reversed() {
            plan.backward(lane, [step])
            if spoils { spoil(after: times.backward(step)) }
        }
        plan.collect(gradients: gradients.pointer, on: pool)
        return inputs.map { Array(UnsafeBufferPointer(start: $0.gradients(lane)!, count: images * $0.count)) }
    }

    /// Writes a gradient from outside at a value that is in memory, and gives it back.
    package func fill(_ value: Graph.Value, with gradient: Float) -> [Float] {
        let (slot, lane) = (plan.slot(value), lane(plan.options.microBatch))
        let count = plan.options.microBatch * slot.count
        slot.gradients(lane)!.update(repeating: gradient, count: count)
        return Array(repeating: gradient, count: count)
    }

    /// The gradient at the only input.
    package func backward(_ outputGradient: [Float], adding: Bool = false) -> [Float] {
        backward(all: outputGradient, adding: adding)[0]
    }

    package func gradient(_ parameter: Parameter) -> [Float] { gradients.copyValues(parameter.range) }
}
