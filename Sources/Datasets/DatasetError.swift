import Formats

/// Files that are well formed but make no set of images.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing is there; empty, or a question that names what may be meant.
    case nothing(path: String, didYouMean: String)
    /// What stands there holds no images.
    case noImages(path: String, found: String)
    /// A set that a package of the system installs.
    case notInstalled(set: String, package: String)
    /// There are no images to learn from; where they would be, for people.
    case noTrainingSet(path: String, wanted: String)
    /// There is no test set; what would be one, for people.
    case noTestSet(path: String, wanted: String)
    /// A folder without a picture of a kind that is read; what else is in it.
    case noPictures(folder: String, remark: String?)
    /// Pictures of several sizes, [height, width], and nobody has said which all shall have.
    case sizesDiffer(folder: String, first: String, firstSize: [Int], other: String, otherSize: [Int])
    /// A test set with a class that the training set has not.
    case unknownClass(folder: String, name: String, known: [String])
    /// A name that no file has when it is asked for.
    case unreadable(folder: String, name: String)
    /// A picture that cannot be read.
    case badPicture(path: String, reason: String)
    /// A set of more bytes than are held in memory, where no cache can be made.
    case tooLargeToHold(Int)
    /// There is not one label for each image.
    case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
    /// There is no image.
    case empty(source: String)
    /// A part of the split would have no image.
    case cannotSplit(source: String, count: Int, fraction: Double)

    /// Whether a file or folder does not exist, rather than being bad.
    public var isMissing: Bool {
        switch self {
        case .nothing, .notInstalled, .noTrainingSet, .noTestSet: true
        default: false
        }
    }

    /// One line, naming the files and the counts.
    public var description: String {
        switch self {
        case .nothing(let path, let didYouMean):
            "\(printable(path)): no such file or folder\(didYouMean)"
        case .noImages(let path, let found):
            "\(printable(path)): expected a folder of pictures or of IDX files, a .npy or .npz, or a .csv of paths, "
                + "found \(found)"
        case .notInstalled(let set, let package):
            "\(set): not on this machine: apt-get install \(package) brings it"
        case .noTrainingSet(let path, let wanted):
            "\(printable(path)): expected training images (\(wanted)), found none"
        case .noTestSet(let path, let wanted):
            "\(printable(path)): expected a test set (\(wanted)), found only images to learn from, of which "
                + "--validation-split 0.1 sets a part apart"
        case .noPictures(let folder, let remark):
            "\(printable(folder)): expected PNG, JPEG or WebP files, found none"
                + (remark.map { "; \(printable($0))" } ?? "")
        case .sizesDiffer(let folder, let first, let firstSize, let other, let otherSize):
            printable(
                "\(folder): expected pictures of one size, found \(Self.size(firstSize)) in \(first) and "
                    + "\(Self.size(otherSize)) in \(other); --size 64 makes all of them one")
        case .unknownClass(let folder, let name, let known):
            printable(
                "\(folder): expected the classes of the training images (\(known.joined(separator: ", "))), "
                    + "found \(name)")
        case .unreadable(let folder, let name):
            "\(printable(folder)): \(printable(name)): no such file: its name is not UTF-8, or it is a link that leads "
                + "nowhere; --skip-bad leaves it out"
        case .badPicture(let path, let reason):
            "\(printable(path)): \(printable(reason)); --skip-bad leaves bad files out"
        case .tooLargeToHold(let limit):
            "expected a folder for a cache of pictures (set XDG_CACHE_HOME to one), since images of more than "
                + "\(limit >> 20) MiB are not held in memory"
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

    private static func size(_ size: [Int]) -> String { size.map(String.init).joined(separator: "×") }
}
