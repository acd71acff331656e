import Formats
import Models
import Ops
import Recipes
import Tensors
import TestSupport
import Testing
import Training

/// Recipes as people write them, and how each mistake is told.
struct RecipeTests {
    private static let whole = """
        name: mine
        image: [8, 8, 2]
        encoder:
          - conv2d: {channels: 4, kernel: 3, stride: 2, padding: same, activation: relu}
          - residual: [group_norm: 2, silu, conv2d: {channels: 4, padding: same}]
          - flatten
        latent: 3
        decoder:
          - unflatten: {activation: relu}
          - up_sampling2d
          - conv2d: {channels: image, kernel: 3, padding: same}
        objective: {likelihood: {gaussian: {variance: 0.5}}, divergence: sum, beta: 4, warm_up: 0.25}
        data: {folder: pictures, limit: 100, validation_split: 0.1}
        training: {epochs: 3, batch_size: 16, learning_rate: 1e-3, seed: 7}
        """

    private static func recipe(_ text: String) throws(FormatError) -> Recipe {
        try Recipe(parsing: Array(text.utf8), source: "r.yaml")
    }

    @Test func `a recipe is what it says`() throws {
        let recipe = try Self.recipe(Self.whole)
        #expect(recipe.name == "mine")
        let expected = TrainingConfiguration(
            architecture: Architecture(
                name: "mine", imageShape: [8, 8, 2],
                encoder: [
                    .conv2D(4, kernel: 3, stride: 2, padding: .same, activation: .relu),
                    .residual([.groupNorm(2), .activation(.silu), .conv2D(4, kernel: 3, padding: .same)]), .flatten,
                ], latent: 3,
                decoder: [
                    .times(1, [.dense(64, activation: .relu), .reshape([4, 4, 4])]), .upSampling2D(),
                    .conv2D(2, kernel: 3, padding: .same),
                ]),
            objective: Objective(likelihood: .gaussian(variance: 0.5), divergence: .sum, beta: 4, warmUp: 0.25),
            epochs: 3, batchSize: 16, seed: 7)
        #expect(recipe.training == expected)
        #expect(recipe.data.path == "pictures" && recipe.data.limit == 100)
        #expect(recipe.data.validationFraction == 0.1)
    }

