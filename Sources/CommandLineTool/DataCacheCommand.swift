import ArgumentParser
import Datasets
import Formats
import Settings
import VAE

struct DataCacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "List the cache of decoded pictures, or make room.",
        discussion: """
            vae data cache make PICTURES   decodes now, so that a training begins at once
            vae data cache list            each set, its size, whether it is current
            vae data cache clear PICTURES  removes what was decoded of these
            vae data cache clear           removes all of it

            Nothing in it is needed: a training decodes its pictures again.
            """,
        subcommands: [List.self, Make.self, Clear.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List what was decoded.",
            discussion: """
                'current' is read by the next training of these pictures; 'outdated' is of files, or of decoders, that \
                have changed since; 'orphaned' is of a folder that is gone; 'damaged' cannot be read.
                """)

        @Flag(help: "Print one JSON object on one line.")
        var json = false

        func run() throws {
            let entries = try PictureCache.entries()
            if json { return try Console.data(Self.json(entries)) }
            for entry in entries {
                let shape = entry.shape.map(String.init).joined(separator: "×")
                try Console.data(
                    printable(
                        "\(entry.state.rawValue)  \(entry.source ?? entry.key)  \(imageCount(entry.images)) of \(shape)  "
                            + "\(grouped(entry.bytes)) bytes  \(Timestamp.text(entry.written))"
                            + (entry.fault.map { "  \($0)" } ?? ""), limit: .max))
            }
            Console.say(
                "\(counted(entries.count, "set")), \(grouped(entries.reduce(0) { $0 + $1.bytes })) bytes"
                    + (PictureCache.folder.map { " in \($0)" } ?? ""))
        }

        private static func json(_ entries: [PictureCache.Entry]) -> JSONValue {
            let sets = entries.map { entry -> JSONValue in
                [
                    "key": .string(entry.key), "source": entry.source.map(JSONValue.string) ?? .null,
                    "state": .string(entry.state.rawValue), "images": .integer(entry.images),
                    "shape": .array(entry.shape.map(JSONValue.integer)), "bytes": .integer(entry.bytes),
                    "written": .string(Timestamp.text(entry.written)),
                    "fault": entry.fault.map(JSONValue.string) ?? .null,
                ]
            }
            return [
                "folder": PictureCache.folder.map(JSONValue.string) ?? .null, "entries": .array(sets),
            ]
        }
    }

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Decode pictures now, as a training with the same options would.")

        @Argument(help: ArgumentHelp("As vae train takes them.", valueName: "images"), completion: .file())
        var images: String

        @OptionGroup(title: "Pictures")
        var reading: ReadingOptions

        @OptionGroup
        var threads: ThreadOptions

        func run() throws {
            var selection = DataSelection(path: images)
            reading.apply(to: &selection.reading)
            let taken = try CommandImages(selection, at: images, threads: threads.threads)
            try taken.requireUse(of: selection.reading)
            for split in ImageDataset.Split.allCases {
                do {
                    let outline = try taken.source.outline(split)
                    try Console.data("\(split.rawValue): \(imageCount(outline.count)) \(outline.shape)")
                } catch DatasetError.noTestSet where split == .test {}
            }
            taken.sayRemarks()
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear", abstract: "Remove what was decoded, and say what was freed.")

        @Argument(
            help: ArgumentHelp("Only what was decoded of this folder or table; all if left out.", valueName: "images"),
            completion: .file())
        var source: String?

        func run() throws {
            let freed = try PictureCache.clear(source: source.map(FileTree.pathFromRoot))
            Console.say("removed \(counted(freed.entries, "set")), freed \(grouped(freed.bytes)) bytes")
        }
    }
}
