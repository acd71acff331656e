import Formats
import Tensors

extension ImageDataset {
    /// Reads images, and labels where there are any, as MNIST and its successors are published: IDX files, plain or
    /// gzip.
    ///
    /// The file names are MNIST's own: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, `t10k-…` for the test
    /// set, each with or without `.gz`. Counts and sizes are judged by the files' headers, before values are read.
    /// - Parameters:
    ///   - folder: Where the files lie.
    ///   - split: Which of the two sets.
    ///   - limit: Reads only so many images, the first ones; all if left out.
    /// - Throws: `DatasetError`, `FormatError` or `FileError`, naming the file.
    public static func idx(folder: String, split: Split, limit: Int? = nil) throws -> ImageDataset {
        try idx(folder: folder, split: split, limit: limit) { _ in }
    }

    /// The same, where what the files say of the set is judged before any image is read.
    package static func idx(
        folder: String, split: Split, limit: Int? = nil, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        let names = IDXNames(split)
        guard let images = try names.open(names.images, in: folder) else {
            throw try names.missing(in: folder)
        }
        return try idx(
            name: folder, images: images, labels: try names.open(names.labels, in: folder), limit: limit, judge: judge)
    }

    /// What a folder's set says of itself, read from the head of its file of images.
    /// - Throws: `DatasetError`, `FormatError` or `FileError`, naming the file.
    package static func idxOutline(folder: String, split: Split) throws -> ImageOutline {
        let names = IDXNames(split)
        guard let images = try names.open(names.images, in: folder) else {
            throw try names.missing(in: folder)
        }
        return try ImageOutline(idx: images, hasLabels: try names.open(names.labels, in: folder) != nil)
    }

    /// Reads images and labels from two IDX files, plain or gzip.
    /// - Parameters:
    ///   - labels: Nil where there are none.
    ///   - limit: Reads only so many, the first ones; nil for all.
    ///   - judge: Throws for a set that is not wanted, before any image is read.
    /// - Throws: `DatasetError` or `FormatError`, naming the file; whatever reading a source throws.
    package static func idx(
        name: String, images imageSource: ByteSource, labels labelSource: ByteSource?, limit: Int? = nil,
        judge: (ImageOutline) throws -> Void = { _ in }
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
            labels: try labels?.values(first: limit).map { Int($0) })
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
    private let split: ImageDataset.Split

    init(_ split: ImageDataset.Split) {
        self.split = split
        let prefix = split == .train ? "train" : "t10k"
        (images, labels) = ("\(prefix)-images-idx3-ubyte", "\(prefix)-labels-idx1-ubyte")
    }

    /// `name` or, where that is missing, `name.gz`; nil where both are.
    func open(_ name: String, in folder: String) throws -> ByteSource? {
        for candidate in Self.candidates(name) {
            do {
                return try ByteSource(file: "\(folder)/\(candidate)", limit: Self.fileLimit)
            } catch let error as FileError where error.isMissing {
                continue
            }
        }
        return nil
    }

    /// Why the images are not there, and what may have been meant.
    /// - Throws: `FileError` where the folder cannot be looked into.
    func missing(in folder: String) throws -> DatasetError {
        if Folder.isFile(folder) { return .notAFolder(path: folder) }
        let there: [String]
        do {
            there = try Folder.names(in: folder)
        } catch let error where error.isMissing {
            return .noFolder(path: folder)
        }
        return .missing(folder: folder, tried: Self.candidates(images), found: found(among: there, in: folder))
    }

    private func found(among there: [String], in folder: String) -> String {
        if there.isEmpty { return "an empty folder" }
        // As some archives have it: train-images.idx3-ubyte.
        func letters(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
        if let near = there.first(where: { letters($0).hasPrefix(letters(images)) }) {
            return "\(near): rename it"
        }
        // torchvision unpacks into MNIST/raw.
        let inner = there.flatMap { [$0, "\($0)/raw"] } + ["MNIST/raw"]
        for name in inner {
            let names = (try? Folder.names(in: "\(folder)/\(name)")) ?? []
            if Self.candidates(images).contains(where: names.contains) {
                return "it in \(folder)/\(name): name that folder"
            }
        }
        let training = Self.candidates(IDXNames(.train).images).first(where: there.contains)
        if split == .test, let training {
            return "only \(training), of which --validation-split 0.1 sets a part apart"
        }
        return "neither"
    }

    private static func candidates(_ name: String) -> [String] { [name, "\(name).gz"] }

    /// Sets of bytes beyond this belong in another format.
    private static let fileLimit = 1 << 33
}
