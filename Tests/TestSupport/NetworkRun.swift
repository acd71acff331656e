import Layers
import Tensors

/// A network in one lane's memory, on its own: what the engine does with a model, step by step.
package final class NetworkRun {
    package let plan: ExecutionPlan
    package let parameters: ParameterStore
    private let network: Network
    private let input, output: Activation
    private let arena, packed, gradients: AlignedBuffer
    private let pool = ThreadPool(threads: 1)

    /// A plan that trains, down to the gradient of its input, or only runs forward.
    ///
    /// Gradients start as NaN: what is not written shows.
    package init(
        _ network: Network, microBatch: Int, trains: Bool = true, fuses: Bool, precision: Precision = .f32
    ) throws {
        self.network = network
        var layout = ParameterLayout()
        network.declareParameters(in: &layout)
        parameters = ParameterStore(layout)
        let options = PlanOptions(microBatch: microBatch, trains: trains, fuses: fuses, precision: precision)
        let builder = PlanBuilder(options, parameters: layout)
        input = builder.activation("input", network.inputShape)
        output = try network.lower(input: input, into: builder)
        plan = builder.build()
        arena = AlignedBuffer(count: plan.arenaCount)
        packed = AlignedBuffer(count: plan.packedCount)
        gradients = AlignedBuffer(count: plan.gradientCount)
        gradients.pointer.update(repeating: .nan, count: plan.gradientCount)
    }

    /// The parameter that the only layer with weights calls `kind`: `kernel` or `bias`.
    package func parameter(_ kind: String) -> Parameter? {
        parameters.layout.parameters.first { $0.name.hasSuffix("/" + kind) }
    }

    private func lane(_ images: Int, adding: Bool = false) -> LaneMemory {
        plan.lane(
            arena: arena.pointer, packed: packed.pointer, parameters: parameters.pointer, gradients: gradients.pointer,
            images: images, addsGradients: adding)
    }

    /// The output of as many images as `values` holds.
    package func forward(_ values: [Float]) -> [Float] {
        let images = values.count / network.inputShape.count
        let lane = lane(images)
        input.values(lane).update(from: values, count: values.count)
        plan.prepare(parameters: parameters.pointer, packed: packed.pointer, on: pool)
        plan.forward(lane, 0..<plan.operations.count)
        return Array(UnsafeBufferPointer(start: output.values(lane), count: images * network.outputShape.count))
    }

    /// The gradient at the input, after `forward`; those of the parameters are then in `gradient`.
    package func backward(_ outputGradient: [Float], adding: Bool = false) -> [Float] {
        let images = outputGradient.count / network.outputShape.count
        let lane = lane(images, adding: adding)
        output.gradients(lane)!.update(from: outputGradient, count: outputGradient.count)
        plan.backward(lane, 0..<plan.operations.count)
        plan.finish(gradients: gradients.pointer, on: pool)
        return Array(UnsafeBufferPointer(start: input.gradients(lane)!, count: images * network.inputShape.count))
    }

    package func gradient(_ parameter: Parameter) -> [Float] { gradients.copyValues(parameter.range) }
}
