import Formats

extension ImageDataset {
    /// Reads images and labels as MNIST and its successors are published: two IDX files, plain or gzip.
    ///
    /// The file names are MNIST's own: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, `t10k-…` for the test
    /// set, each with or without `.gz`.
    /// - Parameters:
    ///   - folder: Where the files lie.
    ///   - split: Which of the two sets.
    /// - Throws: `DatasetError`, `FormatError` or `FileError`, naming the file.
    public static func idx(folder: String, split: Split) throws -> ImageDataset {
        let prefix = split == .train ? "train" : "t10k"
        let images = try readFile("\(prefix)-images-idx3-ubyte", in: folder)
        let labels = try readFile("\(prefix)-labels-idx1-ubyte", in: folder)
        return try idx(name: folder, images: images, labels: labels)
    }

    /// What a folder's set says of itself, read from the head of its file of images.
    /// - Throws: `DatasetError`, `FormatError` or `FileError`, naming the file.
    package static func idxOutline(folder: String, split: Split) throws -> ImageOutline {
        let prefix = split == .train ? "train" : "t10k"
        let head: (Int) -> Range<Int> = { 0..<min($0, ImageOutline.headBytes) }
        let images = try readFile("\(prefix)-images-idx3-ubyte", in: folder, part: head)
        let labels = try? readFile("\(prefix)-labels-idx1-ubyte", in: folder, part: head)
        return try ImageOutline(idx: images.bytes, source: images.name, hasLabels: labels != nil)
    }

    /// A file's bytes, and the path or name that errors show.
    package typealias NamedBytes = (name: String, bytes: [UInt8])

    /// Reads images and labels from the bytes of two IDX files, plain or gzip.
    /// - Throws: `DatasetError` or `FormatError`, naming the file.
    package static func idx(name: String, images: NamedBytes, labels: NamedBytes) throws -> ImageDataset {
        let imageArray = try IDX(parsing: images.bytes, source: images.name)
        guard imageArray.dimensions.count == 3 else {
            throw FormatError(
                source: images.name, offset: 3, expected: "IDX rank 3 (image, row, column)",
                found: "\(imageArray.dimensions.count)")
        }
        guard !imageArray.values.isEmpty else { throw DatasetError.empty(source: images.name) }
        let labelArray = try IDX(parsing: labels.bytes, source: labels.name)
        guard labelArray.dimensions.count == 1 else {
            throw FormatError(
                source: labels.name, offset: 3, expected: "IDX rank 1 (label)", found: "\(labelArray.dimensions.count)")
        }
        guard labelArray.values.count == imageArray.dimensions[0] else {
            throw DatasetError.countsDiffer(
                images: images.name, imageCount: imageArray.dimensions[0], labels: labels.name,
                labelCount: labelArray.values.count)
        }
        return ImageDataset(
            name: name, height: imageArray.dimensions[1], width: imageArray.dimensions[2], channels: 1,
            pixels: imageArray.values, labels: labelArray.values)
    }

    /// Reads `name` or, where that is missing, `name.gz`.
    private static func readFile(
        _ name: String, in folder: String, part: (Int) -> Range<Int> = { 0..<$0 }
    ) throws -> NamedBytes {
        let candidates = [name, "\(name).gz"]
        for candidate in candidates {
            let path = "\(folder)/\(candidate)"
            do {
                return (path, try FileBytes.read(path, limit: fileLimit, part: part))
            } catch let error as FileError where error.isMissing {
                continue
            }
        }
        throw DatasetError.missing(folder: folder, tried: candidates)
    }

    /// Sets of bytes beyond this belong in another format.
    private static let fileLimit = 1 << 33
}
