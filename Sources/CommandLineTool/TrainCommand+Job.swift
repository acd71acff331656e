import Formats
import Recipes
import Tensors
import VAE

// What a training begins from: a recipe and images, or a run that goes on.

extension TrainCommand {
    /// What is to be trained, and from where.
    struct Job {
        let recorder: RunRecorder
        let checkpoint: Checkpoint?
        var remarks: [String] = []
        let images: ImageDataset
        let validation: ImageDataset
        var run: RunFolder { recorder.run }
    }

    /// Where the images are, where somebody has said so.
    var imagesPath: String? { images ?? data }

    func begin() throws -> Job {
        var recipe = try model.recipe?.read()
        var selection = recipe.map { DataSelection($0.data) } ?? DataSelection()
        apply(to: &selection)
        let given = imagesPath ?? selection.path
        selection.path = try given.map(CommandImages.keptPath)
        let taken = try CommandImages(selection, at: given, threads: threads.threads)
        try taken.requireUse(of: selection.reading)
        var shape: Shape?
        if recipe == nil, selection.path != nil {
            shape = try taken.source.outline(.train, limit: selection.limit).shape
            recipe = try preset(for: shape).read()
        }
        let chosen = try recipe ?? RecipeName.tutorial.read()
        if chosen.leavesShapeOpen, shape == nil {
            shape = try taken.source.outline(.train, limit: selection.limit).shape
        }
        let configuration = try configuration(of: chosen, imageShape: shape)
        try configuration.validate()
        try configuration.precision.requireAvailable()
        let path = out ?? defaultPath(of: chosen)
        try RunRecorder.refuse(path, overwrite: overwrite)

        let remark = try taken.setApart(&selection)
        try taken.requireMemory(for: selection)
        let (images, validation) = try selection.sets(seed: configuration.seed) { split, limit in
            try taken.load(split, limit: limit) { try configuration.requireShape($0, of: $1) }
        }
        taken.sayRemarks()
        if let remark { Console.say(remark) }
        if selection.path != nil { selection.classNames = images.classNames }
        try configuration.requireMemory(images: images, validation: validation, threads: threads.threads)
        try RunRecorder.requireRoom(
            at: path, for: configuration, keepsEpochs: keepsEpochs ?? .thinned, free: DiskSpace.free(at: path),
            largestFile: DiskSpace.largestFile)
        let record = RunConfiguration(
            training: configuration, data: selection, trainingImages: images, validationImages: validation,
            keepsEpochs: keepsEpochs ?? .thinned)
        let recorder = try RunRecorder.create(path, record, overwrite: overwrite)
        return Job(recorder: recorder, checkpoint: nil, images: images, validation: validation)
    }

    /// The preset for images of which nobody has said a recipe: the tutorial's own size, or one that takes any.
    private func preset(for shape: Shape?) throws -> RecipeName {
        guard let shape else { return .tutorial }
        let name = RecipeName(argument: Preset.usual(for: shape).name)
        if name != .tutorial {
            Console.say(
                "images \(shape): taking the preset \(name.argument) (--preset names another; vae presets lists them)")
        }
        return name
    }

