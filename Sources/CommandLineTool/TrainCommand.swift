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
            vae train PICTURES --size 64             your own pictures
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

    @Argument(
        help: ArgumentHelp(
            """
            The images: a folder of PNG, JPEG or WebP files, in folders by class or not (in it, folders 'train' and \
            'test' are two sets); a folder of IDX files as MNIST's; a NumPy file, .npy or .npz (x_train, y_train, …); a \
            .csv of paths and labels; or fashion-mnist, where Debian's package is installed. The recipe's, or the MNIST \
            within the program, if left out.
            """, valueName: "images"),
        completion: .file())
    var images: String?

    @Option(help: ArgumentHelp("The images, as an option.", valueName: "images"), completion: .file())
    var data: String?

    @OptionGroup(title: "Pictures")
    var reading: ReadingOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Set this fraction of the training images apart for validation, of each class where there are classes; the "
                + "test set is used if left out, or 0.1 set apart where there is none.",
            valueName: "fraction"),
        transform: Number.real("a fraction between 0 and 1") { $0 > 0 && $0 < 1 })
    var validationSplit: Double?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("'--split validation 0.1' is --validation-split 0.1.", valueName: "validation fraction"))
    var split: [String] = []

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
        if images != nil, data != nil { throw ValidationError("The images are given twice: leave --data out.") }
        if !split.isEmpty {
            let fraction = split.count == 2 && split[0] == "validation" ? Double(split[1]) : nil
            guard let fraction, fraction > 0, fraction < 1, validationSplit == nil else {
                throw ValidationError(
                    "--split: expected 'validation' and a fraction between 0 and 1, as in 'validation 0.1'.")
            }
        }
        if overwrite, resume != nil { throw ValidationError("--overwrite and --resume exclude each other.") }
        // Of recipes and runs their objective says.
        if model.plainAutoencoder, model.recipe == nil, resume == nil, training.weighsObjective {
            throw ValidationError(Self.hasNoDivergence)
        }
    }

    static let hasNoDivergence =
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
            let judged = try job.run.judgedImages(from: imagesPath)
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
    var keepsEpochs: KeptEpochs? { safekeeping.keptEpochs ?? (explore ? .all : nil) }

    private func tellWhatIsNext(_ run: RunFolder) throws {
        if try run.hasReport { Console.say("report:  \(printable(run.reportPath))") }
        let isBuilt = (try? ExplorerProgram()) != nil
        Console.say("explore: \(isBuilt ? "" : "make explore, then ")vae explore \(shellWord(run.path))")
    }
}
