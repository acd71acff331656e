import Formats
import Settings
import TestSupport
import Testing

/// What the program says of recipes, ops and models without training any.
@Suite struct CatalogueTests {
    private static let presets = ["tutorial", "keras-example", "mlp", "iwae", "conv", "resnet", "burgess"]

    private static func run(_ arguments: String...) throws -> Program.Outcome {
        try Program.vae.run(arguments, in: Scratch())
    }

    private static func json(_ outcome: Program.Outcome) throws -> JSONValue {
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
    }

    // MARK: presets

    @Test func presetsHaveALineEach() throws {
        let lines = try Self.run("presets").output.split(separator: "\n").map(String.init)
        #expect(lines.map { $0.split(separator: " ").first.map(String.init) } == Self.presets)
        #expect(lines[0] == "tutorial       The tutorial's convolutional VAE for MNIST: 57,652 + 112,577 parameters.")
        let json = try Self.json(Self.run("presets", "--json"))
        #expect(json["presets"]?.array?.map { $0["name"]?.string } == Self.presets)
        #expect(
            json["presets"]?.array?[0]["summary"]?.string
                == lines[0].split(separator: "  ", maxSplits: 1)[1].drop { $0 == " " }.description)
    }

    /// What is shown is a file: it can be kept, changed and trained.
    @Test(arguments: presets)
    func aPresetIsShownToTheByte(_ name: String) throws {
        let scratch = Scratch()
        let shown = try Program.vae.run(["presets", "show", name], in: scratch)
        #expect(shown.status == 0 && shown.output.hasPrefix("# ") && shown.output.hasSuffix("}\n"))
        try scratch.write(shown.output, to: "mine.yaml")
        let image = name == "burgess" ? "64,64,1" : "28,28,1"
        func summary(_ recipe: String) throws -> JSONValue {
            try Self.json(Program.vae.run(["summary", recipe, "--image", image, "--json"], in: scratch))
        }
        let (own, copy) = (try summary(name), try summary("mine.yaml"))
        #expect(copy["name"] == "mine" && own["name"]?.string == name)
        #expect(copy["parts"] == own["parts"] && copy["parameters"] == own["parameters"])
    }

    @Test func aMistypedPresetIsToldSo() throws {
        let outcome = try Self.run("presets", "show", "resnt")
        #expect(outcome.status == 64)
        #expect(outcome.errors == "Error: there is no preset called resnt; did you mean resnet?\n")
    }

    // MARK: ops

    @Test func everyOpIsListedWithItsSettings() throws {
        let json = try Self.json(Self.run("ops", "--json"))
        let ops = try #require(json["ops"]?.array)
        let conv = try #require(ops.first { $0["name"] == "conv2d" })
        let settings = try #require(conv["settings"]?.array)
        #expect(
            settings.map { $0["name"]?.string } == [
                "channels", "kernel", "stride", "padding", "groups", "bias", "activation",
            ])
        #expect(settings[0]["needed"] == true && settings[0]["default"] == .null)
        #expect(settings[1]["needed"] == false && settings[1]["default"] == 3)
        let text = try Self.run("ops").output
        for op in ops { #expect(text.contains("\n  \(op["name"]?.string ?? "?")")) }
        for title in ["Layers\n", "\nStructure\n", "\nWords for the image\n"] { #expect(text.contains(title)) }
        #expect(text.contains("\n    kernel: 3"))
    }

    // MARK: summary

    @Test func aSummarySaysWhichImagesItIsFor() throws {
        let open = try Self.run("summary", "mlp")
        #expect(open.output.hasPrefix("mlp for images [28, 28, 1]; others with --image\n\nmlp encoder\n"))
        let given = try Self.run("summary", "mlp", "--image", "8,6,3")
        #expect(given.output.hasPrefix("mlp encoder\n") && given.output.contains("[8, 6, 3]"))
        let fixed = try Self.run("summary", "tutorial", "--image", "64,64,1")
        #expect(fixed.status == 64)
        #expect(fixed.errors == "Error: --image: expected [28, 28, 1], which tutorial is for, found [64, 64, 1]\n")
        let wider = try Self.json(Self.run("summary", "mlp", "--latent", "30", "--json"))
        #expect(wider["image"] == [28, 28, 1])
        #expect(wider["parameters"] == .integer(652_824 + 10 * (2 * 401 + 400)))
    }

    @Test(arguments: ["28,28", "28,28,0", "a,b,c", "28x28x1", "999999999,999999999,9", "-1,2,3"])
    func aShapeIsThreeNumbers(_ shape: String) throws {
        let outcome = try Self.run("summary", "mlp", "--image=\(shape)")
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("expected height,width,channels of at most 134217728 values, as in 64,64,3"))
    }

    @Test func twoModelsAreOneTooMany() throws {
        let outcome = try Self.run("summary", "mlp", "--recipe", "conv")
        #expect(outcome.status == 64)
        #expect(outcome.errors == "Error: expected one model, found mlp and conv\n")
    }

    // MARK: bench

    @Test(arguments: [["mlp"], ["resnet", "--image", "16,16,3", "--batch-size", "8"], ["--side", "32"]])
    func everyModelIsMeasured(_ model: [String]) throws {
        let arguments = ["bench"] + model + ["--seconds", "0.3", "--threads", "1"]
        let outcome = try Program.vae.run(arguments, in: Scratch())
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let shape = model[0] == "mlp" ? "[28, 28, 1]" : model[0] == "resnet" ? "[16, 16, 3]" : "[32, 32, 1]"
        let name = model[0] == "--side" ? "tutorial" : model[0]
        let batch = model.contains("8") ? 8 : model[0] == "mlp" ? 128 : 64
        #expect(lines[0].hasPrefix("\(name), images \(shape), f32, batch \(batch), 1 thread,"))
        #expect(lines.contains("encoder") && lines.contains("decoder"))
        for line in lines { #expect(line.count <= 80, "\(line)") }
        let json = try Self.json(Program.vae.run(arguments + ["--json"], in: Scratch()))
        #expect(try #require(json["train_images_per_second"]?.number) > 0)
        #expect(json["batch_size"] == .integer(batch))
    }

    @Test(arguments: [["mlp", "--side", "32"], ["conv", "--channels", "8"], ["--side", "32", "--image", "32,32,1"]])
    func theTutorialsSizesAreTheTutorials(_ options: [String]) throws {
        let outcome = try Program.vae.run(["bench"] + options, in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--side and --channels are the tutorial's: leave recipe and --image out."))
    }
}
