import Graphs
import Interchange
import Models
import Ops
import Recipes
import Tensors
import TestSupport
import Testing

/// The table of layouts, and what a model makes of it: both ways.
@Suite struct LayoutTests {
    private static func counting(_ shape: Shape) -> Tensor { Tensor(shape, (0..<shape.count).map { Float($0) }) }

    private static let declared: [(op: AnyOp, parameter: ParameterDeclaration)] =
        (Ops.all + Ops.inner).flatMap { op in
            op.cases().flatMap { one in one.op.parameters(one.inputs).map { (one.op, $0) } }
        }

    @Test func `every parameter that an op declares has a row, and no row is idle`() {
        #expect(Self.declared.count > 20)
        for (op, parameter) in Self.declared {
            let row = ParameterLayoutRow.of(op: op.kind, parameter: parameter.name)
            #expect(row?.axes.count == parameter.shape.rank, "\(op.kind) \(parameter.name)")
        }
        for row in ParameterLayoutRow.all {
            #expect(Self.declared.contains { $0.op.kind == row.op && $0.parameter.name == row.ours }, "\(row.op)")
        }
    }

    @Test(arguments: WeightLayout.allCases) func `every row comes back from every layout`(layout: WeightLayout) {
        for (op, parameter) in Self.declared {
            let row = ParameterLayoutRow.of(op: op.kind, parameter: parameter.name)!
            let ours = Self.counting(parameter.shape)
            let theirs = row.tensor(ours, in: layout)
            #expect(theirs.shape == row.shape(ours.shape, in: layout))
            #expect(row.ours(theirs, from: layout) == ours)
        }
    }

