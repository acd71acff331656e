import Formats
import Pictures
import Tensors

/// Makes images of picture files, on all cores, in the order of their list.
struct PictureBuilder {
    let listing: PictureListing
    let settings: PictureSettings
    /// Leaves bad files out instead of refusing the set.
    let skipsBad: Bool
    let threads: Int
    /// Told now and then how many of all files are done.
    let progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?

    /// Images of one set have one shape; whoever sees another asks for it.
    private enum Mismatch: Error {
        /// A file in colour, where all before it were grey.
        case colour
    }

    /// Where the images' bytes go, those of some images at a time.
    typealias Sink = ([UInt8]) throws -> Void

    /// Makes all images.
    /// - Parameter begin: Makes the place for the bytes; asked a second time, with nothing kept of the first, where colour
    ///   turns up behind grey files.
    /// - Throws: `DatasetError` for a set without a picture, or of several sizes; the first bad file's own error, unless it
    ///   is left out; whatever the sink throws.
    func build(_ begin: () throws -> Sink) throws -> PictureRecord {
        var settings = settings
        let preparer = try PicturePreparer(settings)
        let (first, shape) = try firstShape(preparer)
        if settings.colour == .stored, settings.alpha != .keep { settings.colour = shape.channels == 1 ? .grey : .rgb }
        do {
            return try build(
                shape, of: first, settings, refusesColour: settings.colour != self.settings.colour, begin())
        } catch Mismatch.colour {
            settings.colour = .rgb
            let (first, shape) = try firstShape(PicturePreparer(settings))
            return try build(shape, of: first, settings, refusesColour: false, begin())
        }
    }

    /// A bad picture's error, which says what helps; a disk that fails is no bad picture.
    private static func refusal(of error: any Error, at path: String) -> any Error {
        error is FileError ? error : DatasetError.badPicture(path: path, reason: reason(error, path))
    }

    /// The shape of the first picture that is none of the bad ones.
    private func firstShape(_ preparer: PicturePreparer) throws -> (file: String, shape: PicturePreparer.Shape) {
        for entry in listing.entries {
            do {
                let outline = try PictureFile.outline(
                    of: ByteSource(file: listing.path(of: entry), limit: PictureFile.largestFile))
                return (entry.path, preparer.shape(of: outline))
            } catch  where !skipsBad {
                throw Self.refusal(of: error, at: listing.path(of: entry))
            } catch {}
        }
        throw DatasetError.noPictures(folder: listing.folder, remark: listing.remark)
    }

    /// What became of one file.
    private enum Outcome: Sendable {
        case image([PictureNote])
        case otherShape(PicturePreparer.Shape)
        /// In colour, where that is refused.
        case colour
        case bad(any Error)
    }

    private func build(
        _ shape: PicturePreparer.Shape, of first: String, _ settings: PictureSettings, refusesColour: Bool,
        _ sink: Sink
    ) throws -> PictureRecord {
        var record = PictureRecord(
            source: FileTree.absolutePath(listing.folder) ?? listing.folder,
            shape: [shape.height, shape.width, shape.channels], settings: self.settings,
            table: listing.table, limit: listing.limit, labels: listing.isLabelled ? [] : nil,
            classes: listing.classNames)
        let pool = ThreadPool(threads: threads)
        let preparers = try (0..<pool.threads).map { _ in try PicturePreparer(settings) }
        let size = shape.count
        let most = max(1, min(Self.chunk * pool.threads, Self.chunkBytes / size))
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: most * size)
        defer { bytes.deallocate() }
        let (digest, refusesColour) = (SHA256(), refusesColour && shape.channels == 1)
        for start in stride(from: 0, to: listing.entries.count, by: most) {
            let entries = listing.entries[start..<min(start + most, listing.entries.count)]
            var outcomes = [Outcome?](repeating: nil, count: entries.count)
            outcomes.withUnsafeMutableBufferPointer { outcomes in
                nonisolated(unsafe) let (outcomes, preparers, bytes) = (outcomes, preparers, bytes)
                pool.parallelFor(entries.count) { place, worker in
                    outcomes[place] = make(
                        entries[start + place], by: preparers[worker], shape, refusesColour: refusesColour,
                        into: .init(rebasing: bytes[place * size..<(place + 1) * size]))
                }
            }
            var images: [UInt8] = []
            images.reserveCapacity(entries.count * size)
            for (place, outcome) in outcomes.enumerated() {
                let entry = entries[start + place]
                switch outcome {
                case .image(let notes):
                    images.append(contentsOf: bytes[place * size..<(place + 1) * size])
                    record.files.append(entry.path)
                    if let label = entry.label { record.labels?.append(label) }
                    record.remarks.add(notes, of: entry.path)
                case .colour: throw Mismatch.colour
                case .otherShape(let other):
                    throw DatasetError.sizesDiffer(
                        folder: listing.folder, first: first, firstSize: [shape.height, shape.width], other: entry.path,
                        otherSize: [other.height, other.width])
                case .bad(let error):
                    guard skipsBad else { throw Self.refusal(of: error, at: listing.path(of: entry)) }
                    record.skipped.append(.init(file: entry.path, reason: Self.reason(error, listing.path(of: entry))))
                case nil: fatalError("a picture that no thread took")
                }
            }
            images.withUnsafeBytes(digest.add)
            try sink(images)
            progress?(start + entries.count, listing.entries.count)
        }
        guard record.count > 0 else {
            throw DatasetError.noPictures(folder: listing.folder, remark: listing.remark)
        }
        record.digest = digest.hex()
        return record
    }

    private func make(
        _ entry: PictureListing.Entry, by preparer: PicturePreparer, _ shape: PicturePreparer.Shape,
        refusesColour: Bool, into image: UnsafeMutableBufferPointer<UInt8>
    ) -> Outcome {
        do {
            let file = try PictureFile(contentsOf: listing.path(of: entry))
            let found = preparer.shape(of: file.outline)
            if found != shape { return .otherShape(found) }
            if refusesColour, file.outline.channels > 2 {
                return .colour
            }
            return .image(try preparer.prepare(file, into: image))
        } catch {
            return .bad(error)
        }
    }

    /// An error's words without the path that stands beside them.
    static func reason(_ error: any Error, _ path: String) -> String {
        let words = "\(error)"
        let prefix = printable(path) + ": "
        return words.hasPrefix(prefix) ? String(words.dropFirst(prefix.count)) : words
    }

    /// Pictures of a thread between two looks of the one that writes.
    private static let chunk = 64
    /// Bytes of all pictures that are under way, but for one that is larger.
    private static let chunkBytes = 1 << 26
}
