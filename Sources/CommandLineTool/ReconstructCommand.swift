import ArgumentParser
import VAE

struct ReconstructCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconstruct",
        abstract: "Show images beside what a model makes of them.",
        discussion: """
            vae reconstruct runs/tutorial-seed0 --out nine.png
            vae reconstruct runs/tutorial-seed0 --indices 0-15 --mean --out means.svg
            """)

    @OptionGroup
    var source: RunOptions

    @OptionGroup
    var picture: PictureOptions

    @OptionGroup
    var split: SplitOption

    @Option(
        parsing: .unconditional,
        help: "Positions in the set: numbers and ranges, as in 7,12-15; the tutorial's 400-408 if left out.",
        transform: Number.parsed("up to \(IndexList.most) positions from 0, as in 7,12-15"))
    var indices: IndexList?

    @Flag(help: "Show only z = mean; both kinds are shown otherwise.")
    var mean = false

    @Flag(help: "Show only a sampled z.")
    var sample = false

    @Option(
        parsing: .unconditional, help: "Seed of the sampled z; the run's own if left out.",
        transform: Number.whole(0...UInt64.max))
    var seed: UInt64?

    func run() throws {
        let (folder, set, model) = try source.open(split.split, limit: (indices ?? IndexList([408])).count)
        let images = set.images
        let indices = indices ?? IndexList(RunFigures.shownPositions(of: images))
        try indices.require(below: images.count)
        let seed = mean && !sample ? nil : seed ?? folder.configuration.training.seed
        let figure = RunFigures.reconstructions(
            of: images, indices.positions, by: model, mean: mean || !sample,
            seed: seed, columns: indices.columns)
        let sampled = model.architecture.isVariational ? seed.map { ["z sampled with seed \($0)"] } ?? [] : []
        let means = mean || !sample || !model.architecture.isVariational ? ["z = mean"] : []
        let words = (["originals"] + sampled + means).joined(separator: ", ") + ", of the \(set.part.rawValue) set"
        try picture.write(words, png: { try figure.png() }) {
            try figure.figure(
                title: folder.name, caption: "The numbers are positions in the \(set.part.rawValue) set.")
        }
    }
}

/// Positions in a set of images: `7,12-15`.
struct IndexList: ExpressibleByArgument {
    let positions: [Int]

    init(_ positions: [Int]) {
        self.positions = positions
    }

    init?(argument: String) {
        var positions: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends[0], let last = ends.last ?? nil, ends.count <= 2, first >= 0, first <= last,
                positions.count + last - first < Self.most
            else { return nil }
            positions += first...last
        }
        self.init(positions)
    }

    /// More would make no picture that someone looks at.
    static let most = 10_000

    /// As square a sheet as can be.
    var columns: Int { Int(Double(positions.count).squareRoot().rounded(.up)) }

    /// The images that a set needs to have them all.
    var count: Int { min(positions.max() ?? 0, .max - 1) + 1 }

    func require(below count: Int) throws {
        if let position = positions.first(where: { $0 >= count }) {
            throw UsageError("no image \(position): the set has \(count), counted from 0")
        }
    }
}
