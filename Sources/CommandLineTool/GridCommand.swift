import ArgumentParser
import Figures
import VAE

struct GridCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid",
        abstract: "Show the images of a lattice of codes.",
        discussion: """
            vae grid runs/tutorial-seed0 --out grid.png
            vae grid runs/tutorial-seed0 --n 20 --range 2 --out grid.svg

            Of more than two latent dimensions, the two are shown whose means vary most over the test images; \
            the others are zero.
            """)

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @Option(help: ArgumentHelp("Images along each side.", valueName: "images"))
    var n = 30

    @Option(help: ArgumentHelp("Both axes go from −range to range.", valueName: "range"))
    var range = 3.0

    func validate() throws {
        guard (2...200).contains(n) else { throw ValidationError("--n: expected 2 to 200, found \(n).") }
        guard range.isFinite, range > 0 else {
            throw ValidationError("--range: expected a positive number, found \(range).")
        }
    }

    func run() throws {
        let (folder, model) = try source.open(making: n * n)
        guard let plane = LatentPlane(of: model.encode(try source.images(.test, for: folder))) else {
            throw UsageError("\(folder.path): a grid needs two latent dimensions or more, and the model has one")
        }
        let grid = plane.grid(model, side: n, range: -range...range)
        try picture.write(png: { try grid.png(scale: 2) }) {
            try grid.figure(
                title: folder.name, caption: "\(n) × \(n) images, decoded from the codes at their places.",
                axes: plane.axes)
        }
    }
}
