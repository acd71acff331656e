import ArgumentParser
import Figures
import Recipes
import Tensors
import VAE

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model: the tutorial's, on all of MNIST, unless told otherwise.",
        discussion: """
            vae train                                the tutorial, figures and a report
            vae train --epochs 2 --limit 5000        a quick look
            vae train --latent 8 --likelihood bernoulli --divergence sum
            vae train --recipe mine.yaml             your own model, as a recipe has it
            vae train --recipe resnet --epochs 5     a preset (vae presets lists them)
            vae train --resume last --out runs/mine  go on with an interrupted run
            vae train --checkpoint-every 5m          lose five minutes at the most

            A run is a folder: its settings, a line of metrics an epoch, the last and the best weights and those of a \
            few epochs on the way, figures and report.html. Without --out it is runs/NAME-seedSEED with the recipe's name. Ctrl-C stops after the step under way and \
            keeps a checkpoint (status 75); a second Ctrl-C leaves at once. A run that goes on ends in the same \
            bytes as one that was never interrupted.
            """)

    @OptionGroup(title: "Model")
    var model: ModelOptions

    @OptionGroup(title: "Training")
    var training: TrainingOptions

    @Option(
        help: ArgumentHelp(
            "A folder with IDX files as MNIST's, plain or gzip; the recipe's (from the working directory on), or the "
                + "MNIST within the program, if left out.",
            valueName: "dir"),
        completion: .directory)
    var data: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Set this fraction of the training images apart for validation; the test set is used if left out.",
            valueName: "fraction"),
        transform: Number.real("a fraction between 0 and 1") { $0 > 0 && $0 < 1 })
    var validationSplit: Double?

    @Option(help: "Learn from the training images ('train'), or from training and test images together ('all').")
    var trainingSet: ImageDataset.TrainingSet?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take only the first images of each set.", valueName: "images"),
        transform: Number.whole(1...Int.max))
    var limit: Int?

    @Option(help: ArgumentHelp("The run's folder.", valueName: "dir"), completion: .directory)
    var out: String?

    @Flag(
        help: """
            Replace the run that --out names, once the new one has its first checkpoint. Other files in its folder stay, \
            and a folder that is no run is never touched.
            """)
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "Go on with the run that --out names as if it had never stopped: from its 'last' or 'best' checkpoint, or "
                + "from a checkpoint's file. --epochs may be more than before.", valueName: "last|best|file"),
        completion: .file())
    var resume: ResumePoint?

    @OptionGroup(title: "Safekeeping")
    var safekeeping: SafekeepingOptions

    @OptionGroup
    var threads: ThreadOptions

    @Option(help: "How progress is shown on stderr: 'auto' is a bar on a terminal and a line an epoch elsewhere.")
    var progress: TrainingDisplay.Style = .auto

    @Flag(help: "Begin with every layer of the model, and the loss in sentences.")
    var verbose = false

    @Flag(help: "End with one JSON object on one line on stdout.")
    var json = false

    @Flag(
        help: """
            Show the training in the browser as it goes on, at an address that is told, and go on showing what came of \
            it until Ctrl-C; keeps every epoch unless --keep-epochs says otherwise.
            """)
    var explore = false

    @Flag(help: "Make no figures and no report.")
    var noFigures = false

    func validate() throws {
        if overwrite, resume != nil { throw ValidationError("--overwrite and --resume exclude each other.") }
        // Of recipes and runs their objective says.
        if model.plainAutoencoder, model.recipe == nil, resume == nil, training.weighsObjective {
            throw ValidationError(Self.hasNoDivergence)
        }
    }

    private static let hasNoDivergence =
        "A plain autoencoder has no KL: leave --beta, --warm-up and --divergence out."

    func run() async throws {
        let start = ContinuousClock.now
        let explorer = explore ? try ExplorerProgram() : nil
        let job = try resume.map(goOn) ?? begin()
        announce(job)
        let shown = try explorer?.start(["explore", job.run.path, "--no-open", "--progress"])
        defer { shown?.end() }

        let trainer = Trainer(job.run.configuration.training, threads: threads.threads)
        let interruption = Interruption { trainer.stop() }
        let events = trainer.progress
        let (epochs, style) = (trainer.configuration.epochs, progress)
        async let told: Void = {
            var display = TrainingDisplay(style)
            for await event in events {
                display.show(event, of: epochs)
                if case .step(let progress) = event { shown?.tell(progress) }
            }
            display.clear()
            shown?.endProgress()
        }()
        let trained: Result<TrainingResult, any Error>
        do {
            trained = .success(
                try await trainer.fit(
                    job.images, validation: job.validation, from: job.checkpoint, recorder: job.recorder,
                    safekeeping: safekeeping.value))
        } catch {
            trained = .failure(error)
        }
        // All that was told of the training is shown, also where it failed.
        await told
        let result = try trained.get()
        // Otherwise only a word is left to say, which a signal that comes twice must not cut off.
        if result.isFinished { interruption.end() }

        if result.isFinished, try wantsFigures(of: job, interruption) {
            Console.say("drawing figures")
            let judged = try job.run.judgedImages(from: data)
            try RunReport(job.run, training: job.images, judged: judged, threads: threads.threads).write()
        }
        if result.isFinished { try tellWhatIsNext(job.run) }
        let outcome = TrainingOutcome(
            job.run, metrics: try job.run.metrics(), isFinished: result.isFinished,
            seconds: start.duration(to: .now).seconds, threads: threads.threads)
        try json ? Console.data(outcome.json) : Console.path(job.run.path)
        if !result.isFinished {
            throw Interruption.Stopped(
                description: "interrupted; to go on: vae train --resume last --out \(shellWord(job.run.path))"
                    + safekeeping.words + (explore ? " --explore" : ""))
        }
        if let shown {
            shown.endsWithSignals()
            Console.say("the training is done; its explorer goes on until Ctrl-C")
            shown.wait()
        }
    }

    /// Not for somebody who waits for the end, and not again for a run that had been finished.
    private func wantsFigures(of job: Job, _ interruption: Interruption) throws -> Bool {
        let wasFinished = (job.checkpoint?.state.epoch ?? 0) >= job.run.configuration.training.epochs
        return try !noFigures && !interruption.isAsked && !(wasFinished && job.run.hasReport)
    }

    /// Nil leaves the choice to the run; in the explorer one looks back through the epochs.
    private var keepsEpochs: KeptEpochs? { safekeeping.keptEpochs ?? (explore ? .all : nil) }

    private func tellWhatIsNext(_ run: RunFolder) throws {
        if try run.hasReport { Console.say("report:  \(printable(run.reportPath))") }
        let isBuilt = (try? ExplorerProgram()) != nil
        Console.say("explore: \(isBuilt ? "" : "make explore, then ")vae explore \(shellWord(run.path))")
    }

    /// What is to be trained, and from where.
    private struct Job {
        let recorder: RunRecorder
        let checkpoint: Checkpoint?
        var remarks: [String] = []
        let images: ImageDataset
        let validation: ImageDataset
        var run: RunFolder { recorder.run }
    }

    private func begin() throws -> Job {
        let recipe = try (model.recipe ?? .tutorial).read()
        let folder = data ?? recipe.data.folder
        let shape = recipe.leavesShapeOpen ? try ImageSource.outline(folder: folder, .train).shape : nil
        let configuration = try configuration(of: recipe, imageShape: shape)
        try configuration.validate()
        try configuration.precision.requireAvailable()
        let path = out ?? defaultPath(of: recipe)
        try RunRecorder.refuse(path, overwrite: overwrite)

        var selection = DataSelection(recipe.data)
        apply(to: &selection)
        selection.folder = try folder.map(Console.absolutePath)
        try ImageSource.requireMemory(for: selection)
        let (images, validation) = try selection.sets(seed: configuration.seed) { split, limit in
            try ImageSource.load(folder: folder, split, limit: limit) { try configuration.requireShape($0, of: $1) }
        }
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

    private func goOn(from point: ResumePoint) throws -> Job {
        let recipe = try model.recipe?.read()
        let run = try RunFolder(opening: out ?? defaultPath(of: recipe ?? RecipeName.tutorial.read()))
        var (configuration, selection) = (run.configuration.training, run.configuration.data)
        if let recipe {
            let folder = selection.folder
            selection = DataSelection(recipe.data)
            // As everywhere, another folder may hold the same images.
            selection.folder = recipe.data.folder ?? folder
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
        try ImageSource.requireMemory(for: selection)
        let (images, validation) = try selection.sets(seed: configuration.seed) {
            try ImageSource.load(folder: data ?? selection.folder, $0, limit: $1)
        }
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
        if let limit { selection.limit = limit }
        if let validationSplit { selection.validationFraction = validationSplit }
        if let trainingSet { selection.trainingSet = trainingSet }
    }

    /// A name that says what is in it: runs/NAME-seedSEED.
    private func defaultPath(of recipe: RecipeText) -> String {
        "runs/\(recipe.name)\(model.plainAutoencoder ? "-autoencoder" : "")-seed\(training.seed ?? recipe.seed)"
    }

    private func announce(_ job: Job) {
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

extension DataSelection {
    /// The images that a recipe is for.
    fileprivate init(_ data: RecipeData) {
        self.init(
            folder: data.folder, limit: data.limit, validationFraction: data.validationFraction,
            trainingSet: data.trainingSet)
    }
}
