import Formats

/// Removes a run: what it wrote (`RunPart`), and the folder if nothing else is in it.
package struct RunRemoval: Sendable {
    package let path: String
    /// What goes, of the run's own, and how many bytes that is.
    package let files: [String]
    package let size: Int

    /// Looks at a run that is to go; changes nothing.
    /// - Throws: `RunError` for what is no run, and for one that a process is writing, `FormatError` for another
    ///   program's folder, `FileError`.
    package init(of path: String) throws {
        let path = FileTree.trimmed(path)
        self.path = path
        guard try FileTree.isFolder(path) else {
            if try FileKind(of: path) == .link { throw RunError.leadsNowhere(path: path) }
            throw RunError.missing(path: path)
        }
        // What a link leads to is not this place's to remove.
        if try FileKind(of: path) == .link {
            throw FormatError(
                source: path, expected: "a run", found: "a link to one: name the run itself, or remove the link")
        }
        if let bytes = try RunFolder.configurationBytes(in: path) {
            guard RunConfiguration.isOurs(bytes, source: path) else {
                throw FormatError(
                    source: RunFolder.configurationPath(path), expected: "a run's config.json",
                    found: "another program's")
            }
        } else {
            // What a process killed before its `config.json` leaves, and nothing else.
            let others = try FileTree.names(in: path).filter { $0 != FolderLock.name && !AtomicFile.isTemporary($0) }
            guard others.isEmpty, try FileTree.exists("\(path)/\(FolderLock.name)") else {
                throw RunError.notARun(path: path)
            }
        }
        guard try !FolderLock.isHeld(path) else { throw RunError.locked(path: path) }
        files = try RunPart.parts(in: path)
        size = files.reduce(0) { $0 + (FileStamp("\(path)/\($1)")?.size ?? 0) }
    }

    /// Removes it; `config.json` goes last, so that what a kill leaves can be removed by the same command.
    /// - Returns: What stays in the folder since no run wrote it; nil where the folder has gone too.
    /// - Throws: `RunError.locked` where a process has begun to write it, `FileError`.
    package func remove(using system: FileOperations = .system) throws -> [String]? {
        let lock = try FolderLock(path)
        defer { withExtendedLifetime(lock) {} }
        try RunReplacement.settle(path, system)
        for part in try RunPart.parts(in: path) where part != RunPart.configuration {
            try FileTree.removeFile("\(path)/\(part)", system)
        }
        try FileTree.sweep(path)
        for folder in RunPart.folders where try FileTree.isFolder("\(path)/\(folder)") {
            try FileTree.sweep("\(path)/\(folder)")
            // One that holds something else, or is a link to another disk, stays.
            _ = system.removeFolder("\(path)/\(folder)")
        }
        try lock.requireHeld()
        try FileTree.removeFile("\(path)/\(RunPart.configuration)", system)
        try FileTree.removeFile("\(path)/\(FolderLock.name)", system)
        if system.removeFolder(path) >= 0 { return nil }
        return try FileTree.names(in: path)
    }
}
