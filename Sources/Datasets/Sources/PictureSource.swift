import Formats

/// A folder of picture files, in folders by class or not.
///
/// Folders `train` and `test` (or `val`, `valid`, `validation`) in it are two sets; else all are images to learn from.
struct PictureSource: PictureFiles {
    private let folder: String
    private let hasTrainingFolder: Bool
    let pictures: PictureSet

    let form = ImageForm.folder
    var name: String { folder }

    init(
        folder: String, _ reading: ImageReading, threads: Int, progress: (@Sendable (Int, Int) -> Void)?
    ) throws {
        self.folder = folder
        hasTrainingFolder = try FileTree.isFolder("\(folder)/\(Self.trainingFolder)")
        pictures = PictureSet(reading, threads: threads, progress: progress)
    }

    private static let trainingFolder = "train"
    private static let testFolders = ["test", "val", "valid", "validation"]

    func listing(_ split: ImageDataset.Split) throws -> PictureListing {
        if split == .train { return try PictureListing(of: hasTrainingFolder ? "\(folder)/train" : folder) }
        if hasTrainingFolder {
            for name in Self.testFolders where try FileTree.isFolder("\(folder)/\(name)") {
                return try PictureListing(of: "\(folder)/\(name)")
            }
        }
        throw DatasetError.noTestSet(path: folder, wanted: "folders train and test in it")
    }
}
