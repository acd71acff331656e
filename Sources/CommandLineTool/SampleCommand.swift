import ArgumentParser
import Figures
import VAE

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make new images from random codes, z ~ N(0, I): the prior of a variational autoencoder.",
        discussion: """
            vae sample runs/tutorial-seed0 --n 64 --seed 1 --out new.png
            vae sample runs/tutorial-seed0 --n 1000 --out sheet.png --pictures new     and a file each
            """)

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many.", valueName: "images"),
        transform: Number.whole(1...10_000))
    var n = 64

    @Option(
        parsing: .unconditional, help: "The same seed gives the same images.",
        transform: Number.whole(0...UInt64.max))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Also write each image as a PNG of its own, with nothing around it, into this new or empty folder.",
            valueName: "folder"), completion: .directory)
    var pictures: String?

    func validate() throws {
        if let refusal = pictures.flatMap({ Output.refusal(of: "\($0)/0000.png", option: "--pictures") }) {
            throw ValidationError(refusal)
        }
        guard !picture.isSVG else { throw ValidationError("--out: a sheet of samples is a PNG only.") }
    }

    func run() throws {
        if let pictures { try PictureFolder.refuse(pictures) }
        let (_, model) = try source.open(making: n)
        let isVariational = model.architecture.isVariational
        if !isVariational {
            Console.say(
                "Warning: a plain autoencoder has no prior: N(0, I), which codes are drawn from, need not be where its "
                    + "images' codes lie")
        }
        let columns = Int(Double(n).squareRoot().rounded(.up))
        let sheet = ContactSheet(columns: columns, scale: 2, gap: 2)
        let images = model.sample(n, seed: seed)
        try AtomicFile.write(try sheet.png(images), to: picture.path)
        if let pictures { try PictureFolder(pictures, count: n).append(images, names: nil) }
        Console.say("wrote \(printable(picture.path)): \(counted(n, "image")) decoded from z ~ N(0, I), seed \(seed)")
    }
}
