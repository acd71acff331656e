import Formats
import Pictures
import Synchronization
import Tensors

/// A source of picture files, of which more can be told than of their images.
protocol PictureFiles: ImageSource {
    /// What makes images of them.
    var pictures: PictureSet { get }
    /// The files of one of its sets.
    /// - Throws: `DatasetError` where there is no such set; `FileError`.
    func listing(_ split: ImageDataset.Split) throws -> PictureListing
}

extension PictureFiles {
    var isHeld: Bool { false }
    var remarks: [String] { pictures.remarks }

    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        ImageOutline(try pictures.made(split, limit: limit) { try listing(split) }.images)
    }

    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        let images = try pictures.made(split, limit: limit) { try listing(split) }.images
        try judge(ImageOutline(images))
        return images
    }
}

/// Images of picture files, decoded where the cache does not have them.
final class PictureSet: Sendable {
    let reading: ImageReading
    let threads: Int
    let progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    private let state = Mutex(State())

    private struct State {
        var made: [Key: Made] = [:]
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

    /// One set's images, and what is known of their files.
    struct Made: Sendable {
        let images: ImageDataset
        let record: PictureRecord
    }

    /// - Parameter list: The files; asked once a set.
    func made(_ split: ImageDataset.Split, limit: Int?, _ list: () throws -> PictureListing) throws -> Made {
        let key = Key(split: split, limit: limit)
        if let made = state.withLock({ $0.made[key] }) { return made }
        let (made, remarks) = try make(try list().prefix(limit))
        state.withLock { state in
            state.made[key] = made
            for remark in remarks where !state.remarks.contains(remark) { state.remarks.append(remark) }
        }
        return made
    }

    private func make(_ listing: PictureListing) throws -> (Made, [String]) {
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
        return (
            Made(images: images, record: record),
            remarks(listing, record) + (cacheFault.map { ["held in memory: \($0)"] } ?? [])
        )
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
        var remarks = [listing.remark].compactMap { $0 } + record.remarks.sentences(record.settings)
        let left = record.skipped.map { "\($0.file): \($0.reason)" } + listing.unreadable.map { "\($0): no such file" }
        if !left.isEmpty {
            remarks.append(
                "left out \(counted(left.count, "bad file")):\n" + left.map { "  \($0)" }.joined(separator: "\n"))
        }
        return remarks
    }
}
