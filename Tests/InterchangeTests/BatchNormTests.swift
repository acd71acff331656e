import Formats
import Models
import Recipes
import Tensors
import TestSupport
import Testing
import Training

@testable import Interchange

/// Values that repeat, around zero.
private func values(_ count: Int, _ seed: Int) -> [Float] {
    (0..<count).map { Float(($0 * 7 + seed * 13) % 19) / 9 - 1 }
}

private func tensor(_ shape: Shape, _ seed: Int) -> Tensor { Tensor(shape, values(shape.count, seed)) }

private func norm(_ name: String, _ channels: Int, _ seed: Int) -> [(name: String, tensor: Tensor)] {
    [
        ("\(name).weight", tensor([channels], seed)), ("\(name).bias", tensor([channels], seed + 1)),
        ("\(name).running_mean", tensor([channels], seed + 2)),
        ("\(name).running_var", Tensor([channels], values(channels, seed + 3).map { $0 + 1.5 })),
    ]
}

/// A trained batch norm becomes part of a layer: exactly what it does, in Float64.
struct BatchNormTests {
    private static let epsilon = 1e-5

    /// γ (x − μ) / √(σ² + ε) + β of a channel, from the arrays as they stand in the file.
    private static func normed(_ x: Double, _ norm: [(name: String, tensor: Tensor)], _ channel: Int) -> Double {
        let part = norm.map { Double($0.tensor.values[channel]) }
        return part[0] * (x - part[2]) / (part[3] + epsilon).squareRoot() + part[1]
    }

    /// An encoder of `flatten`, two dense layers with the first's activation, and the smallest decoder.
    private static func configuration(_ encoder: String) throws -> TrainingConfiguration {
        try RecipeText(
            parsing: Array(
                """
                image: [2, 2, 1]
                encoder: \(encoder)
                latent: 1
                decoder: [dense: 4, reshape: [2, 2, 1]]
                """.utf8), source: "a.yaml"
        ).recipe(imageShape: nil).training
    }

    private static let rest: [(name: String, tensor: Tensor)] = [
        ("mean.weight", tensor([1, 2], 31)), ("mean.bias", tensor([1], 32)),
        ("log_variance.weight", tensor([1, 2], 33)),
        ("log_variance.bias", tensor([1], 34)), ("decoder.dense.weight", tensor([4, 1], 35)),
        ("decoder.dense.bias", tensor([4], 36)),
    ]

    private static func read(
        _ tensors: [(name: String, tensor: Tensor)], _ encoder: String, _ place: WeightImport.Place? = nil
    ) throws -> WeightImport {
        var answers = WeightImport.Answers()
        answers.batchNorm = place
        return try WeightImport(
            parsing: SafetensorsFile(tensors: tensors + rest).serialized(), source: "a.safetensors",
            into: configuration(encoder), answers)
    }

    private static func check(_ imported: WeightImport, _ layer: String, _ kernel: [Double], _ bias: [Double]) throws {
        for (name, expected) in [("kernel", kernel), ("bias", bias)] {
            let parameter = try #require(imported.parameters.layout["encoder/\(layer)/\(name)"])
            let found = imported.parameters.tensor(parameter).values
            #expect(found.count == expected.count)
            for (ours, theirs) in zip(found, expected) {
                #expect(abs(Double(ours) - theirs) <= 1e-6 * max(1, abs(theirs)))
            }
        }
    }

