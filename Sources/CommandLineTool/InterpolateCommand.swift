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

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The image of the set to begin with, counted from 0.", valueName: "index"),
        transform: Number.whole(0...Int.max))
    var from: Int

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The image to end with.", valueName: "index"),
        transform: Number.whole(0...Int.max))
    var to: Int

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Images on the way, both ends included.", valueName: "images"),
        transform: Number.whole(2...1000))
    var steps = 10

    @Flag(
        help: """
            Go around zero on a great circle, the length between those of the two codes; on the straight line otherwise, \
            and where the codes lie nearly opposite, which is told.
            """)
    var spherical = false

    func run() throws {
        let (_, set, model) = try source.open(split.split, limit: IndexList([from, to]).count)
        let images = set.images
        try IndexList([from, to]).require(below: images.count)
        let ends = model.encode(images.images(at: [from, to])).mean
        let way = (spherical ? Interpolation.spherical : .linear).way(from: ends.rows(0..<1), to: ends.rows(1..<2))
        let isStraight = way == .linear
        if spherical, isStraight {
            Console.say(
                "the codes lie nearly opposite, or one at zero, where no great circle is theirs: going straight")
        }
        let codes = way.codes(from: ends.rows(0..<1), to: ends.rows(1..<2), steps: steps)
        let figure = SampleFigure(
            images: model.decode(codes),
            labels: (0..<steps).map { NumberText.short(Double($0) / Double(steps - 1)) })
        let line = isStraight ? "straight line" : "great circle"
        let words =
            "\(steps) images on the \(line) from the mean of \(set.part.rawValue) image \(from) to that of \(to)"
        try picture.write(words, png: { try figure.png(scale: 2) }) {
            try figure.figure(
                title: "From \(set.part.rawValue) image \(from) to \(to)",
                caption: "Decoded on the \(line) between the means of the two codes.")
        }
    }
}
