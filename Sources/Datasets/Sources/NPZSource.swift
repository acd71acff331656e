import Formats
import Tensors

/// Images and labels in a NumPy archive, by the names that people give them: `x_train`, `y_train`, `x_test`, `y_test` as
/// Keras has them, `train_images` and its like, or `images` and `labels` for one set alone.
struct NPZSource: ImageSource {
    private let file: NPZFile
    private let path: String
    private let range: ClosedRange<Double>?

    let form = ImageForm.npz
    var name: String { path }

    init(_ path: String, _ reading: ImageReading) throws {
        file = try NPZFile(path)
        (self.path, range) = (path, reading.floatRange)
    }

    /// Names of a set's images and labels, the usual ones first.
    private static func names(_ split: ImageDataset.Split) -> (images: [String], labels: [String]) {
        switch split {
        case .train:
            (
                ["x_train", "X_train", "train_images", "train_x", "train_data", "images", "x", "X", "data", "arr_0"],
                ["y_train", "Y_train", "train_labels", "train_y", "labels", "y", "Y", "targets", "target", "arr_1"]
            )
        case .test:
            (
                ["x_test", "X_test", "test_images", "test_x", "test_data", "x_val", "val_images"],
                ["y_test", "Y_test", "test_labels", "test_y", "y_val", "val_labels"]
            )
        }
    }

    private func images(_ split: ImageDataset.Split) throws -> (images: ArrayImages, bytes: [UInt8]) {
        let known = Self.names(split).images
        guard let name = known.first(where: file.names.contains), let found = try file.contents(name) else {
            // An archive of one array leaves no doubt.
            if split == .train, file.names.count == 1, let found = try file.contents(file.names[0]) {
                return (try Self.images(found), found.bytes)
            }
            let wanted = "an array named \(known.prefix(3).joined(separator: ", ")) or so"
            throw split == .test
                ? DatasetError.noTestSet(path: path, wanted: wanted)
                : FormatError(source: path, expected: wanted, found: file.names.joined(separator: ", "))
        }
        return (try Self.images(found), found.bytes)
    }

    private static func images(_ found: (bytes: [UInt8], source: String)) throws -> ArrayImages {
        let outline = try NPY.Outline(parsing: found.bytes, size: found.bytes.count, source: found.source)
        return try ArrayImages(outline, source: found.source)
    }

    private func labelName(_ split: ImageDataset.Split) -> String? {
        Self.names(split).labels.first(where: file.names.contains)
    }

    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        let images = try images(split).images
        return ImageOutline(
            count: min(images.count, limit ?? .max), shape: images.shape, hasLabels: labelName(split) != nil)
    }

    func readRest() throws {
        for name in file.names { _ = try file.contents(name) }
    }

    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        let (images, bytes) = try images(split)
        var labels: [Int]?
        if let name = labelName(split), let found = try file.contents(name) {
            let all = try NPY.labels(of: found.bytes, source: found.source)
            guard all.count == images.count else {
                throw DatasetError.countsDiffer(
                    images: path, imageCount: images.count, labels: found.source, labelCount: all.count)
            }
            labels = limit.map { Array(all.prefix($0)) } ?? all
        }
        try judge(ImageOutline(count: images.count, shape: images.shape, hasLabels: labels != nil))
        return ImageDataset(
            name: path, shape: images.shape,
            store: .memory(try images.pixels(of: bytes, first: limit, range: range)), labels: labels, classNames: nil,
            fileNames: nil)
    }
}