    func goOn(from point: ResumePoint) throws -> Job {
        let recipe = try model.recipe?.read()
        let run = try RunFolder(opening: out ?? defaultPath(of: recipe ?? RecipeName.tutorial.read()))
        var (configuration, selection) = (run.configuration.training, run.configuration.data)
        if let recipe {
            let own = selection
            selection = DataSelection(recipe.data)
            // As everywhere, another folder may hold the same images.
            selection.path = recipe.data.path ?? own.path
            (selection.splitsByClass, selection.classNames) = (own.splitsByClass, own.classNames)
            configuration = try self.configuration(of: recipe, imageShape: configuration.architecture.imageShape)
        } else {
            try apply(to: &configuration)
        }
        apply(to: &selection)
        let isLonger = configuration.epochs > run.configuration.training.epochs
        let differences =
            run.configuration.training.differences(from: configuration).filter { $0.setting != "epochs" || !isLonger }
            + run.configuration.data.differences(from: selection)
        if !differences.isEmpty { throw RunError.settingsDiffer(path: run.path, differences) }
        try configuration.precision.requireAvailable()
        let taken = try CommandImages(selection, at: imagesPath, threads: threads.threads)
        try taken.requireMemory(for: selection)
        let (images, validation) = try selection.sets(seed: configuration.seed) { try taken.load($0, limit: $1) }
        try run.requireSame(training: DataRecord(of: images), validation: DataRecord(of: validation))
        try configuration.requireMemory(images: images, validation: validation, threads: threads.threads)
        let resumption = try RunRecorder.resume(
            run, from: point, epochs: configuration.epochs, keepsEpochs: keepsEpochs)
        return Job(
            recorder: resumption.recorder, checkpoint: resumption.checkpoint, remarks: resumption.remarks,
            images: images, validation: validation)
    }

    /// A recipe's configuration with what the options say in the place of its own.
    private func configuration(of recipe: RecipeText, imageShape: Shape?) throws -> TrainingConfiguration {
        var configuration = try recipe.recipe(imageShape: imageShape).training
        try apply(to: &configuration)
        return configuration
    }

    private func apply(to configuration: inout TrainingConfiguration) throws {
        model.apply(to: &configuration)
        try training.apply(to: &configuration)
        let isWeighed = configuration.objective.words(configuration.architecture).added != nil
        if !configuration.architecture.isVariational, !isWeighed, training.weighsObjective {
            throw UsageError(Self.hasNoDivergence)
        }
    }

    private func apply(to selection: inout DataSelection) {
        reading.apply(to: &selection.reading)
        if let limit { selection.limit = limit }
        if let fraction = validationSplit ?? split.last.flatMap(Double.init) { selection.validationFraction = fraction }
        if let trainingSet { selection.trainingSet = trainingSet }
    }

    /// A name that says what is in it: runs/NAME-seedSEED.
    private func defaultPath(of recipe: RecipeText) -> String {
        "runs/\(recipe.name)\(model.plainAutoencoder ? "-autoencoder" : "")-seed\(training.seed ?? recipe.seed)"
    }

    func announce(_ job: Job) {
        let (configuration, data) = (job.run.configuration.training, job.run.configuration.data)
        let (architecture, objective) = (configuration.architecture, configuration.objective)
        if verbose, let summary = try? architecture.summary() {
            Console.say("\(summary)\n\n\(objective.sentences(for: architecture))\n")
        }
        let parameters = (try? configuration.layout(from: job.run.path).count) ?? 0
        Console.say(
            "\(printable(job.run.path)): a \(architecture.isVariational ? "variational" : "plain") autoencoder, "
                + "\(printable(architecture.name)), of \(grouped(parameters)) parameters, "
                + "\(architecture.latent) latent dimension\(architecture.latent == 1 ? "" : "s")")
        Console.say(objective.formula(for: architecture))
        let code = configuration.architecture.isVariational ? "z sampled" : "z = mean"
        let (images, validation) = (imageCount(job.images.count), imageCount(job.validation.count))
        Console.say(
            "training on \(images) of \(printable(data.sourceName))\(data.trainingRemark), validated after each epoch on \(data.validationName) "
                + "(\(validation)), \(code)")
        for (part, set) in [("training", job.images), ("validation", job.validation)] {
            if let remark = set.pixelRange?.remark { Console.say("Warning: \(part) images: \(remark)") }
        }
        threads.warn(batchSize: configuration.batchSize, configuration.architecture)
        for remark in job.remarks { Console.say(printable(remark, limit: .max)) }
        if let state = job.checkpoint?.state {
            Console.say(
                state.epoch >= configuration.epochs
                    ? "\(printable(job.run.path)) is finished: nothing is left to train"
                    : "going on in epoch \(state.epoch + 1), after step \(state.step)")
        }
    }
}
