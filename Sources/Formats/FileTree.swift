#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Folders: making, listing, locking and removing them, with errors that name the path.
package enum FileTree {
    /// Without slashes at the end.
    package static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The path from the root, symbolic links resolved; nil where nothing is there, or its name is not UTF-8.
    package static func absolutePath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    /// The path from the root, symbolic links resolved as far as anything is there.
    package static func pathFromRoot(_ path: String) -> String {
        let path = trimmed(path)
        if let absolute = absolutePath(path) { return absolute }
        return path.hasPrefix("/") ? path : (absolutePath(".") ?? ".") + "/" + path
    }

    /// Whether anything stands at a path; a link counts, wherever it leads.
    /// - Throws: `FileError` where the system refuses to tell.
    package static func exists(_ path: String) throws(FileError) -> Bool {
        try FileKind(of: path) != nil
    }

    /// Whether a folder stands at a path, or a link to one.
    /// - Throws: `FileError` where the system refuses to tell.
    package static func isFolder(_ path: String) throws(FileError) -> Bool {
        try FileKind(of: path, followsLinks: true) == .folder
    }

    /// Makes a folder and those above it; when this throws, none that it has made is left.
    /// - Returns: Those that were missing, from above.
    @discardableResult
    package static func makeFolder(_ path: String, _ system: FileOperations = .system) throws(FileError) -> [String] {
        var (end, made) = (path.startIndex, [String]())
        do throws(FileError) {
            while end < path.endIndex {
                end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
                let part = String(path[..<end])
                if (try? isFolder(part)) == true { continue }
                let code = Int32(-system.makeFolder(part))
                guard code <= 0 || code == EEXIST else {
                    throw FileError(path: part, operation: .create, code: code)
                }
                if code <= 0 { made.append(part) }
                try AtomicFile.synchronizeFolder(of: part, using: system)
            }
        } catch {
            for folder in made.reversed() { _ = system.removeFolder(folder) }
            throw error
        }
        return made
    }

    /// The names in a folder, sorted.
    package static func names(in path: String) throws(FileError) -> [String] {
        try Folder.names(in: path)
    }

    /// Removes the temporary files that killed processes left in a folder; none where there is no such folder.
    ///
    /// Only for the holder of the run's lock, and for files that nobody else writes: others may be under way.
    package static func sweep(_ path: String, except spared: (String) -> Bool = { _ in false }) throws(FileError) {
        guard try isFolder(path) else { return }
        for name in try names(in: path) where AtomicFile.isTemporary(name) && !spared(name) {
            try removeFile("\(path)/\(name)")
        }
    }

    /// Removes a file or a link, if it is there.
    package static func removeFile(_ path: String, _ system: FileOperations = .system) throws(FileError) {
        try check(system.remove(path), path)
    }

    /// Removes a file, or a folder with all that is in it; a symbolic link is removed, not followed.
    package static func remove(_ path: String, _ system: FileOperations = .system) throws(FileError) {
        guard try FileKind(of: path) == .folder else { return try removeFile(path, system) }
        for name in try names(in: path) { try remove("\(path)/\(name)", system) }
        try check(system.removeFolder(path), path)
    }

    private static func check(_ result: Int, _ path: String) throws(FileError) {
        if result < 0, result != -Int(ENOENT) {
            throw FileError(path: path, operation: .write, code: Int32(-result))
        }
    }
}