    @Test(arguments: ["path: 2024", "path: [a]", "limit: 0", "limit: -5", "validation_split: 2", "size: big"])
    func `a setting of data in a wrong form is refused`(text: String) {
        let name = text.prefix { $0 != ":" }
        let error = #expect(throws: FormatError.self) {
            _ = try Recipe(
                parsing: Array(
                    "image: [8, 8, 1]\nencoder: [flatten]\nlatent: 2\ndecoder: [unflatten]\ndata: {\(text)}\n".utf8),
                source: "r.yaml")
        }
        #expect(error?.description.contains("\(name): expected") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("latent: 3", "latent: {gaussian: {dimensions: 3}}", true), ("latent: 3", "latent: {gaussian: 3}", true),
        ("latent: 3", "latent: {point: 3}", false),
    ])
    func `a latent in other words`(old: String, new: String, isVariational: Bool) throws {
        let recipe = try Self.recipe(Self.whole.replacing(old, with: new))
        #expect(recipe.training.architecture.latent == 3)
        #expect(recipe.training.architecture.isVariational == isVariational)
    }

    @Test(arguments: [
        ("rae: {beta: 0.5}", nil),
        ("rae: null", nil),
        ("rea: {beta: 1}", "expected one of elbo, rae, found rea; did you mean rae?"),
        ("{elbo: {}, rae: {}}", "expected one objective, found elbo and rae"),
        ("{rae: {}, beta: 2}", "expected one objective, found rae and beta"),
        ("{rae: {warm_up: 0.5}}", "rae has no setting called warm_up"),
        ("{likelihood: {bernoulli: {}, gaussian: {}}}", "expected one likelihood, found bernoulli and gaussian"),
        ("{likelihood: {squaredError: {}}}", "found squaredError; did you mean squared_error?"),
    ])
    func `an objective is one of those that there are`(objective: String, words: String?) throws {
        let lines = Self.whole.split(separator: "\n").map { line in
            line.hasPrefix("objective:") ? "objective: {\(objective.trimmingPrefix("{"))" : String(line)
        }
        var text = lines.joined(separator: "\n")
        if !objective.hasPrefix("{") {
            text = text.replacing("objective: {\(objective)", with: "objective: {\(objective)}")
        }
        text = text.replacing("latent: 3", with: "latent: {point: 3}")
        guard let words else {
            #expect(try Self.recipe(text).training.objective.name == "rae")
            return
        }
        let error = #expect(throws: FormatError.self) { try Self.recipe(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `an objective that a model cannot have is told where it stands`() throws {
        let text = Self.whole.split(separator: "\n").map { line in
            line.hasPrefix("objective:") ? "objective: {rae: {}}" : String(line)
        }.joined(separator: "\n")
        let error = #expect(throws: FormatError.self) { try Self.recipe(text) }
        #expect(error?.description.hasPrefix("r.yaml:12:1: objective: rae is for a code that is a point") == true)
    }

    @Test(arguments: [
        (
            "stride: 2", "strid: 2",
            "4:38: encoder[0].conv2d.strid: conv2d has no setting called strid; did you mean stride?"
        ),
        ("  - flatten", "  - flaten", "6:5: encoder[2].flaten: no layer is called flaten; did you mean flatten?"),
        (
            "group_norm: 2", "batch_norm",
            "5:16: encoder[1].residual[0].batch_norm: there is no batch normalization: a thread never sees the whole "
                + "batch, and results would depend on who is beside whom in it; use group_norm, which normalizes each "
                + "image by itself"
        ),
        (
            "group_norm: 2", "group_norm: 3",
            "3:1: encoder: encoder/residual/group_norm: 4 channels cannot be cut into 3 groups: choose a divisor"
        ),
        ("latent: 3", "latnt: 3", "7:1: latnt: a recipe has no setting called latnt; did you mean latent?"),
        ("latent: 3", "latent: none", "7:1: latent: expected a whole number from 1 to 4096, found none"),
        (
            "latent: 3", "latent: {gausian: 3}",
            "7:1: latent: expected one of gaussian, point as a latent, found gausian; did you mean gaussian?"
        ),
        (
            "beta: 4", "beta: -1",
            "12:71: objective.beta: expected zero or a positive number that Float32 holds, found -1"
        ),
        (
            "gaussian: {variance: 0.5}", "gausian: 1",
            "12:13: objective.likelihood: expected one of squared_error, gaussian, gaussian_learned, bernoulli, found gausian; did you mean gaussian?"
        ),
        (
            "{likelihood: {gaussian", "{likelihod: {gaussian",
            "12:13: objective.likelihod: elbo has no setting called likelihod; did you mean likelihood?"
        ),
        (
            "latent: 3", "latent: {point: 3, gaussian: 3}",
            "7:1: latent: expected one of them as a latent, found point and gaussian"
        ),
        ("1e-3", "1e-3x", "14:39: training.learning_rate: expected a positive number, found 1e-3x"),
        ("epochs: 3", "epochs: 3, epochs: 4", "14:23: expected each key once, found \"epochs\" again"),
        (
            "image: [8, 8, 2]", "image: [8, 8]",
            "2:1: image: expected [height, width, channels], each a whole number from 1 or any, found [8, 8]"
        ),
        (
            "image: [8, 8, 2]", "image: [8, any, 2]",
            "2:1: image: the images' width is left to the data, and there is none"
        ),
        (
            "padding: same}\nobjective", "padding: valid}\nobjective",
            "1:1: decoder: its output [6, 6, 2] is not the image's shape [8, 8, 2]"
        ),
    ])
    func `a mistake is told with its place`(old: String, new: String, words: String) {
        let text = Self.whole.replacing(old, with: new)
        #expect(text != Self.whole)
        let error = #expect(throws: FormatError.self) { try Self.recipe(text) }
        #expect(error?.description == "r.yaml:" + words)
    }

    /// Bytes flipped, dropped and doubled, lines doubled and moved: each ends in a recipe or in one sentence.
    @Test func `a thousand mutated recipes end in a sentence`() {
        var random = TestValues(seed: 17)
        var refused = 0
        for round in 0..<1000 {
            var bytes = Array((round % 8 < 7 ? Preset.all[round % 7].text : Self.whole).utf8)
            for _ in 0...random.integer(0...3) {
                let place = random.integer(0...bytes.count - 1)
                switch random.integer(0...5) {
                case 0: bytes[place] = UInt8(random.integer(0...255))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[place], at: place)
                case 3: bytes.insert(contentsOf: Array("99999999999".utf8), at: place)
                case 4: bytes.insert(contentsOf: bytes[max(0, place - 40)..<place], at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 30))
                }
                if bytes.isEmpty { bytes = [10] }
            }
            do throws(FormatError) {
                _ = try Recipe(parsing: bytes, source: "r", imageShape: [28, 28, 1])
            } catch {
                refused += 1
                #expect(error.description.hasPrefix("r"))
            }
        }
        #expect(refused > 300)
    }
}

