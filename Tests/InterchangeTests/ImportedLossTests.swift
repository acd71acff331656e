import Evaluation
import Models
import Recipes
import Settings
import Testing
import Training

@testable import Interchange

/// What a file of Keras or PyTorch becomes gives the losses that Keras or PyTorch computed, on the same images with z =
/// mean.
struct ImportedLossTests {
    /// Keras 3.15.1 on TensorFlow 2.21.0, PyTorch 2.15.0 and safetensors 0.8.0 wrote them.
    ///
    /// PyTorch has sizes of members in the central directory alone, and ZIP64's record in every file. The tutorial's
    /// `.keras` holds a Lambda, which Keras loads with safe_mode=False only.
    static let files: [(name: String, answers: WeightImport.Answers)] = {
        var norms = WeightImport.Answers()
        norms.batchNorm = .beforeActivation
        return [
            ("keras-example.weights.h5", .init()), ("keras-example.keras", .init()),
            ("keras-example.npz", .init(heads: "arr_6", "arr_8")),
            ("keras-nameless.weights.h5", .init(heads: "encoder/dense_a", "encoder/dense_b")),
            ("keras-norms.weights.h5", norms), ("tutorial.weights.h5", .init()), ("tutorial.keras", .init()),
            ("torch.pt", .init()), ("torch.safetensors", .init()), ("torch-norms.pt", norms),
            ("torch-checkpoint.pt", .init()), ("torch-bfloat16.pt", .init()),
            ("torch-nameless.pt", .init(heads: "fc21", "fc22")),
        ]
    }()

    @Test(arguments: files.indices)
    func `losses are the other library's`(place: Int) throws {
        let (name, answers) = Self.files[place]
        let expected = try #require(ForeignModels.losses[name])
        let recipe = expected["recipe"] == "tutorial" ? ForeignModels.tutorial : ForeignModels.example
        let configuration = try ForeignModels.configuration(recipe)
        let imported = try WeightImport(
            parsing: ForeignModels.bytes(name), source: name, into: configuration, answers)
        let model = try VariationalAutoencoder(
            configuration.architecture, configuration.objective, parameters: imported.parameters, threads: 1)
        let terms = Evaluator(model, objective: configuration.objective).evaluate(try ForeignModels.images(), seed: nil)
            .terms
        for (term, ours) in [
            ("loss", terms.loss), ("reconstruction_loss", terms.reconstruction), ("kl_loss", terms.kl),
        ] {
            let theirs = try #require(expected[term]?.number)
            #expect(abs(ours - theirs) <= 1e-5 * abs(theirs), "\(name): \(term) \(ours), theirs \(theirs)")
        }
    }

    /// Every file with losses is tried, and each loss is of a file.
    @Test func `no file is left out`() {
        #expect(Set(Self.files.map(\.name)) == Set(ForeignModels.losses.keys))
    }
}

extension WeightImport.Answers {
    /// Which layers the heads are.
    init(heads mean: String, _ logVariance: String) {
        self.init()
        layers = [("mean", mean), ("log_variance", logVariance)]
    }
}
