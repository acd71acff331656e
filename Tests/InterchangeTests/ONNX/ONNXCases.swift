import Formats
import Graphs
import Models
import Ops
import Recipes
import Tensors
import TestSupport
import Training

@testable import Interchange

/// Networks to export, with weights, inputs and what they come to here: what ONNX Runtime is held to.
struct ONNXCase: Sendable, CustomStringConvertible {
    /// A file, and how to find what it should give.
    struct File {
        let name: String
        let bytes: [UInt8]
        /// Inputs and outputs by name, [batch, …].
        let arrays: () throws -> (inputs: [String: Tensor], outputs: [String: Tensor])
    }

    let name: String
    let files: @Sendable () throws -> [File]

    var description: String { name }

    /// Of each input.
    static let images = 3

    static let all = ops + models

    // MARK: - One op each

    /// Every case of every op that a network can have, against the op's own definition in Float64.
    static let ops: [ONNXCase] = (Ops.all + Ops.inner).filter { op in ONNXNetwork.ops.contains { $0.kind == op.kind } }
        .flatMap { $0.cases() }.enumerated().map { number, one in ONNXCase(one, number) }

    private init(_ one: OpCase, _ number: Int) {
        name = "op-\(number < 10 ? "0" : "")\(number)-\(one.op.name)"
        files = {
            var builder = GraphBuilder()
            let inputs = try one.inputs.enumerated().map { try builder.input("input_\($0)", $1) }
            let output = try builder.apply(one.op, inputs)
            let graph = builder.built
            var random = TestValues(seed: number)
            let parameters = ParameterStore(graph.parameterLayout)
            for parameter in parameters.layout.parameters {
                parameters.set(parameter, random.uniforms(parameter.shape.count))
            }
            var network = ONNXNetwork(parameters)
            for (place, input) in inputs.enumerated() { network.input(input, named: "input_\(place)", .nhwc) }
            for node in graph.nodes { try network.write(node) }
            network.output(output, named: "output", .nhwc)
            let model = ONNXModel(
                name: one.op.name, description: one.description, inputs: network.inputs, outputs: network.outputs,
                nodes: network.nodes, initializers: network.initializers, metadata: [], producerVersion: "test")
            let values = one.inputs.map { random.uniforms(ONNXCase.images * $0.count, -3...3) }
            return [
                File(name: "op.onnx", bytes: try model.serialized()) {
                    let weights = parameters.layout.parameters.map { Array64(parameters.tensor($0)) }
                    let outputs = (0..<ONNXCase.images).flatMap { image in
                        let taken = zip(one.inputs, values).map { shape, values in
                            Array64(Tensor(shape, Array(values[image * shape.count..<(image + 1) * shape.count])))
                        }
                        return one.op.define(taken, weights).values.map { Float($0) }
                    }
                    let given = zip(one.inputs, values).enumerated().map { place, input in
                        ("input_\(place)", Tensor(Shape([ONNXCase.images] + input.0.dimensions), input.1))
                    }
                    return (
                        Dictionary(uniqueKeysWithValues: given),
                        ["output": Tensor(Shape([ONNXCase.images] + output.shape.dimensions), outputs)]
                    )
                }
            ]
        }
    }

    // MARK: - Whole models

    /// Presets for images of odd sizes where they take them, and recipes that have what presets have not.
    static let models: [ONNXCase] = [
        preset("tutorial", [28, 28, 1]), preset("keras-example", [28, 28, 1]), preset("mlp", [28, 28, 1]),
        preset("mlp", [17, 11, 3]), preset("iwae", [28, 28, 1]), preset("conv", [37, 29, 3]),
        preset("resnet", [45, 33, 3]), preset("burgess", [64, 64, 3]),
        preset("conv", [37, 29, 3], layout: .nchw), preset("tutorial", [28, 28, 1], layout: .nchw),
        recipe("odd", odd, [29, 23, 3]), recipe("odd", odd, [29, 23, 3], layout: .nchw),
        recipe("flat", flat, [9, 7, 2]), recipe("flat", flat, [9, 7, 2], layout: .nchw),
        recipe("point", flat, [9, 7, 2], isVariational: false), recipe("bare", bare, [5, 4, 3]),
    ]

    private static func preset(_ name: String, _ shape: Shape, layout: ImageLayout = .nhwc) -> ONNXCase {
        ONNXCase(name, shape, layout) { try Preset.named(name)!.recipe(imageShape: shape) }
    }

    private static func recipe(
        _ name: String, _ text: String, _ shape: Shape, isVariational: Bool = true, layout: ImageLayout = .nhwc
    ) -> ONNXCase {
        ONNXCase(name, shape, layout) {
            var recipe = try RecipeText(parsing: Array(text.utf8), source: "\(name).yaml").recipe(imageShape: shape)
            recipe.training.architecture.isVariational = isVariational
            return recipe
        }
    }

    private init(
        _ name: String, _ shape: Shape, _ layout: ImageLayout, _ recipe: @escaping @Sendable () throws -> Recipe
    ) {
        let size = shape.dimensions.map { "\($0)" }.joined(separator: "x")
        self.name = "\(name)-\(size)" + (layout == .nchw ? "-nchw" : "")
        files = {
            let training = try recipe().training
            let model = try Self.model(training.architecture, training.objective)
            let files = try ONNXExport(model.file, layout: layout, producerVersion: "test").files()
            return files.map { file in
                File(name: file.name, bytes: file.bytes) {
                    file.name == "encoder.onnx"
                        ? try Self.encoded(model, layout) : try Self.decoded(model, layout)
                }
            }
        }
    }