/// The recipes that the program carries.
struct PresetTests {
    @Test func `the tutorial is the library's own`() throws {
        let recipe = try #require(try Preset.named("tutorial")?.recipe())
        #expect(recipe.training == .tutorial)
    }

    @Test(arguments: [
        ("keras-example", 28, 1, 69_076 + 65_089), ("mlp", 28, 1, 652_824), ("iwae", 28, 1, 425_284),
        ("burgess", 64, 3, 766_295), ("tutorial", 28, 1, 170_229),
    ])
    func `a preset has the parameters of its source`(name: String, side: Int, channels: Int, parameters: Int) throws {
        let recipe = try #require(try Preset.named(name)?.recipe(imageShape: [side, side, channels]))
        #expect(try recipe.training.architecture.program().graph.parameterLayout.count == parameters)
    }

    @Test(arguments: ["mlp", "iwae", "conv", "resnet"], [[28, 28, 1], [17, 31, 3], [64, 48, 2], [5, 5, 1]])
    func `a preset takes images of any size`(name: String, extents: [Int]) throws {
        let recipe = try #require(try Preset.named(name)?.recipe(imageShape: Shape(extents)))
        #expect(recipe.training.architecture.imageShape == Shape(extents))
    }

    @Test func `Keras's example learns from all images`() throws {
        #expect(try Preset.named("keras-example")?.recipe().data.trainingSet == .all)
        #expect(try Preset.named("tutorial")?.recipe().data.trainingSet == .train)
    }

    @Test func `every preset has a name and a line of its own`() {
        #expect(Set(Preset.all.map(\.name)).count == 7)
        for preset in Preset.all { #expect(preset.summary.count > 30 && preset.summary.count < 120, "\(preset.name)") }
    }
}

/// What people are told of recipes.
struct RecipeWordTests {
    @Test(arguments: RecipeWord.structures + RecipeWord.values)
    func `an example can be read`(word: RecipeWord) throws {
        let image = word.example.hasPrefix("image:") ? word.example : nil
        let decoder: [String]
        if word.name == "unflatten" {
            decoder = [word.example, "conv2d: {channels: image, padding: same}"]
        } else if word.example.contains("image") || word.name == "residual" {
            let entry = image == nil ? word.example : "relu"
            decoder = ["dense: 2304", "reshape: [6, 6, 64]", entry, "conv2d: {channels: image, padding: same}"]
        } else {
            decoder = [word.example, "dense: 108", "reshape: [6, 6, 3]"]
        }
        let text = """
            \(image ?? "image: [any, any, any]")
            encoder: [conv2d: {channels: 64, padding: same}, flatten]
            latent: 2
            decoder: [\(decoder.joined(separator: ", "))]
            """
        let recipe = try Recipe(parsing: Array(text.utf8), source: "r", imageShape: [6, 6, 3])
        #expect(recipe.training.architecture.decoder.count == decoder.count)
    }

    @Test func `settings say what must be given`() throws {
        let conv = try #require(OpDescription.all.first { $0.name == "conv2d" })
        #expect(conv.settings.filter { $0.usual == nil }.map(\.name) == ["channels"])
        #expect(conv.settings.last?.name == "activation")
        let needed = OpDescription.all.filter { $0.settings.contains { $0.usual == nil } }.map(\.name)
        #expect(needed == ["conv2d", "conv2d_transpose", "dense", "crop", "reshape"])
        #expect(OpDescription.all.filter(\.isActivation).count == ActivationFunction.allCases.count)
    }
}
