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

            Of more than two latent dimensions, the two are shown whose means vary most over the test images (the \
            validation images where there is no test set); the others are zero. With two, no images are needed.
            """)

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Images along each side.", valueName: "images"),
        transform: Number.whole(2...200))
    var n = 30

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Both axes go from −range to range.", valueName: "range"),
        transform: Number.positive)
    var range = 3.0

    func run() throws {
        let (folder, model) = try source.open(making: n * n)
        let latent = model.architecture.latent
        guard latent >= 2 else {
            throw UsageError(
                "\(printable(folder.path)): a grid needs two latent dimensions or more, and the model has one")
        }
        let plane =
            latent == 2
            ? LatentPlane(x: 0, y: 1, latent: latent)
            : LatentPlane(of: model.encode(try source.images(.test, for: folder).images))
        guard let plane else { return }
        let grid = plane.grid(model, side: n, range: -range...range)
        let end = NumberText.short(range)
        let others = latent > 2 ? "; the other \(counted(latent - 2, "dimension")) at zero" : ""
        let prior =
            model.architecture.isVariational ? "" : "; a plain autoencoder has no prior that says where codes lie"
        let words = "\(plane.axes.x) to the right and \(plane.axes.y) up, each from −\(end) to \(end)\(others)\(prior)"
        try picture.write(words, png: { try grid.png(scale: 2) }) {
            try grid.figure(
                title: folder.name, caption: "\(n) × \(n) images, decoded from the codes at their places: \(words).",
                axes: plane.axes)
        }
    }
}