    /// Weights as they begin, with biases and scales of all sizes.
    static func model(_ architecture: Architecture, _ objective: Objective) throws -> VariationalAutoencoder {
        let parameters = ParameterStore(try architecture.program(objective).graph.parameterLayout)
        let random = RandomSource(seed: 7)
        parameters.initialize(random)
        for (index, parameter) in parameters.layout.parameters.enumerated() where parameter.shape.rank == 1 {
            let noise = random.uniforms(count: parameter.shape.count, limit: 0.5, .sampling, index: index)
            parameters.set(parameter, zip(parameters.tensor(parameter).values, noise).map { $0 + $1 })
        }
        return try VariationalAutoencoder(architecture, objective, parameters: parameters, threads: 1)
    }

    private static func encoded(
        _ model: VariationalAutoencoder, _ layout: ImageLayout
    ) throws -> (inputs: [String: Tensor], outputs: [String: Tensor]) {
        var random = TestValues(seed: 3)
        let shape = Shape([images] + model.architecture.imageShape.dimensions)
        let pictures = Tensor(shape, random.uniforms(shape.count, 0...1))
        let code = model.encode(pictures)
        var outputs = [code.logVariance == nil ? "code" : "mean": code.mean]
        outputs["log_variance"] = code.logVariance
        return (["image": pictures.lying(layout)], outputs)
    }

    private static func decoded(
        _ model: VariationalAutoencoder, _ layout: ImageLayout
    ) throws -> (inputs: [String: Tensor], outputs: [String: Tensor]) {
        var random = TestValues(seed: 4)
        let z = Tensor(
            [images, model.architecture.latent], random.uniforms(images * model.architecture.latent, -2...2))
        var outputs = ["image": model.decode(z).lying(layout)]
        if model.likelihood.kind.takesLogits {
            // The same weights, whose output is taken as it is.
            var objective = model.objective
            objective.likelihood = .squaredError
            let bare = try VariationalAutoencoder(
                model.architecture, objective, parameters: model.parameters, threads: 1)
            outputs["logits"] = bare.decode(z).lying(layout)
        }
        return (["z": z], outputs)
    }
}

extension Tensor {
    /// Images [batch, height, width, channels] in a layout.
    fileprivate func lying(_ layout: ImageLayout) -> Tensor { layout == .nchw ? transposed([0, 3, 1, 2]) : self }
}

extension VariationalAutoencoder {
    /// As a file holds it.
    var file: ModelFile { ModelFile(architecture: architecture, likelihood: likelihood, parameters: parameters) }
}

extension Array64 {
    fileprivate init(_ tensor: Tensor) { self.init(tensor.shape, tensor.values.map { Double($0) }) }
}

extension ONNXCase {
    /// Strides, paddings, groups, output paddings, windows, norms, joins and activations that no preset has.
    private static let odd = """
        image: [any, any, any]
        encoder:
          - conv2d: {channels: 8, kernel: [5, 4], stride: [2, 3], padding: same, activation: {leaky_relu: 0.2}}
          - conv2d: {channels: 12, kernel: 3, padding: [1, 0, 2, 1], groups: 4, bias: false, activation: gelu}
          - group_norm: {groups: 3, epsilon: 0.001}
          - silu
          - max_pooling2d: [1, 2]
          - layer_norm
          - residual: {body: [conv2d: {channels: 12, padding: same}, elu], shortcut: [conv2d: {channels: 12, kernel: 1}]}
          - multiply: [[conv2d: {channels: 6, kernel: 1}, sigmoid], [conv2d: {channels: 6, kernel: 1}, tanh]]
          - concatenate: [[conv2d: {channels: 4, padding: same}], [dropout: 0.3], [gelu_tanh]]
          - average_pooling2d: [3, 2]
          - up_sampling2d: {factor: 2, interpolation: bilinear}
          - crop: [5, 3]
          - flatten
          - dense: {units: 20, activation: selu}
          - layer_norm: {epsilon: 0.001}
          - dense: {units: 10, activation: softplus}
        latent: 3
        decoder:
          - dense: {units: 24, activation: {elu: {alpha: 0.5}}}
          - reshape: [2, 3, 4]
          - conv2d_transpose: {channels: 8, kernel: 4, stride: 3, padding: same, activation: relu}
          - group_norm: 2
          - conv2d_transpose: {channels: 6, kernel: [2, 3], stride: [3, 2], output_padding: [2, 1], groups: 2, activation: leaky_relu}
          - conv2d_transpose: {channels: 6, kernel: 3, padding: 1, output_padding: 1, bias: false}
          - up_sampling2d
          - conv2d: {channels: image, kernel: 3, padding: same}
          - crop: image
        objective: {likelihood: bernoulli}
        training: {epochs: 1}
        """

    /// Branches of flat values, shapes of two and four axes, and an image that ends in a sigmoid.
    private static let flat = """
        image: [any, any, any]
        encoder:
          - concatenate: [[flatten, dense: 8], [global_average_pooling2d]]
          - tanh
        latent: 4
        decoder:
          - add: [[dense: 24], [dense: {units: 24, activation: tanh}]]
          - reshape: [2, 2, 2, 3]
          - layer_norm
          - concatenate: [[gelu], [selu]]
          - reshape: [8, 6]
          - layer_norm
          - flatten
          - unflatten
          - sigmoid
        objective: {likelihood: gaussian_learned}
        training: {epochs: 1}
        """

    /// Hardly a layer.
    private static let bare = """
        image: [any, any, any]
        encoder: [dropout: 0.2, flatten]
        latent: 60
        decoder: [dropout: 0.2, reshape: [5, 4, 3]]
        objective: {likelihood: squared_error}
        training: {epochs: 1}
        """
}
