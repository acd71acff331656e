import Graphs
import Models
import Ops
import Recipes
import Tensors
import TestSupport
import Training

/// Models for the writers of other libraries' files: the presets, and what presets do not have.
struct ExportCase: Sendable, CustomStringConvertible {
    let name: String
    let architecture: Architecture
    let likelihood: Likelihood

    var description: String { name }

    init(
        _ name: String, _ image: Shape, latent: Int = 3, _ likelihood: Likelihood = .squaredError,
        isVariational: Bool = true, encoder: [Block], decoder: [Block]
    ) {
        self.name = name
        architecture = Architecture(
            name: name, imageShape: image, encoder: encoder, latent: latent, decoder: decoder,
            isVariational: isVariational)
        self.likelihood = likelihood
    }

    private init(_ preset: Preset) throws {
        let recipe = try preset.recipe(imageShape: preset.name == "burgess" ? [64, 64, 1] : [28, 28, 1])
        name = preset.name
        architecture = recipe.training.architecture
        likelihood = recipe.training.objective.likelihood
    }

    /// The model with weights of which no bias is zero and no scale is one.
    var model: ModelFile {
        get throws {
            let parameters = ParameterStore(
                try architecture.program(Objective(likelihood: likelihood)).graph.parameterLayout)
            parameters.initialize(RandomSource(seed: 1))
            var values = TestValues(seed: name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
            for parameter in parameters.layout.parameters where parameter.shape.rank == 1 {
                let range: ClosedRange<Float> = parameter.initializer == .ones ? 0.5...1.5 : -0.5...0.5
                parameters.set(parameter, values.uniforms(parameter.shape.count, range))
            }
            return ModelFile(architecture: architecture, likelihood: likelihood, parameters: parameters)
        }
    }

    static let presets = Preset.all.map { try! ExportCase($0) }
    static let all = presets + [layers, activations, flats, shapes, plain, tiny] + windows
}

extension ExportCase {
    /// Pools, upsamplings, norms and everything that joins.
    static let layers = ExportCase(
        "layers", [13, 10, 3], .bernoulli,
        encoder: [
            .conv2D(Conv2D(12, KernelWindow(3, padding: .same), groups: 3), activation: .silu),
            .residual(
                [.groupNorm(4), .residual([.layerNorm, .conv2D(12, kernel: 3, padding: .same)])],
                shortcut: [.conv2D(12, kernel: 1)]),
            .concatenate([
                [.maxPooling2D(2), .conv2D(5, kernel: 1)], [.averagePooling2D(2)], [.conv2D(6, kernel: 2, stride: 2)],
            ]),
            .multiply([.layerNorm], [.activation(.sigmoid)]),
            Block.branches(AnyOp(Add()), [[], [.dropout(0.25)], [.groupNorm(1), .activation(.tanh)]]),
            .maxPooling2D(height: 2, width: 1), .globalAveragePooling2D,
        ],
        decoder: [
            .dense(2 * 3 * 4, activation: .relu), .layerNorm, .reshape([2, 3, 4]),
            .upSampling2D(3, interpolation: .bilinear), .groupNorm(2), .upSampling2D(3),
            .conv2DTranspose(3, kernel: 3, padding: .same), .op(AnyOp(Crop(height: 13, width: 10)), activation: nil),
        ])

    /// Every function with every setting, on its own and as a layer's.
    static let activations: ExportCase = {
        let own =
            ActivationFunction.allCases.map { Activation($0) }
            + [Activation(.leakyRelu, parameter: 0.3), Activation(.elu, parameter: 0.4)]
        let lists = own.map { [Block.op(AnyOp(Conv2D(2, KernelWindow(1))), activation: $0)] }
        return ExportCase(
            "activations", [4, 3, 2],
            encoder: [.concatenate(lists), .flatten],
            decoder: own.flatMap { [.dense(24, activation: nil), .op(AnyOp($0), activation: nil)] }
                + [.op(AnyOp(Dense(24, bias: false)), activation: Activation(.leakyRelu, parameter: 0.2))]
                + [.reshape([4, 3, 2])])
    }()

