import Formats
import Tensors

/// Images in a NumPy file of one array; there are no labels, and no test set.
struct NPYSource: ImageSource {
    private let path: String
    private let range: ClosedRange<Double>?

    let form = ImageForm.npy
    var name: String { path }
    /// Bytes stay in the file; other types become bytes in memory.
    var isHeld: Bool { (try? images().isPlain) != true }

    init(_ path: String, _ reading: ImageReading) {
        (self.path, range) = (path, reading.floatRange)
    }

    private func images() throws -> ArrayImages {
        let file = try ByteSource(file: path, limit: .max)
        return try ArrayImages(
            NPY.Outline(parsing: file.bytes(0..<NPY.headSize), size: file.size, source: path), source: path)
    }

    func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        guard split == .train else {
            throw DatasetError.noTestSet(path: path, wanted: "a .npz with x_train and x_test")
        }
        let images = try images()
        return ImageOutline(count: min(images.count, limit ?? .max), shape: images.shape, hasLabels: false)
    }

    /// Bytes stay in the file, however many; others become bytes.
    func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        try judge(outline(split))
        let images = try images()
        if images.isPlain {
            let file = try PixelFile(path, from: images.start, count: images.count, imageSize: images.shape.count)
            let whole = ImageDataset(
                name: path, shape: images.shape, file: file, labels: nil, classNames: nil, fileNames: nil)
            return limit.map(whole.prefix) ?? whole
        }
        return ImageDataset(
            name: path, shape: images.shape,
            store: .memory(
                try images.pixels(of: FileBytes.read(path, limit: 1 << 33), first: limit, range: range)),
            labels: nil, classNames: nil, fileNames: nil)
    }
}
