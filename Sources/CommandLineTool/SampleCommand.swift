import ArgumentParser
import Figures
import VAE

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make new images from random codes.",
        discussion: "vae sample runs/tutorial-seed0 --n 64 --seed 1 --out new.png")

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @Option(help: ArgumentHelp("How many.", valueName: "images"))
    var n = 64

    @Option(help: "The same seed gives the same images.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (1...10_000).contains(n) else { throw ValidationError("--n: expected 1 to 10000, found \(n).") }
        guard !picture.isSVG else { throw ValidationError("--out: a sheet of samples is a PNG only.") }
    }

    func run() throws {
        let (_, model) = try source.open(making: n)
        let columns = Int(Double(n).squareRoot().rounded(.up))
        let sheet = ContactSheet(columns: columns, scale: 2, gap: 2)
        try AtomicFile.write(try sheet.png(model.sample(n, seed: seed)), to: picture.path)
        Console.say("wrote \(picture.path)")
    }
}
