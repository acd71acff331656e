import ArgumentParser
import Figures
import VAE

struct InterpolateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interpolate",
        abstract: "Show the way from one image's code to another's.",
        discussion: """
            vae interpolate runs/tutorial-seed0 --from 0 --to 7 --steps 12 --out way.png
            vae interpolate runs/tutorial-seed0 --from 0 --to 7 --spherical --out arc.svg
            """)

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @OptionGroup
    var split: SplitOption

    @Option(help: ArgumentHelp("The image of the set to begin with, counted from 0.", valueName: "index"))
    var from: Int

    @Option(help: ArgumentHelp("The image to end with.", valueName: "index"))
    var to: Int

    @Option(help: ArgumentHelp("Images on the way, both ends included.", valueName: "images"))
    var steps = 10

    @Flag(help: "Go along the arc around zero; on the straight line otherwise.")
    var spherical = false

    func validate() throws {
        guard (2...1000).contains(steps) else {
            throw ValidationError("--steps: expected 2 to 1000, found \(steps).")
        }
        guard from >= 0, to >= 0 else { throw ValidationError("--from and --to: expected 0 or more.") }
    }

    func run() throws {
        let (_, set, model) = try source.open(split.split, limit: IndexList([from, to]).count)
        let images = set.images
        try IndexList([from, to]).require(below: images.count)
        let ends = model.encode(images.images(at: [from, to])).mean
        let codes = (spherical ? Interpolation.spherical : .linear)
            .codes(from: ends.rows(0..<1), to: ends.rows(1..<2), steps: steps)
        let figure = SampleFigure(
            images: model.decode(codes),
            labels: (0..<steps).map { NumberText.short(Double($0) / Double(steps - 1)) })
        let way = spherical ? "arc" : "straight line"
        let words = "\(steps) images on the \(way) from the mean of \(set.part.rawValue) image \(from) to that of \(to)"
        try picture.write(words, png: { try figure.png(scale: 2) }) {
            try figure.figure(
                title: "From \(set.part.rawValue) image \(from) to \(to)",
                caption: "Decoded on the \(way) between the means of the two codes.")
        }
    }
}
