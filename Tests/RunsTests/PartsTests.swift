import Datasets
import Formats
import Models
import Runs
import Tensors
import Testing
import Training

@Suite struct PartsTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (170_229, "170,229"), (-1_234_567, "-1,234,567")])
    func numbersAreGrouped(_ number: Int, _ text: String) {
        #expect(grouped(number) == text)
    }

    // MARK: The choice of images

    private func images(_ count: Int) -> ImageDataset {
        ImageDataset(name: "few", height: 1, width: 1, channels: 1, pixels: (0..<UInt8(count)).map { $0 })
    }

    @Test func aLimitTakesTheFirstOfBothSets() throws {
        let sets = try DataSelection(limit: 3).sets(seed: 0) { split, limit in
            #expect(limit == 3)
            return images(split == .train ? 10 : 5)
        }
        #expect(sets.training.pixels == [0, 1, 2])
        #expect(sets.validation.pixels == [0, 1, 2])
    }

    @Test func aSplitLeavesTheTestSetAlone() throws {
        let sets = try DataSelection(validationFraction: 0.2).sets(seed: 0) { split, _ in
            try #require(split == .train)
            return images(10)
        }
        #expect(sets.validation.count == 2)
        #expect((sets.training.pixels + sets.validation.pixels).sorted() == Array(0..<10))
    }

    @Test(arguments: [nil, 0.25])
    func bothSetsCanBeLearnedFrom(_ fraction: Double?) throws {
        let selection = DataSelection(limit: 4, validationFraction: fraction, trainingSet: .all)
        let sets = try selection.sets(seed: 0) { split, _ in images(split == .train ? 10 : 5) }
        let all: [UInt8] = [0, 1, 2, 3, 0, 1, 2, 3]
        if fraction == nil {
            #expect(sets.training.pixels == all && sets.validation.pixels == [0, 1, 2, 3])
        } else {
            #expect(sets.validation.count == 2)
            #expect((sets.training.pixels + sets.validation.pixels).sorted() == all.sorted())
        }
    }

    @Test func setsOfDifferentSizesAreNoSet() {
        let error = #expect(throws: FormatError.self) {
            _ = try DataSelection(trainingSet: .all).sets(seed: 0) { split, _ in
                ImageDataset(
                    name: split.rawValue, height: split == .train ? 1 : 2, width: 1, channels: 1, pixels: [0, 1])
            }
        }
        #expect(error?.description == "test: expected images [1, 1, 1], as train has them, found [2, 1, 1]")
    }

    /// Files from before there was a choice say nothing of it, and are written as they were.
    @Test func theUsualTrainingSetIsNotWritten() throws {
        let old = #"{"limit":3,"validation_fraction":0.5}"#
        let read = try JSONCoding.decode(DataSelection.self, from: Array(old.utf8), source: "old", "a selection")
        #expect(read == DataSelection(limit: 3, validationFraction: 0.5))
        #expect(String(decoding: try JSONCoding.encode(read), as: UTF8.self) == old)
        let all = DataSelection(path: "a", trainingSet: .all)
        let written = try JSONCoding.encode(all)
        #expect(String(decoding: written, as: UTF8.self) == #"{"folder":"a","training_set":"all"}"#)
        #expect(try JSONCoding.decode(DataSelection.self, from: written, source: "new", "a selection") == all)
    }

    @Test func aNameIsNoDifference() throws {
        var other = TrainingConfiguration.tutorial
        other.architecture.name = "mine"
        #expect(TrainingConfiguration.tutorial.differences(from: other).isEmpty)
        other.architecture.decoder[0] = .dense(64, activation: .relu)
        let differences = TrainingConfiguration.tutorial.differences(from: other)
        #expect(differences.map(\.description) == ["architecture: tutorial in the run, mine now"])
        #expect(
            DataSelection().differences(from: DataSelection(trainingSet: .all)).map(\.description)
                == ["training_set: train in the run, all now"])
    }

    @Test(arguments: [DataSelection(limit: 0), .init(validationFraction: 0), .init(validationFraction: .nan)])
    func nonsenseIsRefused(_ selection: DataSelection) {
        #expect(throws: ConfigurationError.self) { _ = try selection.sets(seed: 0) { _, _ in images(4) } }
    }

    // MARK: The plane that figures show

    @Test func ofTwoDimensionsBothAreShown() throws {
        let plane = try #require(LatentPlane(of: codes([[0, 9], [0, -9]])))
        #expect((plane.x, plane.y) == (0, 1))
    }

    @Test func ofMoreThoseThatVaryMost() throws {
        let plane = try #require(LatentPlane(of: codes([[5, 1, 0.1, 3], [5, -1, -0.1, -3]])))
        #expect((plane.x, plane.y) == (1, 3))
        #expect(plane.axes == ("z₂", "z₄"))
    }

    @Test func ofOneNone() {
        #expect(LatentPlane(of: codes([[1], [2]])) == nil)
    }

    private func codes(_ rows: [[Float]]) -> DiagonalGaussian {
        DiagonalGaussian(mean: Tensor([rows.count, rows[0].count], rows.flatMap { $0 }), logVariance: nil)
    }

    // MARK: What the loss means

    @Test(arguments: [
        (
            Objective.tutorial,
            "reconstruction_loss is the squared error summed over an image's 784 pixels; kl_loss is the KL divergence "
                + "averaged over the 2 latent dimensions. As a negative evidence lower bound this means σ² = 0.5 with "
                + "β = 0.5, or the same scaled: σ² = 0.25 with β = 1."
        ),
        (
            Objective(likelihood: .bernoulli, beta: 4, warmUp: 0.25),
            "reconstruction_loss is −log p(x|z) in nats, a Bernoulli on each of 784 pixels; kl_loss is 4 · the KL "
                + "divergence summed over the 2 latent dimensions. Its weight grows from zero over the first 25% of "
                + "the steps. As a negative evidence lower bound this means Bernoulli pixels, β = 4.0."
        ),
    ])
    func theLossInWords(_ objective: Objective, _ words: String) {
        #expect(objective.sentences(for: .tutorial) == words)
    }
}
