import Formats
import Settings

/// A set of images that a system's package installs, by its name.
struct KnownSet: Sendable {
    let name: String
    /// Where the package puts it.
    let folder: String
    /// What installs it.
    let package: String
    let classNames: [String]

    private static let all = [
        KnownSet(
            name: "fashion-mnist", folder: "/usr/share/datasets/fashion-mnist", package: "dataset-fashion-mnist",
            // github.com/zalandoresearch/fashion-mnist, "Labels".
            classNames: [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ])
    ]

    static func named(_ name: String) -> KnownSet? { all.first { $0.name == name } }

    /// Empty, or a question that names the set that may be meant.
    static func near(_ name: String) -> String { didYouMean(name, among: all.map(\.name)) }

    /// - Throws: `DatasetError` where its package is not installed.
    func source() throws -> any ImageSource {
        guard try FileTree.isFolder(folder) else { throw DatasetError.notInstalled(set: name, package: package) }
        return IDXSource(folder: folder, name: name, classNames: classNames)
    }
}
