import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// Recipes at the command line: what `train`, `summary` and `bench` make of them, and how mistakes are told.
@Suite struct RecipeCommandTests {
    private static let small = """
        image: [any, any, any]
        encoder: [conv2d: {channels: 4, stride: 4, padding: same}, group_norm: 2, silu, flatten, dense: 8]
        latent: 3
        decoder: [dense: 8, silu, unflatten, conv2d_transpose: {channels: image, stride: 4, padding: same}, crop: image]
        objective: {likelihood: bernoulli, beta: 2}
        data: {limit: 100}
        training: {epochs: 1, batch_size: 16, seed: 5}
        """

    private static func scratch(_ recipe: String = small) throws -> Scratch {
        let scratch = Scratch()
        try scratch.write(recipe, to: "mine.yaml")
        return scratch
    }

    private static func json(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), source: "stdout")
    }

    private static func configuration(_ scratch: Scratch, _ run: String) throws -> JSONValue {
        try JSONValue(parsing: scratch.bytes("\(run)/config.json"), source: "config.json")
    }

    // MARK: train

    @Test func aRecipeIsTrainedUnderItsOwnName() throws {
        let scratch = try Self.scratch()
        let trained = try Program.vae.run(["train", "--recipe", "mine.yaml", "--no-figures"], in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.output == "runs/mine-seed5\n")
        let config = try Self.configuration(scratch, "runs/mine-seed5")
        let training = try #require(config["training"])
        #expect(training["architecture"]?["name"] == "mine")
        #expect(training["architecture"]?["imageShape"] == [28, 28, 1])
        #expect(training["architecture"]?["latent"] == 3)
        #expect(training["batchSize"] == 16 && training["objective"]?["elbo"]?["beta"] == 2)
        #expect(config["data"]?["limit"] == 100 && config["data"]?["training_set"] == nil)
        // What is asked of a run afterwards needs no recipe.
        let evaluated = try Program.vae.run(["evaluate", "runs/mine-seed5", "--limit", "20", "--json"], in: scratch)
        #expect(evaluated.status == 0, "\(evaluated.errors)")
        #expect(try Self.json(evaluated.output)["kl_per_dimension"]?.array?.count == 3)
        #expect(try Program.vae.run(["verify", "runs/mine-seed5"], in: scratch).status == 0)
    }

    @Test func optionsComeBeforeTheRecipe() throws {
        let scratch = try Self.scratch()
        let trained = try Program.vae.run(
            [
                "train", "--recipe", "mine.yaml", "--no-figures", "--latent", "5", "--likelihood", "gaussian",
                "--variance",
                "0.5", "--beta", "3", "--batch-size", "32", "--seed", "6", "--limit", "64", "--learning-rate", "0.01",
            ], in: scratch)
        #expect(trained.output == "runs/mine-seed6\n", "\(trained.errors)")
        let config = try Self.configuration(scratch, "runs/mine-seed6")
        let (architecture, objective) = (config["training"]?["architecture"], config["training"]?["objective"])
        #expect(architecture?["latent"] == 5 && architecture?["encoder"]?.array?.count == 5)
        #expect(objective?["elbo"]?["beta"] == 3 && config["training"]?["batchSize"] == 32)
        #expect(trained.errors.contains("Gaussian of σ² = 0.5 on 784 pixels"))
        #expect(config["training_images"]?["images"] == 64)
    }

    @Test func aPlainAutoencoderKeepsTheRecipesLayers() throws {
        let scratch = try Self.scratch()
        let arguments = ["train", "--recipe", "mine.yaml", "--plain-autoencoder", "--no-figures"]
        let trained = try Program.vae.run(arguments, in: scratch)
        #expect(trained.output == "runs/mine-autoencoder-seed5\n", "\(trained.errors)")
        let architecture = try Self.configuration(scratch, "runs/mine-autoencoder-seed5")["training"]?["architecture"]
        #expect(architecture?["isVariational"] == false && architecture?["encoder"]?.array?.count == 5)
        try scratch.write(Self.small.replacing("latent: 3", with: "latent: {point: 3}"), to: "plain.yaml")
        let weighed = try Program.vae.run(["train", "--recipe", "plain.yaml", "--beta", "2"], in: scratch)
        #expect(weighed.status == 64)
        #expect(
            weighed.errors == "Error: A plain autoencoder has no KL: leave --beta, --warm-up and --divergence out.\n")
    }

    @Test(arguments: [["--recipe", "tutorial"], ["--preset", "tutorial"]])
    func theTutorialsPresetIsTheTutorial(_ recipe: [String]) throws {
        let scratch = Scratch()
        let trained = try Program.vae.run(TrainedRun.arguments + recipe + ["--out", "run"], in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        let (path, shared) = ("run/checkpoints/last.safetensors", try TrainedRun.shared.get())
        #expect(try scratch.bytes(path) == shared.folder.bytes(path))
    }

    /// Its decoder ends in a ReLU, which is left out for logits; those of other recipes are their owners' affair.
    @Test func aBernoulliWantsLogits() throws {
        let scratch = try Self.scratch(
            Self.small.replacing("crop: image]", with: "crop: image, relu]").replacing(
                "likelihood: bernoulli", with: "likelihood: squared_error"))
        let options = ["--likelihood", "bernoulli", "--limit", "20", "--epochs", "1", "--no-figures"]
        let tutorial = try Program.vae.run(["train", "--recipe", "tutorial"] + options, in: scratch)
        #expect(tutorial.status == 0, "\(tutorial.errors)")
        let mine = try Program.vae.run(["train", "--recipe", "mine.yaml"] + options, in: scratch)
        #expect(mine.status == 64)
        #expect(
            mine.errors == "Error: likelihood: expected a decoder that ends without ReLU or sigmoid (a Bernoulli takes "
                + "logits), found bernoulli\n")
        #expect(!scratch.exists("runs/mine-seed5"))
    }

    @Test func imagesOfAnotherShapeAreRefusedBeforeAnythingIsMade() throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(["train", "--recipe", "burgess", "--limit", "20"], in: scratch)
        #expect(outcome.status == 65)
        #expect(
            outcome.errors
                == "Error: MNIST: expected images [64, 64, 1], as the model takes them, found [28, 28, 1]\n")
        #expect(scratch.files("") == [])
    }

    @Test func aRunGoesOnWithItsOwnModel() throws {
        let scratch = try Self.scratch()
        #expect(try Program.vae.run(["train", "--recipe", "mine.yaml", "--no-figures"], in: scratch).status == 0)
        let resume = ["train", "--resume", "last", "--no-figures"]
        let further = try Program.vae.run(resume + ["--out", "runs/mine-seed5", "--epochs", "2"], in: scratch)
        #expect(further.status == 0, "\(further.errors)")
        // The recipe leads to the run's folder, and is what the run began with.
        let same = try Program.vae.run(resume + ["--recipe", "mine.yaml", "--epochs", "3"], in: scratch)
        #expect(same.status == 0, "\(same.errors)")
        try scratch.write(
            Self.small.replacing("channels: 4", with: "channels: 6").replacing("limit: 100", with: "limit: 90"),
            to: "mine.yaml")
        let other = try Program.vae.run(resume + ["--recipe", "mine.yaml", "--epochs", "4"], in: scratch)
        #expect(other.status == 64)
        #expect(
            other.errors.hasPrefix(
                "Error: runs/mine-seed5: a run goes on with its own settings:\n"
                    + "  architecture: mine in the run, mine, changed now\n  limit: 100 in the run, 90 now\n"))
    }

    @Test func trainingAndTestImagesCanBeOneSet() throws {
        let scratch = try Self.scratch()
        let trained = try Program.vae.run(
            [
                "train", "--recipe", "mine.yaml", "--training-set", "all", "--limit", "60", "--out", "run",
                "--no-figures",
            ],
            in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(
            trained.errors.contains(
                "training on 120 images of MNIST, the test images among them, validated after each epoch on the test set "
                    + "(60 images)"))
        let config = try Self.configuration(scratch, "run")
        #expect(config["data"]?["training_set"] == "all" && config["training_images"]?["images"] == 120)
        #expect(try Program.vae.run(["verify", "run"], in: scratch).status == 0)
        let evaluated = try Program.vae.run(["evaluate", "run", "--split", "training", "--json"], in: scratch)
        let json = try Self.json(evaluated.output)
        #expect(json["images"] == 120 && json["protocol"]?["images_of_the_run"] == true)
        let other = try Program.vae.run(
            ["train", "--resume", "last", "--out", "run", "--training-set", "train"], in: scratch)
        #expect(other.status == 64 && other.errors.contains("  training_set: all in the run, train now\n"))
    }

    @Test func aFolderOfARecipeIsRelativeToTheWorkingDirectory() throws {
        let scratch = try Self.scratch(
            Self.small.replacing("data: {limit: 100}", with: "data: {folder: pictures, validation_split: 0.5}"))
        let pixels = (0..<40 * 48).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        try scratch.write(
            [0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 6, 0, 0, 0, 8] + pixels, to: "pictures/train-images-idx3-ubyte")
        let trained = try Program.vae.run(
            ["train", "--recipe", "mine.yaml", "--out", "run", "--no-figures"], in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        let config = try Self.configuration(scratch, "run")
        #expect(config["training"]?["architecture"]?["imageShape"] == [6, 8, 1])
        #expect(config["data"]?["folder"]?.string?.hasSuffix("/pictures") == true)
        #expect(config["data"]?["folder"]?.string?.hasPrefix("/") == true)
    }

    // MARK: Names and files that lead nowhere

    struct Refusal: Sendable, CustomTestStringConvertible {
        let recipe: String
        let status: Int32
        let message: String
        var testDescription: String { recipe }
    }

    private static let refusals = [
        Refusal(
            recipe: "resnt", status: 64,
            message: "there is no preset called resnt, and no file; did you mean resnet? (vae presets lists them)"),
        Refusal(recipe: "no.yaml", status: 66, message: "no.yaml: cannot open: No such file or directory"),
        Refusal(recipe: "./tutorial", status: 66, message: "./tutorial: cannot open: No such file or directory"),
        Refusal(recipe: "folder.yaml", status: 65, message: "folder.yaml: expected a file, found a folder"),
        Refusal(recipe: "pipe.yaml", status: 65, message: "pipe.yaml: expected a file, found a device or pipe"),
        Refusal(recipe: "big.yaml", status: 65, message: "big.yaml: expected at most 1048576 bytes, found 2000000"),
        Refusal(
            recipe: "empty.yaml", status: 65,
            message: "empty.yaml:1:1: expected a YAML document, found an empty one"),
        Refusal(
            recipe: "binary.yaml", status: 65,
            message:
                "binary.yaml:1:1: expected no such character but as an escape in double quotes, found U+007F"),
        Refusal(
            recipe: "typo.yaml", status: 65,
            message: "typo.yaml:2:81: encoder[3].flaten: no layer is called flaten; did you mean flatten?"),
        Refusal(
            recipe: "list.yaml", status: 65,
            message:
                "list.yaml:1:1: expected the settings of a recipe, such as encoder and decoder, found a list of 2"),
    ]

    private static func hostile() throws -> Scratch {
        let scratch = Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/folder.yaml", withIntermediateDirectories: true)
        #expect(mkfifo(scratch.path + "/pipe.yaml", 0o600) == 0)
        try scratch.write([UInt8](repeating: 0x20, count: 2_000_000), to: "big.yaml")
        try scratch.write("", to: "empty.yaml")
        try scratch.write([0x7F, 0x45, 0x4C, 0x46, 0, 1, 0xFF], to: "binary.yaml")
        try scratch.write(small.replacing("flatten", with: "flaten"), to: "typo.yaml")
        try scratch.write("- encoder\n- decoder\n", to: "list.yaml")
        return scratch
    }

    @Test func aNameIsNothingThatATerminalObeys() throws {
        let scratch = try Self.scratch(#"name: "a\e[2Jb""# + "\n" + Self.small)
        let options = ["--epochs", "1", "--limit", "20", "--no-figures", "--out", "run"]
        let trained = try Program.vae.run(["train", "--recipe", "mine.yaml"] + options, in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains(#"autoencoder, a\u{1B}[2Jb, of"#) && !trained.errors.contains("\u{1B}"))
        for model in ["mine.yaml", "run"] {
            let shown = try Program.vae.run(["summary", model], in: scratch)
            #expect(shown.output.contains(#"a\u{1B}[2Jb encoder"#) && !shown.output.contains("\u{1B}"))
        }
    }

    @Test(arguments: refusals)
    func whatIsNoRecipeIsToldInASentence(_ refusal: Refusal) throws {
        let scratch = try Self.hostile()
        for command in [["train", "--recipe"], ["summary"], ["bench"]] {
            // A folder is a run to `summary`, and so is a path to nothing.
            if command == ["summary"], ["folder.yaml", "./tutorial"].contains(refusal.recipe) { continue }
            let outcome = try Program.vae.run(command + [refusal.recipe], in: scratch)
            #expect(outcome.status == refusal.status)
            #expect(outcome.errors == "Error: \(refusal.message)\n")
            #expect(outcome.output == "")
        }
        #expect(!scratch.exists("runs"))
    }
}
