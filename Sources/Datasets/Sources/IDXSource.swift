import Formats
import Tensors

/// A folder of IDX files, as MNIST and its successors are published.
struct IDXSource: ImageSource {
    let name: String
    let form = ImageForm.idx
    private let folder: String
    private let classNames: [String]?

    /// - Parameters:
    ///   - folder: Where the files lie.
    ///   - name: What the set is called.
    init(folder: String, name: String, classNames: [String]? = nil) {
        (self.folder, self.name, self.classNames) = (folder, name, classNames)
    }

    /// Where a folder's IDX files lie: in it, or where torchvision unpacks them, in `raw` or `MNIST/raw` of it; nil where
    /// there are none.
    static func folder(in path: String) -> String? {
        let inner = (try? Folder.names(in: path))?.filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)/raw" } ?? []
        return ([path, "\(path)/raw"] + (inner.count <= mostInner ? inner : [])).first { folder in
            ImageDataset.Split.allCases.contains { IDXNames($0).isThere(in: folder) }
        }
    }

    /// A folder of more folders is one of pictures.
    private static let mostInner = 100

    private func files(_ split: ImageDataset.Split) throws -> (images: ByteSource, labels: ByteSource?) {
        let names = IDXNames(split)
        guard let images = try names.open(names.images, in: folder) else {
            let wanted = "\(names.images) or \(names.images).gz"
            throw split == .train
                ? DatasetError.noTrainingSet(path: name, wanted: wanted)
                : DatasetError.noTestSet(path: name, wanted: wanted)
        }
        return (images, try names.open(names.labels, in: folder))
    }

    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        let files = try files(split)
        return try ImageOutline(idx: files.images, hasLabels: files.labels != nil).prefix(limit ?? .max)
    }

    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        let files = try files(split)
        return try .idx(
            name: name, images: files.images, labels: files.labels, classNames: classNames, limit: limit, judge: judge)
    }
}

extension ImageDataset {
    /// Reads images, and labels where there are any, as MNIST and its successors are published: IDX files, plain or
    /// gzip.
    ///
    /// The file names are MNIST's own: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, `t10k-…` for the test
    /// set, each with or without `.gz`, and with a point in the place of the second hyphen. Counts and sizes are judged by
    /// the files' headers, before values are read.
    /// - Parameters:
    ///   - folder: Where the files lie.
    ///   - split: Which of the two sets.
    ///   - limit: Reads only so many images, the first ones; all if left out.
    /// - Throws: `DatasetError`, `FormatError` or `FileError`, naming the file.
    public static func idx(folder: String, split: Split, limit: Int? = nil) throws -> ImageDataset {
        try IDXSource(folder: folder, name: folder).load(split, limit: limit) { _ in }
    }

    /// Reads images and labels from two IDX files, plain or gzip.
    /// - Parameters:
    ///   - labels: Nil where there are none.
    ///   - limit: Reads only so many, the first ones; nil for all.
    ///   - judge: Throws for a set that is not wanted, before any image is read.
    /// - Throws: `DatasetError` or `FormatError`, naming the file; whatever reading a source throws.
    package static func idx(
        name: String, images imageSource: ByteSource, labels labelSource: ByteSource?, classNames: [String]? = nil,
        limit: Int? = nil, judge: (ImageOutline) throws -> Void = { _ in }
    ) throws -> ImageDataset {
        let images = try IDXFile(imageSource)
        guard images.dimensions.count == 3 else {
            throw FormatError(
                source: imageSource.name, offset: 3, expected: "IDX rank 3 (image, row, column)",
                found: "\(images.dimensions.count)")
        }
        let (count, height, width) = (images.dimensions[0], images.dimensions[1], images.dimensions[2])
        guard count > 0, height > 0, width > 0 else { throw DatasetError.empty(source: imageSource.name) }
        let labels = try labelSource.map { try IDXFile($0) }
        if let labels, let labelSource {
            guard labels.dimensions.count == 1 else {
                throw FormatError(
                    source: labelSource.name, offset: 3, expected: "IDX rank 1 (label)",
                    found: "\(labels.dimensions.count)")
            }
            guard labels.dimensions[0] == count else {
                throw DatasetError.countsDiffer(
                    images: imageSource.name, imageCount: count, labels: labelSource.name,
                    labelCount: labels.dimensions[0])
            }
        }
        try refuseBlank(images, count: min(count, limit ?? count), imageSource.name)
        try judge(ImageOutline(count: count, height: height, width: width, channels: 1, hasLabels: labels != nil))
        return ImageDataset(
            name: name, height: height, width: width, channels: 1, pixels: try images.values(first: limit),
            labels: try labels?.values(first: limit).map { Int($0) },
            classNames: classNames)
    }

    /// Refuses a gzip file of a few bytes that would become gigabytes: images that differ take more.
    private static func refuseBlank(_ images: IDXFile, count: Int, _ source: String) throws {
        let size = images.dimensions[1] * images.dimensions[2]
        guard count * size > IDXFile.freelyInflated, images.density < 0.01 else { return }
        let bytes = images.density * Double(size)
        guard bytes >= fewestBytes else {
            throw FormatError(
                source: source,
                expected: "images that differ, which take \(Int(fewestBytes)) bytes of gzip each or more",
                found: "\(images.dimensions[0]) in \(Int(bytes * Double(images.dimensions[0]))) bytes")
        }
    }

    /// Three bytes tell sixteen million images apart; a deflate stream of digits takes a hundred.
    private static let fewestBytes = 3.0
}

/// The files of a set by their names.
private struct IDXNames {
    let images, labels: String
    init(_ split: ImageDataset.Split) {
        let prefix = split == .train ? "train" : "t10k"
        (images, labels) = ("\(prefix)-images-idx3-ubyte", "\(prefix)-labels-idx1-ubyte")
    }

    /// The first of the names that a file may have; nil where none is there.
    func open(_ name: String, in folder: String) throws -> ByteSource? {
        for candidate in Self.candidates(name) where try !FileTree.isFolder("\(folder)/\(candidate)") {
            do {
                return try ByteSource(file: "\(folder)/\(candidate)", limit: Self.fileLimit)
            } catch let error as FileError where error.isMissing {
                continue
            }
        }
        return nil
    }

    /// Whether its images are in a folder.
    func isThere(in folder: String) -> Bool {
        Self.candidates(images).contains { (try? FileKind(of: "\(folder)/\($0)", followsLinks: true)) == .file }
    }

    /// `name` with or without `.gz`; Kaggle writes a point, `train-images.idx3-ubyte`, or a folder around the file.
    private static func candidates(_ name: String) -> [String] {
        let pointed = name.replacing("-idx", with: ".idx")
        return [name, "\(name).gz", pointed, "\(pointed).gz"] + [name, pointed].map { "\($0)/\(name)" }
            + ["\(pointed)/\(pointed)"]
    }

    /// Sets of bytes beyond this belong in another format.
    private static let fileLimit = 1 << 33
}
