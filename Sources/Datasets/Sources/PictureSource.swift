import Formats
import Pictures
import Synchronization
import Tensors

/// A folder of picture files, in folders by class or not.
///
/// Folders `train` and `test` (or `val`, `valid`, `validation`) in it are two sets; else all are images to learn from.
final class PictureSource: ImageSource {
    private let folder: String
    private let pictures: PictureSet
    private let hasTrainingFolder: Bool

    let isHeld = false
    var name: String { folder }
    var remarks: [String] { pictures.remarks }

    init(
        folder: String, _ reading: ImageReading, threads: Int, progress: (@Sendable (Int, Int) -> Void)?
    ) throws {
        self.folder = folder
        hasTrainingFolder = try FileTree.isFolder("\(folder)/\(Self.trainingFolder)")
        pictures = PictureSet(reading, threads: threads, progress: progress)
    }

    private static let trainingFolder = "train"
    private static let testFolders = ["test", "val", "valid", "validation"]

    private func listing(_ split: ImageDataset.Split) throws -> PictureListing {
        if split == .train { return try PictureListing(of: hasTrainingFolder ? "\(folder)/train" : folder) }
        if hasTrainingFolder {
            for name in Self.testFolders where try FileTree.isFolder("\(folder)/\(name)") {
                return try PictureListing(of: "\(folder)/\(name)")
            }
        }
        throw DatasetError.noTestSet(path: folder, wanted: "folders train and test in it")
    }

    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        ImageOutline(try pictures.images(split, limit: limit) { try listing(split) })
    }

    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        let images = try pictures.images(split, limit: limit) { try listing(split) }
        try judge(ImageOutline(images))
        return images
    }
}

/// Images of picture files, decoded where the cache does not have them.
final class PictureSet: Sendable {
    private let reading: ImageReading
    private let threads: Int
    private let progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    private let state = Mutex(State())

    private struct State {
        var images: [Key: ImageDataset] = [:]
        var remarks: [String] = []
    }

    private struct Key: Hashable {
        let split: ImageDataset.Split
        let limit: Int?
    }

    init(_ reading: ImageReading, threads: Int, progress: (@Sendable (Int, Int) -> Void)?) {
        (self.reading, self.threads, self.progress) = (reading, threads, progress)
    }

    var remarks: [String] { state.withLock { $0.remarks } }

    /// - Parameter list: The files; asked once a set.
    func images(_ split: ImageDataset.Split, limit: Int?, _ list: () throws -> PictureListing) throws -> ImageDataset {
        let key = Key(split: split, limit: limit)
        if let images = state.withLock({ $0.images[key] }) { return images }
        var listing = try list()
        if let limit { listing.entries = Array(listing.entries.prefix(limit)) }
        let (images, remarks) = try images(of: listing)
        state.withLock { state in
            state.images[key] = images
            for remark in remarks where !state.remarks.contains(remark) { state.remarks.append(remark) }
        }
        return images
    }

    private func images(of listing: PictureListing) throws -> (ImageDataset, [String]) {
        if let name = listing.unreadable.first, !reading.skipsBad {
            throw DatasetError.unreadable(folder: listing.folder, name: name)
        }
        let builder = PictureBuilder(
            listing: listing, settings: reading.pictures, skipsBad: reading.skipsBad, threads: threads,
            progress: progress)
        let (record, store, cacheFault): (PictureRecord, ImageDataset.Store, String?)
        if let path = PictureCache.path(try PictureCache.key(listing, reading.pictures)) {
            do {
                let (found, pixels) = try Self.cached(path, builder)
                (record, store, cacheFault) = (found, .file(pixels, rows: nil), nil)
            } catch let error as PictureCache.Unwritable {
                // A read-only home is no reason not to train.
                (record, store) = try Self.held(builder)
                cacheFault = "\(error.reason)"
            }
        } else {
            (record, store) = try Self.held(builder)
            cacheFault = "neither XDG_CACHE_HOME nor HOME says where a cache may be"
        }
        if let first = record.skipped.first, !reading.skipsBad {
            throw DatasetError.badPicture(path: "\(listing.folder)/\(first.file)", reason: first.reason)
        }
        let images = ImageDataset(
            name: listing.folder, shape: Shape(record.shape), store: store, labels: record.labels,
            classNames: record.classes, fileNames: record.files)
        return (images, remarks(listing, record) + (cacheFault.map { ["held in memory: \($0)"] } ?? []))
    }

    /// An entry of the cache, made where it is not there, and made anew where it is broken.
    private static func cached(_ path: String, _ builder: PictureBuilder) throws -> (PictureRecord, PixelFile) {
        do {
            if let found = try PictureCache.open(path) { return found }
        } catch is FormatError {}
        try PictureCache.make(path, builder)
        guard let made = try PictureCache.open(path) else {
            throw FileError(path: path, operation: .open, code: 2)
        }
        return made
    }

    /// The images in memory, where they cannot be kept on the disk.
    private static func held(_ builder: PictureBuilder) throws -> (PictureRecord, ImageDataset.Store) {
        var bytes: [UInt8] = []
        let record = try builder.build {
            bytes = []
            return { part in
                guard bytes.count + part.count <= mostHeld else { throw DatasetError.tooLargeToHold(mostHeld) }
                bytes.append(contentsOf: part)
            }
        }
        return (record, .memory(bytes))
    }

    /// Bytes of a set without a cache.
    private static let mostHeld = 1 << 30

    private func remarks(_ listing: PictureListing, _ record: PictureRecord) -> [String] {
        var remarks = [listing.remark].compactMap { $0 } + record.remarks
        let left = record.skipped.map { "\($0.file): \($0.reason)" } + listing.unreadable.map { "\($0): no such file" }
        if !left.isEmpty {
            remarks.append(
                "left out \(counted(left.count, "bad file")):\n" + left.map { "  \($0)" }.joined(separator: "\n"))
        }
        return remarks
    }
}
