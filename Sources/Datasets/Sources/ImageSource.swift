import Formats
import Pictures
import Tensors

/// Images on the disk, in one of the forms in which people keep them.
package protocol ImageSource: Sendable {
    /// What it is called in messages: its path, as it was given.
    var name: String { get }
    /// In which form they are kept.
    var form: ImageForm { get }

    /// What one of its sets says of itself, judged before its images are read; pictures are decoded for it.
    /// - Parameter limit: Of the first images; nil for all.
    /// - Throws: `DatasetError`, `FormatError`, `FileError` or `PictureError`, naming the file.
    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline

    /// One of its sets.
    /// - Parameters:
    ///   - limit: Only the first images; nil for all.
    ///   - judge: Throws for a set that is not wanted, before its images are in memory.
    /// - Throws: As `outline`, and whatever `judge` throws.
    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset

    /// Reads whatever of the files is neither images nor labels, so that damage there is found.
    /// - Throws: `FormatError` or `FileError`, naming the file.
    func readRest() throws
    /// Whether the images are in memory once they are loaded.
    var isHeld: Bool { get }
    /// Bytes that stand in memory beside the images while they are read.
    var extraBytes: Int { get }
    /// What a person should know of the sets that were loaded, each once.
    var remarks: [String] { get }
}

/// The forms in which images are kept.
package enum ImageForm: String, Sendable, CaseIterable {
    case folder, table, idx, npy, npz

    /// For people.
    package var words: String {
        switch self {
        case .folder: "a folder of pictures"
        case .table: "a table of picture files"
        case .idx: "IDX files"
        case .npy: "a NumPy array"
        case .npz: "a NumPy archive"
        }
    }
}

extension ImageSource {
    package func outline(_ split: ImageDataset.Split) throws -> ImageOutline { try outline(split, limit: nil) }
    package func readRest() throws {}
    package var isHeld: Bool { true }
    package var extraBytes: Int { 0 }
    package var remarks: [String] { [] }
}

/// Finds out in which form images are kept.
package enum ImageSources {
    /// The source behind a path.
    /// - Parameters:
    ///   - path: A folder of pictures or of IDX files; a NumPy file, `.npy` or `.npz`; a table of paths and labels, `.csv`
    ///     or `.tsv`; or the name of a known set, where no file has it.
    ///   - reading: What the form leaves open.
    ///   - threads: That decode pictures.
    ///   - progress: Told how many of all pictures are decoded.
    /// - Throws: `DatasetError` where nothing is there, or nothing that holds images; `FileError`.
    package static func open(
        _ path: String, _ reading: ImageReading, threads: Int,
        progress: (@Sendable (_ done: Int, _ all: Int) -> Void)? = nil
    ) throws -> any ImageSource {
        switch try FileKind(of: path, followsLinks: true) {
        case .folder:
            if let folder = IDXSource.folder(in: path) { return IDXSource(folder: folder, name: path) }
            return try PictureSource(folder: path, reading, threads: threads, progress: progress)
        case .file:
            return try file(path, reading, threads: threads, progress: progress)
        case nil:
            if let known = KnownSet.named(path) { return try known.source() }
            throw DatasetError.nothing(path: path, didYouMean: KnownSet.near(path))
        case .link, .other:
            throw DatasetError.noImages(path: path, found: "a device, a pipe or a socket")
        }
    }

    private static func file(
        _ path: String, _ reading: ImageReading, threads: Int,
        progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    ) throws -> any ImageSource {
        let head = try ByteSource(file: path, limit: .max).bytes(0..<8)
        if head.starts(with: NPY.magic) { return NPYSource(path, reading) }
        if head.starts(with: ForeignFile.zip) { return try NPZSource(path, reading) }
        let end = path.split(separator: ".").last?.lowercased()
        if end == "csv" || end == "tsv" {
            return try PictureTable(path, reading, threads: threads, progress: progress)
        }
        throw DatasetError.noImages(path: path, found: "a file of another kind")
    }
}
