import Tensors

/// A fully connected layer: y = activation(x · W + b), kernel [in, out].
public struct Dense: Hashable, Sendable, Codable {
    /// Output values.
    public var units: Int
    /// Applied to the output.
    public var activation: ActivationFunction

    /// A layer of `units` outputs.
    public init(units: Int, activation: ActivationFunction = .linear) {
        self.units = units
        self.activation = activation
    }
}

extension Dense: LayerKind {
    package var typeName: String { "Dense" }
    package var stem: String { "dense" }

    package func outputShape(for input: Shape) throws(LayerError) -> Shape {
        try LayerError.require(units > 0, typeName, "units must be at least 1, not \(units)")
        try LayerError.require(input.rank == 1, typeName, "needs a flat input, not \(input): flatten it first")
        try LayerError.requireSize([input[0], units], of: "the kernel", atMost: Network.mostWeights, typeName)
        return [units]
    }

    package func declareParameters(_ name: String, input: Shape, in layout: inout ParameterLayout) {
        _ = layout.declare(name + "/kernel", [input[0], units], .glorotUniform)
        _ = layout.declare(name + "/bias", [units], .zeros)
    }

    package func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        // One pixel on each side: a dense layer is a 1×1 convolution.
        let result = builder.activation(name, output)
        let shape = CorrelationShape(
            bigHeight: 1, bigWidth: 1, bigChannels: input.count, smallHeight: 1, smallWidth: 1, smallChannels: units,
            kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1)
        let frame = Frame(inner: (1, 1), outer: (1, 1), top: 0, left: 0, channels: input.count)
        builder.append(
            ConvolutionOperation(
                name, shape, frame: frame, operations: shape.operations, activation: activation, pool: nil,
                input: input, output: result, sharesInput: sharesInput, builder: builder))
        return result
    }
}
