import ArgumentParser
import Formats
import VAE

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Make pictures of codes in a file.",
        discussion: """
            vae decode runs/tutorial-seed0 codes.csv --out pictures

            A CSV file has the columns z0, z1 and so on, or mean_0, mean_1 and so on as 'vae embed' and 'vae encode' write \
            them, or these numbers alone without names; an NPZ file the array z, mean or codes, [rows, latent]. Of each row \
            a PNG is made, called as the column 'name' has it, or by its number.
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Argument(help: ArgumentHelp("A CSV or NPZ file.", valueName: "codes"), completion: .file())
    var codes: String

    @OptionGroup
    var weights: WeightOptions

    @Option(help: ArgumentHelp("A new or empty folder.", valueName: "folder"), completion: .directory)
    var out: String

    func validate() throws {
        if let refusal = Output.refusal(of: "\(out)/0000.png") { throw ValidationError(refusal) }
    }

    func run() throws {
        let run = try RunFolder(opening: path)
        try PictureFolder.refuse(out)
        let architecture = run.configuration.training.architecture
        let table = try CodeTable(contentsOf: codes, latent: architecture.latent)
        let count = table.codes.batch
        let most = min(1000, max(8, (1 << 22) / architecture.imageShape.count))
        let model = try weights.model(of: run, making: min(count, most))
        let folder = try PictureFolder(out, count: count)
        for first in stride(from: 0, to: count, by: most) {
            let rows = first..<min(first + most, count)
            let values = table.codes.values[
                rows.lowerBound * architecture.latent..<rows.upperBound * architecture.latent]
            let images = model.decode(Tensor([rows.count, architecture.latent], Array(values)))
            try folder.append(images, names: table.names.map { Array($0[rows]) })
        }
        Console.say("wrote \(counted(count, "picture")) to \(printable(folder.path))")
    }
}
