import Tensors

/// One row of a model summary.
public struct LayerSummary: Hashable, Sendable, Codable {
    /// Its automatic name: `conv2d_1`.
    public let name: String
    /// Its type, as Keras names it: `Conv2D`.
    public let type: String
    /// Its output's shape, without the batch.
    public let outputShape: Shape
    /// Trainable values.
    public let parameters: Int

    package init(name: String, type: String, outputShape: Shape, parameters: Int) {
        self.name = name
        self.type = type
        self.outputShape = outputShape
        self.parameters = parameters
    }
}

/// A chain of layers with its input's shape: a value that plans are compiled from.
public struct Network: Hashable, Sendable {
    /// What stands before each parameter's and layer's name: `encoder`.
    public let name: String
    /// The layers in order.
    public let layers: [Layer]
    /// One image's or code's shape, without the batch.
    public let inputShape: Shape
    /// Each layer's output shape.
    public let outputShapes: [Shape]
    /// Each layer's name, numbered by type as Keras does: `conv2d`, `conv2d_1`.
    public let layerNames: [String]

    /// The most layers of a network.
    package static let mostLayers = 1000
    /// The most pixels of a kernel's side, a stride or an upsampling's factor.
    package static let mostWindow = 1024
    /// The most values that all layers' outputs for one image have together, and a padded image alone.
    package static let mostValues = 1 << 27
    /// The most weights of one layer.
    package static let mostWeights = 1 << 28

    /// Checks every shape, and that a plan for it can be laid out: a network may come from a file.
    /// - Throws: `LayerError` naming the first layer that cannot take what it is given.
    public init(name: String, layers: [Layer], inputShape: Shape) throws(LayerError) {
        self.name = name
        self.layers = layers
        self.inputShape = inputShape
        var (shape, shapes, names, seen) = (inputShape, [Shape](), [String](), [String: Int]())
        try LayerError.require(
            layers.count <= Self.mostLayers, name, "\(layers.count) layers, more than \(Self.mostLayers)")
        try LayerError.require(
            inputShape.dimensions.allSatisfy { $0 > 0 }, name, "needs an input without empty axes, not \(inputShape)")
        var values = try LayerError.requireSize(inputShape.dimensions, of: "the input", atMost: Self.mostValues, name)
        for layer in layers {
            shape = try layer.kind.outputShape(for: shape)
            values += try LayerError.requireSize(
                shape.dimensions, of: "the output", atMost: Self.mostValues - values, layer.kind.typeName)
            shapes.append(shape)
            let stem = layer.kind.stem
            let number = seen[stem, default: 0]
            names.append(number == 0 ? stem : "\(stem)_\(number)")
            seen[stem] = number + 1
        }
        outputShapes = shapes
        layerNames = names
    }

    /// The last layer's output, without the batch.
    public var outputShape: Shape { outputShapes.last ?? inputShape }

    private func inputShape(of layer: Int) -> Shape { layer == 0 ? inputShape : outputShapes[layer - 1] }

    package func declareParameters(in layout: inout ParameterLayout) {
        for (i, layer) in layers.enumerated() {
            layer.kind.declareParameters("\(name)/\(layerNames[i])", input: inputShape(of: i), in: &layout)
        }
    }

    /// Layer (type), output shape, parameters: one row a layer, the input first.
    public var summary: [LayerSummary] {
        let input = LayerSummary(name: "input", type: "Input", outputShape: inputShape, parameters: 0)
        return [input]
            + layers.enumerated().map { i, layer in
                var layout = ParameterLayout()
                layer.kind.declareParameters(layerNames[i], input: inputShape(of: i), in: &layout)
                return LayerSummary(
                    name: layerNames[i], type: layer.kind.typeName, outputShape: outputShapes[i],
                    parameters: layout.count)
            }
    }

    /// Appends the network's operations to a plan.
    package func lower(input: Activation, into builder: PlanBuilder) throws(LayerError) -> Activation {
        requireShape(input.shape == inputShape, "\(name) takes \(inputShape), not \(input.shape)")
        var current = input
        var i = 0
        while i < layers.count {
            let path = "\(name)/\(layerNames[i])"
            let following = i + 1 < layers.count && builder.options.fuses ? layers[i + 1] : nil
            switch (layers[i], following) {
            case (.conv2D(let convolution), .maxPool2D(let pool)?) where convolution.poolsBeforeActivation:
                current = try convolution.lower(
                    path, input: current, pool: pool, poolName: "\(name)/\(layerNames[i + 1])", into: builder)
                i += 2
            case (.upsample2D(let upsample), .convTranspose2D(let convolution)?) where convolution.takesIn(upsample):
                current = try convolution.lower(
                    "\(name)/\(layerNames[i + 1])", input: current, upsample: upsample, upsampleName: path,
                    into: builder)
                i += 2
            default:
                current = layers[i].kind.lower(
                    path, input: current, output: outputShapes[i], sharesInput: false, into: builder)
                i += 1
            }
        }
        return current
    }
}
