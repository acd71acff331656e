import ArgumentParser
import Datasets
import Figures
import Formats
import Recipes
import Settings
import Tensors
import VAE

struct DataShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a training would see of images, before one is begun.",
        discussion: """
            Sets, counts, shapes, classes and values, which preset vae train would take, and what is odd: bad files, \
            duplicates, near-duplicates, test images among the training images, images of one colour, orientations, \
            inks, profiles, transparency, classes of few images. Oddities are no error (status 0); a set of which \
            nothing can be trained on is (status 65).

            Pictures of several sizes are looked at as --size would make them. What is decoded stays in the cache, where \
            a training finds it.
            """)

    @OptionGroup
    var images: ImagesToLookAt

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Draw some of the images, a row a class.", valueName: "sheet.png"), completion: .file())
    var sheet: String?

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func validate() throws {
        guard let sheet else { return }
        guard sheet.hasSuffix(".png") else {
            throw ValidationError("--out: expected a name that ends in .png, found '\(printable(sheet))'.")
        }
        if let refusal = Output.refusal(of: sheet) { throw ValidationError(refusal) }
    }

    func run() throws {
        let survey = try ImageSurvey(
            images.reading, limit: images.limit, threads: images.threads.threads, open: images.open,
            judge: images.judge)
        let shape = survey.training?.shape
        if json {
            let preset = shape.map { JSONValue.string(Preset.usual(for: $0).name) } ?? .null
            let remark = shape.flatMap(Preset.remark).map(JSONValue.string) ?? .null
            try Console.data(.object(survey.json + [.init("preset", preset), .init("preset_remark", remark)]))
        } else {
            try Console.rows(SurveyRows(survey).rows, column: SurveyRows.column)
        }
        if let sheet, survey.training != nil {
            let rows = try survey.sheet(columns: Self.columns, rows: Self.rows, side: Self.side)
            try AtomicFile.write(
                CaptionedSheet(rows.map { ($0.name, $0.images) }, side: Self.side).png(), to: sheet)
            Console.say("wrote \(printable(sheet))")
        }
        if let failure = survey.failure { throw failure }
    }

    /// Images in a row of the sheet and rows at the most; pixels of an image's longer side.
    private static let (columns, rows, side) = (10, 24, 96)
}

/// A survey as rows of a name and words.
private struct SurveyRows {
    static let column = 12
    private(set) var rows: [(name: String, words: String)] = []
    private let proposedSize: Int?
    private static let mostListed = 20

    init(_ survey: ImageSurvey) {
        proposedSize = survey.proposedSize
        add("images", "\(survey.source): \(survey.form.words)")
        for part in survey.parts { add(part) }
        if survey.parts.count == 1, survey.failure == nil {
            add("test", "none: vae train sets a tenth of the images apart for validation")
        }
        if let shape = survey.training?.shape {
            add("preset", Preset.usual(for: shape).name + (Preset.remark(for: shape).map { ": \($0)" } ?? ""))
        }
        for (place, oddity) in survey.oddities.enumerated() {
            add(place == 0 ? "odd" : "", (oddity.split == .test ? "test: " : "") + oddity.sentence)
        }
        for part in survey.parts where !part.bad.isEmpty {
            add("bad", counted(part.bad.count, "file") + (part.split == .test ? " of the test set" : ""))
            for bad in part.bad.prefix(Self.mostListed) { add("", "\(bad.file): \(bad.reason)") }
            if part.bad.count > Self.mostListed {
                add("", "and \(grouped(part.bad.count - Self.mostListed)) more, which --json lists")
            }
        }
    }

    private mutating func add(_ name: String, _ words: String) { rows.append((name, words)) }

    private mutating func add(_ part: ImageSurvey.Part) {
        let title = part.split == .train ? "training" : "test"
        guard let shape = part.shape else {
            add(title, "no images")
            if let files = part.files { add(files) }
            return
        }
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        add(
            title,
            "\(imageCount(part.images)) of \(height)×\(width), \(counted(channels, "channel")), "
                + "\(grouped(part.images * shape.count)) bytes"
                + (proposedSize.map { ", as --size \($0) makes them" } ?? ""))
        if let files = part.files { add(files) }
        for (channel, name) in zip(part.channels, Self.names(channels)) {
            add(
                name,
                "\(channel.least) to \(channel.most), mean \(NumberText.fixed(channel.mean, places: 2)), standard "
                    + "deviation \(NumberText.fixed(channel.deviation, places: 2))")
        }
        guard let classes = part.classes else { return add("classes", "no labels") }
        let counts = classes.prefix(Self.mostListed).map { "\($0.name) \(grouped($0.images))" }
        let rest = classes.count > Self.mostListed ? ", …" : ""
        add("classes", "\(grouped(classes.count)): \(counts.joined(separator: ", "))\(rest)")
    }

    private static func names(_ channels: Int) -> [String] {
        channels == 1 ? ["grey"] : ["red", "green", "blue", "alpha"]
    }

    private mutating func add(_ files: ImageSurvey.Files) {
        func words(_ kinds: [(kind: String, files: Int)]) -> String {
            kinds.prefix(Self.mostListed).map { "\(grouped($0.files)) \($0.kind)" }.joined(separator: ", ")
        }
        add("files", "\(words(files.kinds)), \(grouped(files.bytes)) bytes")
        let sizes = files.sizes.prefix(5).map { "\($0.height)×\($0.width) (\(grouped($0.files)))" }
        let rest = files.sizes.count > 5 ? " and \(grouped(files.sizes.count - 5)) more" : ""
        add("stored", sizes.joined(separator: ", ") + rest)
        if !files.passedOver.isEmpty { add("passed over", words(files.passedOver)) }
    }
}