    /// Flat values that something but a dense layer reads, and some that dense layers read.
    static let flats = ExportCase(
        "flats", [4, 5, 3],
        encoder: [
            .concatenate([[.flatten, .activation(.tanh), .layerNorm, .dropout(0.5)], [.globalAveragePooling2D]]),
            .layerNorm, .dense(60), .residual([.dense(60, activation: .relu)]), .reshape([4, 5, 3]),
            .conv2D(4, kernel: 3), .flatten, .layerNorm, .activation(.gelu), .dense(7),
        ],
        decoder: [
            .dense(40), .activation(.silu), .layerNorm, .reshape([2, 5, 4]), .conv2D(6, kernel: 1), .flatten,
            .residual([.layerNorm]), .reshape([4, 5, 3]),
        ])

    /// Reshapes between images, and to other ranks.
    static let shapes = ExportCase(
        "shapes", [6, 4, 2], latent: 1,
        encoder: [
            .reshape([2, 8, 3]), .conv2D(4, kernel: 1), .reshape([16, 4]), .layerNorm,
            .concatenate([[], [.activation(.relu)]]), .reshape([2, 4, 4, 4]), .concatenate([[], []]),
            .reshape([8, 4, 8]), .averagePooling2D(3), .flatten,
        ],
        decoder: [
            .dense(48), .reshape([4, 12]), .layerNorm, .reshape([3, 8, 2]), .conv2DTranspose(2, kernel: 1),
            .reshape([48]), .dense(48), .reshape([6, 4, 2]),
        ])

    /// A code that is a point.
    static let plain = ExportCase(
        "plain", [5, 5, 1], .gaussianLearnedVariance, isVariational: false, encoder: [.flatten],
        decoder: [.dense(25), .reshape([5, 5, 1])])

    /// An image of one pixel.
    static let tiny = ExportCase(
        "tiny", [1, 1, 1], latent: 1, .gaussian(variance: 0.1),
        encoder: [.conv2D(2, kernel: 3, padding: .same), .flatten],
        decoder: [.reshape([1, 1, 1]), .conv2DTranspose(1, kernel: 3, stride: 2, padding: .same), .maxPooling2D()])

    /// Convolutions and transposed ones of odd sizes, strides, paddings and groups: each in an encoder or a decoder.
    static let windows: [ExportCase] = {
        var values = TestValues(seed: 4)
        return (0..<60).compactMap { number in
            func window() -> KernelWindow {
                let padding: [Padding] = [
                    .valid, .same, .explicit(values.integer(0...2)),
                    .explicit(
                        top: values.integer(0...2), bottom: values.integer(0...2), left: values.integer(0...2),
                        right: values.integer(0...2)),
                ]
                return KernelWindow(
                    height: values.integer(1...5), width: values.integer(1...5), strideHeight: values.integer(1...4),
                    strideWidth: values.integer(1...4), padding: padding[values.integer(0...3)])
            }
            let groups = [1, 1, 2, 3][values.integer(0...3)]
            let convolution = Conv2D(groups * 2, window(), groups: groups, bias: values.integer(0...1) == 0)
            var transposed = Conv2DTranspose(groups * 3, window(), groups: groups, bias: values.integer(0...1) == 0)
            if transposed.window.padding != .same {
                transposed.outputPaddingHeight = values.integer(0...max(transposed.window.strideHeight - 1, 1))
                transposed.outputPaddingWidth = values.integer(0...max(transposed.window.strideWidth - 1, 1))
            }
            // Two channels a group: of one, where a wide stride leaves one column, PyTorch 2.15.0 and TensorFlow 2.21.0
            // compute nonsense on AVX-512 (findings/onednn-one-column.sh).
            let image: Shape = [values.integer(6...11), values.integer(6...11), groups * 2]
            let input: Shape = [values.integer(1...4), values.integer(1...4), groups * 2]
            let one = ExportCase(
                "window-\(number)", image, encoder: [.conv2D(convolution), .flatten],
                decoder: [
                    .dense(input.count), .reshape(input), .conv2DTranspose(transposed, activation: .tanh), .flatten,
                    .dense(image.count), .reshape(image),
                ])
            // Some paddings leave nothing.
            return (try? one.architecture.program()) == nil ? nil : one
        }
    }()
}
