import Datasets
import Formats
import Pictures
import Tensors

/// Picture files as a set of images of a model's size, each known by its file's path.
package struct EncodedPictures {
    /// The images.
    package let images: ImageDataset
    /// What a person should know of them although they are sound, a line each.
    package let remarks: [String]

    /// Reads PNG, JPEG and WebP files, and of folders those that they hold, by name; what is larger or smaller than the
    /// model's images is cut to their ratio and resized, and colours become grey where the model has one channel.
    /// - Parameters:
    ///   - shape: What the images must be, [height, width, channels].
    ///   - settings: How the model's own pictures were made, but for size and channels.
    /// - Throws: `FileError`, `FormatError`, `PictureError`, `DatasetError` for a folder without pictures.
    package init(_ paths: [String], of shape: Shape, _ settings: PictureSettings = PictureSettings()) throws {
        let files = try paths.flatMap { try FileTree.isFolder($0) ? Self.pictures(in: FileTree.trimmed($0)) : [$0] }
        guard [1, 3, 4].contains(shape[2]) else {
            throw FormatError(
                source: files[0], expected: "a model of grey, RGB or RGBA images",
                found: "one of \(counted(shape[2], "channel"))")
        }
        var settings = settings
        settings.size = .init(height: shape[0], width: shape[1])
        settings.colour = shape[2] == 1 ? .grey : .rgb
        if shape[2] == 4 { settings.alpha = .keep } else if settings.alpha == .keep { settings.alpha = .drop }
        let preparer = try PicturePreparer(settings)
        var (pixels, remarks) = ([UInt8](), [PictureNote: (count: Int, first: String)]())
        var resized = 0
        for path in files {
            let file = try PictureFile(contentsOf: path)
            resized += file.outline.height == shape[0] && file.outline.width == shape[1] ? 0 : 1
            var notes: [PictureNote] = []
            pixels += try [UInt8](unsafeUninitializedCapacity: shape.count) { buffer, count in
                notes = try preparer.prepare(file, into: .init(rebasing: buffer[..<shape.count]))
                count = shape.count
            }
            for note in notes { remarks[note, default: (0, path)].count += 1 }
        }
        images = ImageDataset(
            name: paths.count == 1 ? paths[0] : counted(files.count, "picture"), height: shape[0], width: shape[1],
            channels: shape[2], pixels: pixels, fileNames: files)
        let size =
            resized > 0
            ? ["\(counted(resized, "picture")) of another size cut and resized to \(shape[1]) × \(shape[0])"] : []
        self.remarks =
            size
            + remarks.map {
                "\($0.value.first): \($0.key)" + ($0.value.count > 1 ? ", and \($0.value.count - 1) more" : "")
            }.sorted()
    }

    private static let endings = ["png", "jpg", "jpeg", "webp"]

    private static func pictures(in folder: String) throws -> [String] {
        let names = try FileTree.names(in: folder).filter { name in
            !name.hasPrefix(".") && name.split(separator: ".").last.map { endings.contains($0.lowercased()) } ?? false
        }
        guard !names.isEmpty else { throw DatasetError.empty(source: folder) }
        return names.map { "\(folder)/\($0)" }
    }
}
