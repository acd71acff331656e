import Tensors

/// Max-pooling on its own, where no convolution stands before it.
final class MaxPoolOperation: Operation {
    let name: String
    private let window: Window
    private let input, output: Activation
    private let winnersOffset: Int

    init(_ name: String, _ window: Window, input: Activation, output: Activation, builder: PlanBuilder) {
        self.name = name
        self.window = window
        self.input = input
        self.output = output
        winnersOffset = builder.allocate((builder.options.microBatch * output.count + 3) / 4)
    }

    private func winners(_ lane: LaneMemory) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(lane.arena + winnersOffset).assumingMemoryBound(to: UInt8.self)
    }

    func forward(_ lane: LaneMemory) {
        for image in 0..<lane.images {
            Kernels.shared.maxPool(
                into: output.values(lane) + image * output.count, winners: winners(lane) + image * output.count,
                from: input.values(lane) + image * input.count, window, bias: nil, relu: false)
        }
    }

    func backward(_ lane: LaneMemory) {
        guard let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        for image in 0..<lane.images {
            Kernels.shared.maxPoolBackward(
                into: dInput + image * input.count, from: dOutput + image * output.count,
                winners: winners(lane) + image * output.count, window)
        }
    }
}

/// Nearest-neighbour upsampling on its own, where no transposed convolution can take it in.
final class UpsampleOperation: Operation {
    let name: String
    private let window: Window
    private let input, output: Activation

    init(_ name: String, _ window: Window, input: Activation, output: Activation) {
        self.name = name
        self.window = window
        self.input = input
        self.output = output
    }

    func forward(_ lane: LaneMemory) {
        for image in 0..<lane.images {
            Kernels.shared.upsample(
                into: output.values(lane) + image * output.count, from: input.values(lane) + image * input.count,
                window)
        }
    }

    func backward(_ lane: LaneMemory) {
        guard let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        for image in 0..<lane.images {
            Kernels.shared.upsampleBackward(
                into: dInput + image * input.count, from: dOutput + image * output.count, window)
        }
    }
}

/// An activation function on its own.
final class ActivationOperation: Operation {
    let name: String
    private let function: ActivationFunction
    private let input, output: Activation

    init(_ name: String, _ function: ActivationFunction, input: Activation, output: Activation) {
        self.name = name
        self.function = function
        self.input = input
        self.output = output
    }

    func forward(_ lane: LaneMemory) {
        let count = lane.images * input.count
        output.values(lane).update(from: input.values(lane), count: count)
        function.apply(output.values(lane), rows: 1, channels: count)
    }

    func backward(_ lane: LaneMemory) {
        guard let dInput = input.gradients(lane), let dOutput = output.gradients(lane) else { return }
        let count = lane.images * input.count
        dInput.update(from: dOutput, count: count)
        function.backward(dInput, output: output.values(lane), count: count)
    }
}
