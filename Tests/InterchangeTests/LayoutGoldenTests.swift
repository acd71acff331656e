import Graphs
import Interchange
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// Weights that PyTorch 2.15 and Keras 3.15.1 made, through the table of layouts, give what their models computed.
@Suite struct LayoutGoldenTests {
    private static let pytorch = Architecture(
        name: "pytorch", imageShape: [6, 5, 2],
        encoder: [
            .conv2D(
                Conv2D(
                    4, KernelWindow(height: 3, width: 2, strideHeight: 2, strideWidth: 1, padding: .explicit(1)),
                    groups: 2)),
            .groupNorm(2), .flatten, .layerNorm, .dense(7),
        ], latent: 2,
        decoder: [.dense(24), .reshape([2, 3, 4]), .conv2DTranspose(transposed)])

    private static let transposed: Conv2DTranspose = {
        let window = KernelWindow(height: 4, width: 3, strideHeight: 3, strideWidth: 2, padding: .explicit(1))
        var op = Conv2DTranspose(2, window, groups: 2)
        op.outputPaddingHeight = 1
        return op
    }()

    /// Keras's ε where none is named.
    private static let keras = Architecture(
        name: "keras", imageShape: [6, 6, 2],
        encoder: [
            .conv2D(
                Conv2D(
                    4, KernelWindow(height: 3, width: 2, strideHeight: 2, strideWidth: 2, padding: .same), groups: 2)),
            .op(AnyOp(GroupNorm(2, epsilon: 1e-3)), activation: nil), .flatten,
            .op(AnyOp(LayerNorm(epsilon: 1e-3)), activation: nil), .dense(7),
        ], latent: 2,
        decoder: [
            .dense(24), .reshape([2, 3, 4]),
            .conv2DTranspose(
                Conv2DTranspose(
                    2, KernelWindow(height: 4, width: 3, strideHeight: 3, strideWidth: 2, padding: .same))),
        ])

    @Test func `PyTorch's weights give PyTorch's numbers`() throws {
        try check(Self.pytorch, .layoutPyTorch, .pytorch) { $0.transposed([0, 2, 3, 1]) }
    }

    @Test func `Keras's weights give Keras's numbers`() throws {
        try check(Self.keras, .layoutKeras, .keras) { $0 }
    }

    private func check(
        _ architecture: Architecture, _ golden: Golden, _ layout: WeightLayout, channelsLast: (Tensor) -> Tensor
    ) throws {
        let graph = try architecture.program().graph
        let parameters = ParameterStore(graph.parameterLayout)
        let weights = ModelLayout(graph).weights
        for weight in weights {
            let theirs = golden[weight.name(in: layout)]
            #expect(theirs.shape == weight.shape(in: layout), "\(weight.parameter.name)")
            parameters.set(weight.parameter, weight.ours(theirs, from: layout).values)
        }
        // Nothing of theirs is left over.
        #expect(golden.names.count == weights.count + 5)
        let model = try VariationalAutoencoder(
            architecture, Objective(likelihood: .squaredError), parameters: parameters, threads: 1)
        let code = model.encode(channelsLast(golden["images"]))
        let pictures = model.decode(golden["codes"])
        #expect(relativeError(code.mean.values, golden["mean"].values) < 1e-6)
        #expect(relativeError(try #require(code.logVariance).values, golden["log_variance"].values) < 1e-6)
        #expect(relativeError(pictures.values, channelsLast(golden["pictures"]).values) < 1e-6)
    }
}
