import ArgumentParser
import Datasets
import Tensors
import VAE

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at images before a training, check their files, and tidy the cache of decoded pictures.",
        discussion: """
            vae data show PICTURES                  what a training would see
            vae data show PICTURES --out sheet.png  and a picture of it, a row a class
            vae data verify PICTURES                decodes all, and lists bad files
            vae data cache list                     what has been decoded
            vae data cache clear                    makes room
            """,
        subcommands: [DataShowCommand.self, DataVerifyCommand.self, DataCacheCommand.self])
}

/// Images that a command looks at, and how they are read.
struct ImagesToLookAt: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            """
            A folder of pictures or of IDX files, a NumPy file, a table of paths, or a known set's name, as vae train \
            takes them.
            """, valueName: "images"),
        completion: .file())
    var path: String

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take only the first images of each set.", valueName: "images"),
        transform: Number.whole(1...Int.max))
    var limit: Int?

    @OptionGroup(title: "Pictures")
    var options: ReadingOptions

    @OptionGroup
    var threads: ThreadOptions

    /// How images are read, as it was asked for.
    var reading: ImageReading {
        var reading = ImageReading()
        options.apply(to: &reading)
        return reading
    }

    func open(_ reading: ImageReading) throws -> any ImageSource {
        try CommandImages(DataSelection(path: path, reading: reading), threads: threads.threads).source
    }

    func judge(_ source: any ImageSource, _ outline: ImageOutline) throws {
        try CommandImages.requireMemory(source, outline, limit: limit)
    }
}
