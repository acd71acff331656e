import Formats

/// Files that are well formed but make no set of images.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// None of the file names that were tried exists in the folder.
    case missing(folder: String, tried: [String])
    /// There is not one label for each image.
    case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
    /// There is no image.
    case empty(source: String)
    /// A part of the split would have no image.
    case cannotSplit(source: String, count: Int, fraction: Double)

    /// Whether a file or folder does not exist, rather than being bad.
    public var isMissing: Bool {
        if case .missing = self { true } else { false }
    }

    /// One line, naming the files and the counts.
    public var description: String {
        switch self {
        case .missing(let folder, let tried):
            "\(printable(folder)): expected \(tried.joined(separator: " or ")), found neither"
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
