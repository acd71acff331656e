import Formats

/// A folder of picture files, in folders by class or not.
///
/// Folders `train` and `test` (or `val`, `valid`, `validation`) in it are two sets, where it has no others; else all are
/// images to learn from.
struct PictureSource: PictureFiles {
    private let folder: String
    /// Where the sets are, where they have folders of their own.
    private let training, test: String?
    let pictures: PictureSet

    let form = ImageForm.folder
    var name: String { folder }

    init(
        folder: String, _ reading: ImageReading, threads: Int, progress: (@Sendable (Int, Int) -> Void)?
    ) throws {
        self.folder = folder
        let folders = try Folder.names(in: folder).filter {
            try !$0.hasPrefix(".") && FileTree.isFolder("\(folder)/\($0)")
        }
        func named(_ names: [String]) -> String? {
            names.lazy.compactMap { name in folders.first { $0.lowercased() == name } }.first
        }
        // A class may be called train, beside others.
        let areSets = folders.allSatisfy { (Self.trainingNames + Self.testNames).contains($0.lowercased()) }
        training = areSets ? named(Self.trainingNames).map { "\(folder)/\($0)" } : nil
        test = areSets && training != nil ? named(Self.testNames).map { "\(folder)/\($0)" } : nil
        pictures = PictureSet(reading, threads: threads, progress: progress)
    }

    private static let trainingNames = ["train", "training"]
    private static let testNames = ["test", "testing", "val", "valid", "validation"]

    func listing(_ split: ImageDataset.Split) throws -> PictureListing {
        if split == .test, test == nil {
            throw DatasetError.noTestSet(path: folder, wanted: "folders train and test in it")
        }
        let learned = try PictureListing(of: training ?? folder)
        guard split == .test, let test else { return learned }
        return try PictureListing(of: test, classNames: learned.classNames)
    }
}
