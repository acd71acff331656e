import ArgumentParser
import VAE

struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Write the codes of a set of images, and what each image comes to, to a file.",
        discussion: """
            vae embed runs/tutorial-seed0 --out codes.csv
            vae embed runs/tutorial-seed0 --format parquet --split training --out codes.parquet
            vae embed runs/tutorial-seed0 --format projector --out projector       for TensorBoard

            Of each image its place, file name, label and class, as far as they are known; its code, mean_0 and so on with \
            sigma_0 and so on beside it; the terms of the loss at z = mean, as they are weighed, and their sum; and \
            'score', the sum of the terms unweighted: the higher, the stranger the image is to the model.
            """)

    @OptionGroup
    var source: RunOptions

    @Option(help: ArgumentHelp("The file; the folder for the projector.", valueName: "file"), completion: .file())
    var out: String

    @Option(
        help: ArgumentHelp(
            "'csv' and 'parquet' have a row an image, 'npz' is NumPy's archive, 'projector' makes a folder for "
                + "TensorBoard. If left out, what the file's name ends in.", valueName: "csv|npz|parquet|projector"))
    var format: Embedding.Format?

    @OptionGroup
    var split: SplitOption

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take only the first images of the set.", valueName: "images"),
        transform: Number.whole(1...Int.max))
    var limit: Int?

    func validate() throws { try EmbeddingFile(out, format).refuse() }

    func run() throws {
        let (run, set, model) = try source.open(split.split, limit: limit)
        let embedding = try Embedding(of: set.images, by: model, classNames: run.configuration.data.classNames)
        try EmbeddingFile(out, format).write(embedding, title: "\(run.name), \(set.part.rawValue) images")
    }
}

extension Embedding.Format: ExpressibleByArgument {}

/// Where codes go, and in which form.
struct EmbeddingFile {
    private let path: String
    private let format: Embedding.Format

    /// - Parameter format: Nil for what the path's ending says; CSV where it says nothing.
    init(_ path: String, _ format: Embedding.Format?) {
        self.path = path
        let ending = path.split(separator: "/").last?.split(separator: ".").last.map { $0.lowercased() }
        self.format = format ?? ending.flatMap(Embedding.Format.init) ?? .csv
    }

    /// Refuses a path that cannot be written to; asked before the work.
    func refuse() throws {
        let paths = format == .projector ? Embedding.projectorFiles.map { "\(path)/\($0)" } : [path]
        for path in paths {
            if let refusal = Output.refusal(of: path) { throw ValidationError(refusal) }
        }
        if format == .projector, !Embedding.canBeFolder(path) {
            throw ValidationError("--out: expected a folder for the projector's files, found '\(printable(path))'.")
        }
    }

    func write(_ embedding: Embedding, title: String) throws {
        for path in try embedding.write(format, to: path, title: title) { Console.say("wrote \(printable(path))") }
    }
}
