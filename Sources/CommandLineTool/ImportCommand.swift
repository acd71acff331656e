import ArgumentParser
import Datasets
import Formats
import Interchange
import Recipes
import Settings
import Training
import VAE

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a run of weights that Keras or PyTorch trained.",
        discussion: """
            vae import vae.weights.h5 --recipe keras-example --out runs/theirs
            vae import state.pt --recipe mine.yaml --out runs/theirs --map mean=fc21 --map log_variance=fc22
            vae evaluate runs/theirs --mean

            Takes Keras's .weights.h5, .h5 and .keras, an .npz of get_weights(), PyTorch's state_dict() as torch.save \
            writes it, and .safetensors. Weights alone are read, never code: the recipe says what the model is. Layers \
            are matched by name, then by order and shape within encoder and decoder; what cannot be told is asked. \
            The run has seen no epoch; vae train --resume last goes on from its weights.
            """)

    @Argument(help: ArgumentHelp("The weights' file.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: [.customLong("recipe"), .customLong("preset")],
        help: ArgumentHelp(
            "The model that the weights are for, and its training: a YAML file or a preset's name.",
            valueName: "file|preset"),
        completion: .file(extensions: ["yaml", "yml"]))
    var recipe: RecipeName

    @Option(help: ArgumentHelp("The run's folder.", valueName: "dir"), completion: .directory)
    var out: String

    @Option(
        name: .customLong("map"),
        help: ArgumentHelp(
            "A layer of ours, as vae summary names it behind encoder/ or decoder/, and the file's; may be given again.",
            valueName: "ours=theirs"),
        transform: LayerPair.init)
    var pairs: [LayerPair] = []

    @Option(
        help: """
            Where batch norms stand whose place the file does not tell: 'before-activation' or 'after-activation' of the \
            layer before each.
            """,
        transform: Number.parsed("'before-activation' or 'after-activation'"))
    var batchNorm: WeightImport.Place?

    @Option(
        parsing: .unconditional, help: "ε of batch norms; 1e-3 for Keras's files and 1e-5 for PyTorch's if left out.",
        transform: Number.positive)
    var batchNormEpsilon: Double?

    @Option(
        help: ArgumentHelp(
            "The images that the run is measured by, as vae train takes them; the recipe's, or MNIST, if left out.",
            valueName: "images"),
        completion: .file())
    var data: String?

    @Flag(help: "Replace the run that --out names.")
    var overwrite = false

    @Flag(help: "End with one JSON object on one line on stdout.")
    var json = false

    func run() throws {
        let bytes = try FileBytes.read(file, limit: WeightImport.fileLimit)
        let recipe = try recipe.read()
        var selection = DataSelection(recipe.data)
        let given = data ?? selection.path
        selection.path = try given.map(CommandImages.keptPath)
        let taken = try CommandImages(selection, at: given, threads: VariationalAutoencoder.defaultThreads)
        let shape = recipe.leavesShapeOpen ? try taken.source.outline(.train, limit: selection.limit).shape : nil
        let configuration = try recipe.recipe(imageShape: shape).training
        var answers = WeightImport.Answers()
        answers.layers = pairs.map { ($0.ours, $0.theirs) }
        (answers.batchNorm, answers.epsilon) = (batchNorm, batchNormEpsilon)
        try RunRecorder.refuse(out, overwrite: overwrite)
        let weights = try WeightImport(parsing: bytes, source: file, into: configuration, answers)

        let remark = try taken.setApart(&selection)
        let (images, validation) = try selection.sets(seed: configuration.seed) { split, limit in
            try taken.load(split, limit: limit) { try configuration.requireShape($0, of: $1) }
        }
        taken.sayRemarks()
        if let remark { Console.say(remark) }
        if selection.path != nil { selection.classNames = images.classNames }
        try RunRecorder.requireRoom(
            at: out, for: configuration, keepsEpochs: .none, free: DiskSpace.free(at: out),
            largestFile: DiskSpace.largestFile)
        var record = RunConfiguration(
            training: configuration, data: selection, trainingImages: images, validationImages: validation)
        record.imported = ImportRecord(
            file: RunFolder.name(of: file), format: weights.format, sha256: SHA256.hex(of: bytes))
        let recorder = try RunRecorder.create(out, record, overwrite: overwrite)
        try recorder.record(
            Checkpoint(
                configuration: configuration, dataHash: record.trainingImages.sha256, state: TrainingState(),
                parameters: weights.parameters, adam: Adam(weights.parameters.layout)))
        try tell(weights)
    }

    private func tell(_ weights: WeightImport) throws {
        Console.say("\(printable(file)): \(weights.format)")
        let width = weights.layers.map(\.ours.count).max() ?? 0
        for (ours, theirs) in weights.layers {
            Console.say("  \(ours)\(String(repeating: " ", count: width - ours.count)) from \(printable(theirs))")
        }
        for remark in weights.remarks { Console.say(printable(remark)) }
        Console.say("measure: vae evaluate \(shellWord(out)) --mean")
        guard json else { return try Console.path(out) }
        try Console.data([
            "run": .string(out), "format": .string(weights.format),
            "layers": .object(weights.layers.map { JSONValue.Member($0.ours, .string($0.theirs)) }),
            "remarks": .array(weights.remarks.map(JSONValue.string)),
        ])
    }
}

/// A layer of ours and one of a file's that belong together.
struct LayerPair {
    let ours, theirs: String

    init(_ argument: String) throws {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex,
            argument.index(after: sign) != argument.endIndex
        else { throw Number.Expected("a layer of the model and one of the file, as in mean=fc21") }
        ours = String(argument[..<sign])
        theirs = String(argument[argument.index(after: sign)...])
    }
}

extension WeightImport.Place: ExpressibleByArgument {}
