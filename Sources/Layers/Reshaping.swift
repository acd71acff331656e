import Tensors

/// An activation function as a layer of its own.
struct Activate: LayerKind {
    let function: ActivationFunction

    var typeName: String { "Activation" }
    var stem: String { "activation" }

    func outputShape(for input: Shape) throws(LayerError) -> Shape { input }

    func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        let result = builder.activation(name, output)
        builder.append(ActivationOperation(name, function, input: input, output: result))
        return result
    }
}

/// Flatten (no target) and reshape: the same memory under another shape.
struct Reshape: LayerKind {
    let target: Shape?

    var typeName: String { target == nil ? "Flatten" : "Reshape" }
    var stem: String { target == nil ? "flatten" : "reshape" }

    func outputShape(for input: Shape) throws(LayerError) -> Shape {
        let output = target ?? [input.count]
        try LayerError.require(
            output.count == input.count, typeName,
            "\(input) has \(input.count) values, \(output) has \(output.count)")
        return output
    }

    func lower(
        _ name: String, input: Activation, output: Shape, sharesInput: Bool, into builder: PlanBuilder
    ) -> Activation {
        input.reshaped(output, name: name)
    }
}