    /// `Conv2d.weight` [out, in / groups, height, width], `ConvTranspose2d.weight` [in, out / groups, height, width]:
    /// the documentation of PyTorch 2.15.
    @Test(arguments: ["conv2d", "conv2d_transpose"]) func `PyTorch's kernels have channels first`(op: String) {
        let row = ParameterLayoutRow.of(op: op, parameter: "kernel")!
        let (height, width, third, fourth) = (2, 3, 4, 5)
        let ours = Self.counting([height, width, third, fourth])
        let theirs = row.tensor(ours, in: .pytorch)
        #expect(theirs.shape == [fourth, third, height, width])
        for y in 0..<height {
            for x in 0..<width {
                for i in 0..<third {
                    for j in 0..<fourth {
                        #expect(
                            theirs[((j * third + i) * height + y) * width + x]
                                == ours[((y * width + x) * third + i) * fourth + j])
                    }
                }
            }
        }
        #expect(row.tensor(ours, in: .keras) == ours)
    }

    @Test func `the two orders of a flat image are each other's inverse`() throws {
        let order = try #require(FlattenOrder([2, 3, 4]))
        // Channel 1 of the pixel in row 1 and column 2.
        #expect(order.ours[1 * 6 + 1 * 3 + 2] == (1 * 3 + 2) * 4 + 1)
        #expect(order.ours.map { order.pytorch[$0] } == Array(0..<24))
        #expect(FlattenOrder([1, 1, 64]) == nil && FlattenOrder([28, 28, 1]) == nil && FlattenOrder([7]) == nil)
    }

    private static func layout(encoder: [Block], decoder: [Block], image: Shape = [4, 4, 3]) throws -> ModelLayout {
        let model = Architecture(name: "m", imageShape: image, encoder: encoder, latent: 2, decoder: decoder)
        return ModelLayout(try model.program().graph)
    }

    private static func flattened(_ layout: ModelLayout) -> [String] {
        layout.weights.flatMap { weight in
            weight.flattened.keys.sorted().map { "\(weight.parameter.name) \($0) of \(weight.flattened[$0]!.image)" }
        }
    }

    private static let toImage: [Block] = [.dense(48), .reshape([4, 4, 3])]

    @Test func `dense layers beside an image are in PyTorch's order`() throws {
        let layout = try Self.layout(
            encoder: [.flatten, .activation(.relu), .layerNorm, .dense(8)],
            decoder: [.dense(48), .layerNorm, .activation(.tanh), .reshape([4, 4, 3])])
        #expect(
            Self.flattened(layout) == [
                "encoder/layer_norm/scale 0 of [4, 4, 3]", "encoder/layer_norm/shift 0 of [4, 4, 3]",
                "encoder/dense/kernel 0 of [4, 4, 3]", "decoder/dense/kernel 1 of [4, 4, 3]",
                "decoder/dense/bias 0 of [4, 4, 3]", "decoder/layer_norm/scale 0 of [4, 4, 3]",
                "decoder/layer_norm/shift 0 of [4, 4, 3]",
            ])
        #expect(layout.flattensPixels.isEmpty)
        let kernel = layout.weights.first { $0.parameter.name == "encoder/dense/kernel" }!
        let ours = Self.counting([48, 8])
        let theirs = kernel.tensor(ours, in: .pytorch)
        #expect(theirs.shape == [8, 48])
        // PyTorch's 17th input is channel 1 of the second pixel, our fifth value.
        #expect(theirs[5 * 48 + 17] == ours[(1 * 3 + 1) * 8 + 5])
        #expect(kernel.ours(theirs, from: .pytorch) == ours && kernel.tensor(ours, in: .keras) == ours)
    }

    @Test func `both heads behind a flattening are in PyTorch's order`() throws {
        let layout = try Self.layout(encoder: [.flatten], decoder: Self.toImage)
        #expect(Self.flattened(layout).count == 4)
        #expect(
            layout.weights.map { $0.name(in: .pytorch) }.prefix(3) == [
                "encoder.mean.weight", "encoder.mean.bias", "encoder.log_variance.weight",
            ])
        #expect(layout.weights.map { $0.name(in: .keras) }.last == "decoder/dense/bias")
    }

    @Test func `what else reads flat values keeps them pixel by pixel`() throws {
        let joined = try Self.layout(
            encoder: [.concatenate([[.flatten], [.globalAveragePooling2D]]), .dense(3)], decoder: Self.toImage)
        #expect(joined.flattensPixels == ["encoder/concatenate/branch_0/flatten"])
        #expect(Self.flattened(joined) == ["decoder/dense/kernel 1 of [4, 4, 3]", "decoder/dense/bias 0 of [4, 4, 3]"])
        let turned = try Self.layout(
            encoder: [.flatten, .activation(.relu), .reshape([2, 8, 3]), .flatten, .dense(3)], decoder: Self.toImage)
        #expect(turned.flattensPixels == ["encoder/flatten", "encoder/reshape"])
        #expect(Self.flattened(turned).first == "encoder/dense/kernel 0 of [2, 8, 3]")
        let shared = try Self.layout(
            encoder: [.flatten], decoder: [.dense(48), .residual([.activation(.relu)]), .reshape([4, 4, 3])])
        #expect(shared.flattensPixels == ["decoder/reshape"])
    }

    @Test(arguments: Preset.all.map(\.name), WeightLayout.allCases)
    func `every preset's weights come back from every layout under names of their own`(
        preset: String, layout: WeightLayout
    ) throws {
        let shape: Shape = preset == "burgess" ? [64, 64, 3] : [28, 28, 1]
        let model = try #require(Preset.named(preset)).recipe(imageShape: shape).training.architecture
        let weights = ModelLayout(try model.program().graph).weights
        #expect(Set(weights.map { $0.name(in: layout) }).count == weights.count)
        for weight in weights {
            let ours = Self.counting(weight.parameter.shape)
            let theirs = weight.tensor(ours, in: layout)
            #expect(theirs.shape == weight.shape(in: layout))
            #expect(weight.ours(theirs, from: layout) == ours)
        }
    }
}
