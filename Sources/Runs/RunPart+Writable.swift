import Formats

extension RunPart {
    /// Refuses a run's folder in which its parts could not be written.
    ///
    /// Asked before anything changes there: a training that only its end finds out about is lost.
    /// - Parameter folders: Which of the run's own folders are meant.
    /// - Throws: `FormatError` for what is no file or folder, `FileError` for a link that leads nowhere and a folder
    ///   that is not writable.
    static func requireWritable(
        in folder: String, folders: [String] = folders, using system: FileOperations = .system
    ) throws {
        try requireFiles(in: folder, folders: folders)
        for path in [folder] + folders.map({ "\(folder)/\($0)" }) where try FileTree.isFolder(path) {
            let code = system.requireWritable(path)
            guard code >= 0 else { throw FileError(path: path, operation: .create, code: Int32(-code)) }
        }
    }

    /// Refuses what stands in the place of a run's part and is no file, or in the place of its folders and is none.
    /// - Throws: `FormatError`, or `FileError` for a link that leads nowhere.
    static func requireFiles(in folder: String, folders: [String] = folders) throws {
        for name in folders { try require(.folder, at: "\(folder)/\(name)") }
        for part in try parts(in: folder) {
            let words = part.split(separator: "/")
            if words.count == 1 || folders.contains(where: { $0 == words[0] }) {
                try require(.file, at: "\(folder)/\(part)")
            }
        }
    }

    /// Passes where nothing stands.
    private static func require(_ expected: FileKind, at path: String) throws {
        let found = try FileKind(of: path, followsLinks: true)
        guard found != expected else { return }
        if let found { throw FormatError(source: path, expected: expected.words, found: found.words) }
        // The system's own word for a link that leads nowhere.
        if try FileKind(of: path) == .link { _ = try FileBytes.read(path, limit: 0) { _ in 0..<0 } }
    }
}

extension FileKind {
    fileprivate var words: String {
        switch self {
        case .file: "a file"
        case .folder: "a folder"
        case .link: "a link"
        case .other: "a device or pipe"
        }
    }
}
