import ArgumentParser
import VAE

struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Write the codes of a set of images to a file.",
        discussion: """
            vae embed runs/tutorial-seed0 --out codes.csv
            vae embed runs/tutorial-seed0 --format npz --split training --out codes.npz
            vae embed runs/tutorial-seed0 --format projector --out codes.tsv   and codes-labels.tsv
            """)

    @OptionGroup
    var source: RunOptions

    @Option(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var out: String

    @Option(
        help:
            "'csv' has a row an image, 'npz' is NumPy's archive, 'projector' makes two files for TensorBoard; labels are left out where there are none."
    )
    var format: Embedding.Format = .csv

    @OptionGroup
    var split: SplitOption

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take only the first images of the set.", valueName: "images"),
        transform: Number.whole(1...Int.max))
    var limit: Int?

    func validate() throws {
        for path in format.paths(from: out) {
            if let refusal = Output.refusal(of: path) { throw ValidationError(refusal) }
        }
        if format == .projector, !AtomicFile.leadsToFile(out) {
            throw ValidationError(
                "--out: expected a file, beside which the labels' can lie, found '\(printable(out))'.")
        }
    }

    func run() throws {
        let (_, set, model) = try source.open(split.split, limit: limit)
        for path in try Embedding(of: set.images, by: model).write(format, to: out) {
            Console.say("wrote \(printable(path))")
        }
    }
}

extension Embedding.Format: ExpressibleByArgument {}