    /// Behind a dense layer without an activation there is nothing to ask.
    @Test func `before an activation, into the layer before it`() throws {
        let (weight, norm) = (tensor([2, 4], 1), norm("encoder.norm", 2, 5))
        let imported = try Self.read([("encoder.dense.weight", weight)] + norm, "[flatten, dense: 2]")
        let bias = (0..<2).map { Self.normed(0, norm, $0) }
        let kernel = (0..<8).map { place in
            let (input, output) = (place / 2, place % 2)
            return Self.normed(Double(weight.values[output * 4 + input]), norm, output) - bias[output]
        }
        try Self.check(imported, "dense", kernel, bias)
        #expect(
            imported.remarks == [
                "encoder.dense has no bias: 0 is taken",
                "batch norm encoder.norm is folded into encoder/dense, with ε = 1e-05 (before its activation, if any)",
            ])
    }

    @Test func `after an activation, into the layer after it`() throws {
        let encoder = "[flatten, dense: {units: 3, activation: relu}, dense: 2]"
        let (first, second, norm) = (tensor([3, 4], 1), tensor([2, 3], 2), norm("encoder.norm", 3, 5))
        let tensors: [(name: String, tensor: Tensor)] =
            [("encoder.dense.weight", first), ("encoder.dense.bias", tensor([3], 3))] + norm
            + [("encoder.dense_1.weight", second), ("encoder.dense_1.bias", tensor([2], 4))]
        let imported = try Self.read(tensors, encoder, .afterActivation)
        let shifts = (0..<3).map { Self.normed(0, norm, $0) }
        let kernel = (0..<6).map { place in
            Double(second.values[place % 2 * 3 + place / 2]) * (Self.normed(1, norm, place / 2) - shifts[place / 2])
        }
        let bias = (0..<2).map { output in
            (0..<3).reduce(Double(tensor([2], 4).values[output])) {
                $0 + Double(second.values[output * 3 + $1]) * shifts[$1]
            }
        }
        try Self.check(imported, "dense_1", kernel, bias)
        #expect(throws: ImportError.self) { _ = try Self.read(tensors, encoder) }
    }

    /// Numbers of one sequence that follow one another leave no room for an activation.
    @Test func `a sequence says it`() throws {
        let tensors: [(name: String, tensor: Tensor)] =
            [("encoder.1.weight", tensor([2, 4], 1)), ("encoder.1.bias", tensor([2], 2))] + norm("encoder.2", 2, 5)
        let encoder = "[flatten, dense: {units: 2, activation: relu}]"
        #expect(throws: Never.self) { _ = try Self.read(tensors, encoder) }
        let apart = tensors.map { ($0.name.replacing("encoder.2", with: "encoder.3"), $0.tensor) }
        #expect(throws: ImportError.self) { _ = try Self.read(apart, encoder) }
    }

    /// Keras's group and layer norms have an ε of 1e-3 where nobody says another (Keras 3.15.1), PyTorch's and ours 1e-5;
    /// names are those of our own files for Keras.
    @Test func `a norm's own constant is the recipe's`() throws {
        let tensors: [(name: String, tensor: Tensor)] = [
            ("encoder_dense/kernel", tensor([4, 2], 1)), ("encoder_dense/bias", tensor([2], 2)),
            ("encoder_layer_norm/gamma", tensor([2], 3)), ("encoder_layer_norm/beta", tensor([2], 4)),
            ("mean/kernel", tensor([2, 1], 5)), ("mean/bias", tensor([1], 6)),
            ("log_variance/kernel", tensor([2, 1], 7)),
            ("log_variance/bias", tensor([1], 8)), ("decoder_dense/kernel", tensor([1, 4], 9)),
            ("decoder_dense/bias", tensor([4], 10)),
        ]
        func remarks(_ norm: String) throws -> [String] {
            try WeightImport(
                parsing: NPZ.serialized(tensors), source: "a.npz",
                into: Self.configuration("[flatten, dense: 2, \(norm)]"), .init()
            ).remarks
        }
        #expect(
            try remarks("layer_norm") == [
                "encoder/layer_norm has ε = 1e-05 by the recipe; 0.001 is Keras's default, and weights do not say it"
            ])
        #expect(try remarks("layer_norm: {epsilon: 1e-3}") == [])
    }

    @Test(arguments: [
        (
            "[flatten, dense: 2]", 3,
            "encoder.norm: the model has no batch norm, and the file does not say which layer this one, of 3 channels, stands "
                + "behind: it cannot be folded into another"
        ),
        (
            "[flatten, dense: {units: 2, bias: false}]", 2,
            "encoder.norm: to be folded into encoder/dense, that layer needs a bias, and no groups"
        ),
    ])
    func `what cannot be folded is refused`(encoder: String, channels: Int, expected: String) {
        #expect {
            _ = try Self.read(
                [("encoder.dense.weight", tensor([2, 4], 1))] + norm("encoder.norm", channels, 5), encoder)
        } throws: {
            "\($0)" == "a.safetensors: \(expected)"
        }
    }
}
