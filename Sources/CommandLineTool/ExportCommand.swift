import ArgumentParser
import Interchange
import Settings
import VAE

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a trained model for other libraries.",
        discussion: """
            vae export runs/tutorial-seed0 --format pytorch --out digits   model.py and its weights: load(), encode, decode
            vae export runs/tutorial-seed0 --format keras --out digits     the same for Keras 3
            vae export runs/tutorial-seed0 --format onnx --out digits      encoder.onnx and decoder.onnx
            vae export runs/tutorial-seed0 --format safetensors --out weights.safetensors
            vae export runs/tutorial-seed0 --format safetensors --layout pytorch --out weights.safetensors
            """)

    @Argument(
        help: ArgumentHelp("The run's folder, or a checkpoint's or model's file.", valueName: "run|file"),
        completion: .file())
    var path: String

    @Option(
        help: """
            Which weights of a run: 'last', 'best' by val_loss, 'previous', or 'epoch-0003' of a run that keeps this \
            epoch; the last if left out.
            """,
        transform: Number.parsed("'last', 'best', 'previous' or an epoch as in 'epoch-0003'"))
    var checkpoint: RunFolder.Point?

    @Option(
        help: ArgumentHelp(
            """
            'pytorch' and 'keras' make a folder with the model in Python and its weights, 'onnx' one with encoder and \
            decoder for ONNX Runtime, 'safetensors' a file with the weights alone.
            """, valueName: "format"),
        completion: .list(ExportFormat.allCases.map(\.rawValue)),
        transform: choice)
    var format: ExportFormat

    @Option(
        help: "Whose names and order of axes the weights of 'safetensors' have: 'ours', 'keras' or 'pytorch'.",
        transform: choice)
    var layout: WeightLayout?

    @Option(
        help: "How the axes of images lie in 'onnx': 'nhwc', channels last as here, or 'nchw'; 'nhwc' if left out.",
        transform: choice)
    var imageLayout: ImageLayout?

    @Option(help: ArgumentHelp("The folder, or the file.", valueName: "path"), completion: .file())
    var out: String

    @Flag(help: "Replace what was exported there before.")
    var overwrite = false

    func validate() throws {
        if let refusal = Output.refusal(of: out) { throw ValidationError(refusal) }
        guard layout == nil || format == .safetensors else {
            throw ValidationError("--layout goes with --format safetensors.")
        }
        guard imageLayout == nil || format == .onnx else {
            throw ValidationError("--image-layout goes with --format onnx.")
        }
    }

    func run() throws {
        let (model, training) = try model()
        let (layout, imageLayout) = (layout ?? .ours, imageLayout ?? .nhwc)
        var files = try model.exported(
            as: format, layout: layout, imageLayout: imageLayout, programVersion: RunConfiguration.programVersion)
        // Into a pipe the weights go alone.
        if format.isFolder || AtomicFile.leadsToFile(out) {
            let example = LoadingExample(format, of: model, layout: layout, imageLayout: imageLayout)
            files.append(try ModelCard(of: model, example, files: files, training: training).file)
        }
        if let refusal = try ExportWriter.refusal(of: files, as: format, at: out, overwrites: overwrite) {
            throw UsageError("\(printable(out)): \(refusal)")
        }
        for path in try ExportWriter.write(files, as: format, to: out) { Console.say("wrote \(printable(path))") }
    }

    /// What is exported, and where it comes from a run, how it was trained.
    private func model() throws -> (ModelFile, ModelCard.Training?) {
        let file: ModelFile
        let source: String
        var training: ModelCard.Training?
        if try FileKind(of: path, followsLinks: true) == .file {
            if checkpoint != nil { throw UsageError("--checkpoint goes with a run: \(printable(path)) is a file") }
            (file, source) = (try ModelFile(contentsOf: path), path)
        } else {
            let run = try RunFolder(opening: path)
            try run.requireMemory(threads: 1, images: 0)
            let point = checkpoint ?? .last
            let checkpoint = try run.checkpoint(point)
            (file, source) = (checkpoint.modelFile, run.checkpointPath(point))
            training = try run.cardTraining(of: checkpoint, at: point)
        }
        if let name = file.parameters.firstNotFinite?.name {
            Console.say("Warning: \(printable(source)): \(name) holds a NaN or an infinity")
        }
        return (file, training)
    }
}

/// One of a few words, or an error that lists them.
private func choice<Choice: RawRepresentable & CaseIterable>(_ argument: String) throws -> Choice
where Choice.RawValue == String {
    if let choice = Choice(rawValue: argument) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    throw Number.Expected(words.joined(separator: ", ") + didYouMean(argument, among: words))
}
