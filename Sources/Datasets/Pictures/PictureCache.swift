import Formats
import Pictures
import Settings
import Tensors

/// Images that were made of picture files once, in files of their own: a training reads them as fast as the disk gives
/// them, and the next one need not decode again.
///
/// A file holds the images' bytes one behind the other, what is known of them as JSON, and the JSON's length; its name is
/// the digest of all that decides its bytes: the pictures' names, sizes and times, the settings, and the decoders.
package enum PictureCache {
    /// Where the files are; nil where there is no home for a cache.
    package static var folder: String? { CacheFolder.path.map { "\($0)/pictures" } }

    private static let end = ".pixels"
    private static let magic = Array("VAEPIXEL".utf8)
    private static let version = 2

    /// What decides an entry's bytes.
    static func key(_ listing: PictureListing, _ settings: PictureSettings) throws -> String {
        let digest = SHA256()
        func add(_ text: String) { Array(text.utf8).withUnsafeBytes(digest.add) }
        add("\(version) \(LibraryVersions.decoders)\n\(listing.classNames ?? [])\n")
        try JSONCoding.encode(settings).withUnsafeBytes(digest.add)
        // Two folders may hold files of equal names, sizes and times.
        add("\(FileTree.absolutePath(listing.folder) ?? listing.folder)\0\n")
        for entry in listing.entries {
            let (stamp, label) = (entry.stamp, entry.label.map(String.init) ?? "")
            add("\(entry.path)\0\(stamp.size) \(stamp.writtenNanoseconds) \(stamp.changedNanoseconds) \(label)\n")
        }
        return digest.hex()
    }

    static func path(_ key: String) -> String? { folder.map { "\($0)/\(key)\(end)" } }

    /// The images of an entry; nil where there is no such entry.
    /// - Throws: `FileError`; `FormatError` for a file that is none of ours, or no longer whole.
    static func open(_ path: String) throws -> (record: PictureRecord, pixels: PixelFile)? {
        let file: ByteSource
        do { file = try ByteSource(file: path, limit: .max) } catch let error as FileError where error.isMissing {
            return nil
        }
        let tail = try file.bytes(max(0, file.size - 16)..<file.size)
        let length = tail.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        let start = file.size - 16 - Int(clamping: length)
        guard tail.suffix(8) == magic[...], start >= magic.count, try file.bytes(0..<magic.count) == magic else {
            throw FormatError(source: path, expected: "a cache of pictures", found: "another file, or a part of one")
        }
        let record = try JSONCoding.decode(
            PictureRecord.self, from: file.bytes(start..<file.size - 16), source: path, "what is known of pictures")
        guard record.shape.count == 3, record.shape.allSatisfy({ $0 > 0 }),
            let size = checkedProduct([record.count] + record.shape), size == start - magic.count,
            record.labels?.count ?? record.count == record.count,
            record.labels?.allSatisfy({ $0 >= 0 && $0 < record.classes?.count ?? ImageDataset.mostClasses }) ?? true
        else {
            throw FormatError(
                source: path, expected: "\(counted(record.count, "image")) of \(record.shape)",
                found: counted(start - magic.count, "byte"))
        }
        let pixels = try PixelFile(path, from: magic.count, count: record.count, imageSize: record.imageSize)
        return (record, pixels)
    }

    /// A folder in which no cache can be begun.
    struct Unwritable: Error {
        let reason: FileError
    }

    /// Makes an entry.
    /// - Throws: `Unwritable` before any picture is decoded; what the builder throws; `FileError` where the disk fails.
    static func make(_ path: String, _ builder: PictureBuilder) throws {
        var file: OutputFile?
        do {
            let folder = AtomicFile.split(path).folder
            try FileTree.makeFolder(folder)
            try FileTree.sweep(folder) { AtomicFile.isUnderWay($0) }
            file = try OutputFile(path, readsBack: false)
        } catch {
            throw Unwritable(reason: error)
        }
        let record = try builder.build {
            // Of one that was begun before, nothing is kept.
            file = nil
            let fresh = try OutputFile(path, readsBack: false)
            try fresh.append(magic)
            file = fresh
            return fresh.append
        }
        var json = try JSONCoding.encode(record)
        json.append(littleEndian: UInt64(json.count))
        try file?.append(json + magic)
        try file?.finish()
    }
}

// MARK: - What is there

extension PictureCache {
    /// An entry, for people.
    package struct Entry: Sendable {
        /// The file's name without its end.
        package let key: String
        /// Where its pictures came from; nil where the file cannot be read.
        package let source: String?
        package let images: Int
        /// Of an image.
        package let shape: [Int]
        /// On the disk.
        package let bytes: Int
        /// Seconds since 1970.
        package let written: Double
        /// What it still is.
        package let state: State
        /// Why it cannot be read; nil where it can.
        package let fault: String?
    }

    /// What an entry still is.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// The next training of its pictures reads it.
        case current
        /// Its pictures, or the libraries that decode them, are others by now.
        case outdated
        /// Its folder or list is no longer there.
        case orphaned
        /// It cannot be read.
        case damaged
    }

    /// All entries, the newest first; none where there is no cache.
    /// - Throws: `FileError`.
    package static func entries() throws -> [Entry] {
        guard let folder, try FileTree.isFolder(folder) else { return [] }
        return try FileTree.names(in: folder).filter { $0.hasSuffix(end) }.compactMap { name in
            let path = "\(folder)/\(name)"
            guard let stamp = FileStamp(path) else { return nil }
            let found = Result { try open(path) }
            let record = (try? found.get())?.record
            var fault: String?
            if case .failure(let error) = found { fault = PictureBuilder.reason(error, path) }
            let key = String(name.dropLast(end.count))
            return Entry(
                key: key, source: record.map { $0.table ?? $0.source }, images: record?.count ?? 0,
                shape: record?.shape ?? [], bytes: stamp.size, written: stamp.written,
                state: record.map { state(of: $0, key) } ?? .damaged, fault: fault)
        }.sorted { ($1.written, $0.key) < ($0.written, $1.key) }
    }

    private static func state(of record: PictureRecord, _ key: String) -> State {
        let source = record.table ?? record.source
        guard (try? FileTree.exists(source)) == true else { return .orphaned }
        let listings: [PictureListing]
        if record.table != nil {
            // A list that --skip-bad has read is read as it was then.
            var reading = ImageReading()
            reading.skipsBad = true
            let table = try? PictureTable(source, reading, threads: 1, progress: nil)
            listings = ImageDataset.Split.allCases.compactMap { try? table?.listing($0) }
        } else {
            listings = [try? PictureListing(of: source)].compactMap(\.self)
        }
        let isCurrent = listings.contains { (try? self.key($0.prefix(record.limit), record.settings)) == key }
        return isCurrent ? .current : .outdated
    }

    /// Removes entries and what writers that were killed have left; a training that reads one goes on.
    /// - Parameter source: Only those that were made of this folder or list, or of folders in it; all if nil.
    /// - Returns: How many, and their bytes.
    /// - Throws: `FileError`.
    package static func clear(source: String? = nil) throws -> (entries: Int, bytes: Int) {
        guard let folder, try FileTree.isFolder(folder) else { return (0, 0) }
        let removed = try entries().filter { entry in
            guard let source else { return true }
            return entry.source.map { $0 == source || $0.hasPrefix(source + "/") } ?? false
        }
        for entry in removed { try FileTree.removeFile("\(folder)/\(entry.key)\(end)") }
        try FileTree.sweep(folder) { AtomicFile.isUnderWay($0) }
        return (removed.count, removed.reduce(0) { $0 + $1.bytes })
    }
}
