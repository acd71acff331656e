import ArgumentParser
import VAE

struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Write the codes of picture files to a file.",
        discussion: """
            vae encode runs/tutorial-seed0 seven.png --out codes.csv
            vae encode runs/tutorial-seed0 pictures/ --out codes.parquet

            The same columns as 'vae embed' writes, under the files' names. 'vae decode' makes pictures of them again. What \
            is larger or smaller than the model's images is cut to their ratio and resized, as Pillow does it.
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Argument(
        help: ArgumentHelp("PNG, JPEG and WebP files, and folders of them.", valueName: "pictures"),
        completion: .file())
    var pictures: [String]

    @OptionGroup
    var weights: WeightOptions

    @Option(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var out: String

    @Option(
        help: ArgumentHelp(
            "As 'vae embed' has it; if left out, what the file's name ends in.",
            valueName: "csv|npz|parquet|projector"))
    var format: Embedding.Format?

    func validate() throws { try EmbeddingFile(out, format).refuse() }

    func run() throws {
        let run = try RunFolder(opening: path)
        let pictures = try EncodedPictures(
            pictures, of: run.configuration.training.architecture.imageShape,
            run.configuration.data.reading.pictures)
        for remark in pictures.remarks { Console.say("Note: \(remark)") }
        let embedding = try Embedding(of: pictures.images, by: try weights.model(of: run))
        try EmbeddingFile(out, format).write(embedding, title: "\(run.name), \(pictures.images.name)")
    }
}
