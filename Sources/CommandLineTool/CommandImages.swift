import Figures
import Formats
import MNISTData
import Recipes
import Synchronization
import Tensors
import VAE

/// The images of a command: where they come from, judged before they take memory.
struct CommandImages {
    let source: any ImageSource

    /// - Parameters:
    ///   - selection: Which images, and how they are read.
    ///   - path: Where they lie instead; nil for where the selection says.
    ///   - threads: That decode pictures, which is told on a terminal.
    /// - Throws: `DatasetError` where nothing is there, or nothing that holds images; `FileError`.
    init(_ selection: DataSelection, at path: String? = nil, threads: Int) throws {
        let display = DecodingDisplay()
        source = try selection.source(at: path, embedded: EmbeddedMNIST(), threads: threads) {
            display.show($0, of: $1)
        }
    }

    /// One of the sets.
    /// - Parameters:
    ///   - limit: Reads only the first images; nil for all.
    ///   - judge: Throws for images of a shape that is not wanted, before any is in memory.
    func load(
        _ split: ImageDataset.Split, limit: Int? = nil,
        judge: (_ shape: Shape, _ name: String) throws -> Void = { _, _ in }
    ) throws -> ImageDataset {
        let images = try source.load(split, limit: limit) { outline in
            try judge(outline.shape, source.name)
            try Self.requireMemory(source, outline, limit: limit)
        }
        return images
    }

    /// Refuses a set that would not fit into memory.
    /// - Throws: `MemoryError`.
    static func requireMemory(_ source: any ImageSource, _ outline: ImageOutline, limit: Int?) throws(MemoryError) {
        if source.isHeld { try MemoryBudget().require(byteCount(of: outline, source, limit: limit)) }
    }

    /// Refuses settings of pictures where there are none.
    /// - Throws: `UsageError`.
    func requireUse(of reading: ImageReading) throws(UsageError) {
        guard source.isHeld, reading.pictures != PictureSettings() || reading.skipsBad else { return }
        throw UsageError(
            "\(printable(source.name)): expected picture files for size, fit, colours and the like, found images that are "
                + "taken as they are")
    }

    /// Refuses sets that are to be one, and in memory as that.
    /// - Throws: `MemoryError`.
    func requireMemory(for selection: DataSelection) throws(MemoryError) {
        guard selection.trainingSet == .all else { return }
        try MemoryBudget().require(
            ImageDataset.Split.allCases.reduce(0) { $0 + byteCount($1, limit: selection.limit) })
    }

    /// Bytes of memory that it takes to read a set, as far as its files say.
    func byteCount(_ split: ImageDataset.Split, limit: Int? = nil) -> Int {
        (try? source.outline(split)).map { Self.byteCount(of: $0, source, limit: limit) } ?? 0
    }

    private static func byteCount(of outline: ImageOutline, _ source: any ImageSource, limit: Int?) -> Int {
        copies * min(outline.count, limit ?? .max) * outline.shape.count + source.extraBytes
    }

    /// A set as it is read, and as the part that is taken of it.
    private static let copies = 2

    /// A path that means the same from everywhere; a known set's name stays.
    static func keptPath(_ path: String) throws -> String {
        try FileKind(of: path, followsLinks: true) == nil ? path : Console.absolutePath(path)
    }

    /// Has a tenth of the images set apart where there is no test set and nobody has said by which images else a model is
    /// judged.
    /// - Returns: What to say of it.
    func setApart(_ selection: inout DataSelection) throws -> String? {
        var remark: String?
        if selection.validationFraction == nil, selection.trainingSet == .train {
            do { _ = try source.outline(.test, limit: selection.limit) } catch DatasetError.noTestSet {
                selection.validationFraction = Self.usuallyApart
                remark = "no test set: \(Self.usuallyApart) of the images are set apart for validation"
            }
        }
        selection.splitsByClass = selection.validationFraction != nil
        return remark
    }

    private static let usuallyApart = 0.1

    /// Says what a person should know of the pictures that were read.
    func sayRemarks() {
        for remark in source.remarks { Console.say(remark) }
    }
}

extension DataSelection {
    /// The images that a recipe is for.
    init(_ data: RecipeData) {
        self.init(
            path: data.path, reading: data.reading, limit: data.limit, validationFraction: data.validationFraction,
            trainingSet: data.trainingSet)
    }
}

/// How far the decoding of pictures is: on a terminal in place, elsewhere once.
private final class DecodingDisplay: Sendable {
    private let state = Mutex((last: ContinuousClock.now, isBegun: false))
    /// Sets that are done at once are not worth a word.
    private static let pause = Duration.milliseconds(300)

    func show(_ done: Int, of all: Int) {
        state.withLock { state in
            let now = ContinuousClock.now
            if done == all {
                if state.isBegun, Console.isTerminal { Console.show("\r\u{1B}[K") }
                state.isBegun = false
                return
            }
            guard state.last.duration(to: now) > Self.pause else { return }
            if Console.isTerminal {
                Console.show("\rdecoding pictures: \(grouped(done)) of \(grouped(all))\u{1B}[K")
            } else if !state.isBegun {
                Console.say("decoding \(counted(all, "picture"))")
            }
            (state.last, state.isBegun) = (now, true)
        }
    }
}
