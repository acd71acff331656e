import Formats

/// Files that are well formed but make no set of images.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no folder of that name.
    case noFolder(path: String)
    /// A file, where a folder of IDX files is wanted.
    case notAFolder(path: String)
    /// None of the file names that were tried exists in the folder; what was found there instead, for people.
    case missing(folder: String, tried: [String], found: String)
    /// There is not one label for each image.
    case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
    /// There is no image.
    case empty(source: String)
    /// A part of the split would have no image.
    case cannotSplit(source: String, count: Int, fraction: Double)

    /// Whether a file or folder does not exist, rather than being bad.
    public var isMissing: Bool {
        switch self {
        case .noFolder, .missing: true
        default: false
        }
    }

    /// One line, naming the files and the counts.
    public var description: String {
        switch self {
        case .noFolder(let path):
            "\(printable(path)): no such folder"
        case .notAFolder(let path):
            "\(printable(path)): expected a folder with IDX files such as train-images-idx3-ubyte, found a file"
        case .missing(let folder, let tried, let found):
            "\(printable(folder)): expected \(tried.joined(separator: " or ")), found \(found)"
        case .countsDiffer(let images, let imageCount, let labels, let labelCount):
            "\(printable(labels)): expected a label for each of the \(imageCount) images in \(printable(images)), "
                + "found \(labelCount) labels"
        case .empty(let source):
            "\(printable(source)): expected at least one image, found none"
        case .cannotSplit(let source, let count, let fraction):
            "\(printable(source)): expected at least one image on either side of a validation fraction of "
                + "\(fraction), found \(count) in all"
        }
    }
}
