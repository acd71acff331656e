import Formats
import Models
import Tensors
import Testing
import Training

@testable import Interchange

private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch { return "\(error)" }
}

/// What is refused, in whole sentences, and what is asked.
struct ImportRefusalTests {
    private static func read(
        _ name: String, _ recipe: String = ForeignModels.example, _ answers: WeightImport.Answers = .init()
    ) -> String {
        message {
            _ = try WeightImport(
                parsing: ForeignModels.bytes(name), source: name, into: ForeignModels.configuration(recipe), answers)
        }
    }

    /// Keras 3.15.1: the number of a head in `.weights.h5` follows the order of the model's outputs, and get_weights() has
    /// no names at all; PyTorch's own example calls its heads fc21 and fc22.
    @Test(arguments: [
        ("keras-nameless.weights.h5", "encoder/dense_a", "encoder/dense_b", "kernel"),
        ("keras-example.npz", "arr_6", "arr_8", "kernel"), ("torch-nameless.pt", "fc21", "fc22", "weight"),
    ])
    func `heads without telling names are asked for`(file: String, one: String, other: String, kernel: String) {
        let shape = kernel == "kernel" ? "[5, 2]" : "[2, 5]"
        #expect(
            Self.read(file) == """
                \(file): which of \(one), \(other) is mean and which log_variance (\(kernel) \(shape), bias [2])? Neither \
                names nor order say; answer with
                  --map mean=\(one) --map log_variance=\(other)
                  --map mean=\(other) --map log_variance=\(one)
                """)
    }

    /// Swapped heads are swapped: what the user says is what is done.
    @Test func `answers are obeyed`() throws {
        let configuration = try ForeignModels.configuration(ForeignModels.example)
        let bytes = try ForeignModels.bytes("torch-nameless.pt")
        let (right, swapped) = (
            try WeightImport(parsing: bytes, source: "a", into: configuration, .init(heads: "fc21", "fc22")),
            try WeightImport(parsing: bytes, source: "a", into: configuration, .init(heads: "fc22", "fc21"))
        )
        func kernel(_ imported: WeightImport, _ head: String) throws -> Tensor {
            imported.parameters.tensor(try #require(imported.parameters.layout["\(head)/dense/kernel"]))
        }
        #expect(try kernel(right, "mean") == kernel(swapped, "log_variance"))
        #expect(try kernel(right, "mean") != kernel(swapped, "mean"))
    }

    @Test func `answers that fit nothing`() {
        func read(_ ours: String, _ theirs: String) -> String {
            var answers = WeightImport.Answers()
            answers.layers = [(ours, theirs)]
            return Self.read("torch.pt", ForeignModels.example, answers)
        }
        #expect(
            read("meen", "fc_mu") == """
                torch.pt: the model has no layer meen; did you mean mean?; it has encoder/conv2d, encoder/conv2d_1, \
                encoder/dense, mean, log_variance, decoder/dense, decoder/conv2d_transpose, decoder/conv2d_transpose_1, \
                decoder/conv2d_transpose_2
                """)
        #expect(read("mean", "nobody").hasPrefix("torch.pt: the file has no layer nobody; it has encoder.0.inner, "))
        #expect(
            read("mean", "encoder.5")
                == "torch.pt: mean: expected weight [2, 5], bias [2], found encoder.5 (weight [5, 24], bias [5])")
        var twice = WeightImport.Answers()
        twice.layers = [("mean", "fc_mu"), ("mean", "fc_logvar")]
        #expect(
            Self.read("torch.pt", ForeignModels.example, twice)
                == "torch.pt: mean=fc_logvar: expected each layer in one --map, found it in two")
    }

    /// Every layer that has no other is named, with what was expected and found.
    @Test func `all that does not fit is listed`() {
        let wider = ForeignModels.example.replacing(
            "{channels: 4, kernel: 3, stride: 2, padding: same",
            with: "{channels: 3, kernel: 3, stride: 2, padding: same")
        #expect(
            Self.read("keras-example.weights.h5", wider) == """
                keras-example.weights.h5:
                  encoder/conv2d: expected kernel [3, 3, 1, 3], bias [3], found encoder/conv2d (0 [3, 3, 1, 4], 1 [4])
                  encoder/conv2d_1: expected kernel [3, 3, 3, 6], bias [6], found encoder/conv2d_1 (0 [3, 3, 4, 6], 1 [6])
                  decoder/conv2d_transpose_1: expected kernel [3, 3, 3, 6], bias [3], found decoder/conv2d_transpose_1 (0 [3, 3, 4, 6], 1 [4])
                  decoder/conv2d_transpose_2: expected kernel [3, 3, 1, 3], bias [1], found decoder/conv2d_transpose_2 (0 [3, 3, 1, 4], 1 [1])
                """)
        // Half a model of Keras's older form.
        #expect(
            Self.read("keras-encoder.h5") == """
                keras-encoder.h5:
                  decoder/dense: expected kernel [2, 24], bias [24], found none
                  decoder/conv2d_transpose: expected kernel [3, 3, 6, 6], bias [6], found none
                  decoder/conv2d_transpose_1: expected kernel [3, 3, 4, 6], bias [4], found none
                  decoder/conv2d_transpose_2: expected kernel [3, 3, 1, 4], bias [1], found none
                """)
        let shorter = ForeignModels.tutorial.replacing("  - up_sampling2d\n", with: "")
        #expect(
            Self.read(
                "tutorial.keras",
                shorter.replacing(
                    "  - conv2d_transpose: {channels: 1, kernel: 3, activation: relu}",
                    with: "  - conv2d_transpose: {channels: 1, kernel: 6, activation: relu}")) == """
                    tutorial.keras: decoder/conv2d_transpose_1: expected kernel [6, 6, 1, 3], bias [1], found \
                    functional/conv2d_transpose_1 (0 [3, 3, 1, 3], 1 [1])
                    """)
    }

    @Test func `code is refused by its name`() {
        #expect(
            Self.read("torch-module.pt")
                == "torch-module.pt/torch-module/data.pkl, byte 2: expected numbers: save model.state_dict(), found "
                + "torch.nn.modules.conv.Conv2d, which is code")
    }

    @Test func `batch norms are asked for where no name says their place`() {
        #expect(
            Self.read("keras-norms.weights.h5") == """
                keras-norms.weights.h5:
                  decoder/batch_normalization_3: does it stand before the activation of decoder/conv2d_transpose, or after it?
                  decoder/batch_normalization_4: does it stand before the activation of decoder/conv2d_transpose_1, or after it?
                  encoder/batch_normalization: does it stand before the activation of encoder/conv2d, or after it?
                  encoder/batch_normalization_1: does it stand before the activation of encoder/conv2d_1, or after it?
                  encoder/batch_normalization_2: does it stand before the activation of encoder/dense, or after it?
                  --batch-norm before-activation
                  --batch-norm after-activation
                """)
        var after = WeightImport.Answers()
        after.batchNorm = .afterActivation
        #expect(
            Self.read("keras-norms.weights.h5", ForeignModels.example, after).contains(
                "encoder/batch_normalization: behind the activation of encoder/conv2d it can be folded only into a dense layer "
                    + "or a convolution without padding right after it, and there is none"))
    }
}
