import Formats

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
    static func makeFolder(_ path: String, _ system: FileOperations = .system) throws(FileError) -> [String] {
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
    static func sweep(_ path: String, except spared: (String) -> Bool = { _ in false }) throws(FileError) {
        guard try isFolder(path) else { return }
        for name in try names(in: path) where AtomicFile.isTemporary(name) && !spared(name) {
            try removeFile("\(path)/\(name)")
        }
    }

    /// Removes a file or a link, if it is there.
    static func removeFile(_ path: String, _ system: FileOperations = .system) throws(FileError) {
        try check(system.remove(path), path)
    }

    /// Removes a file, or a folder with all that is in it; a symbolic link is removed, not followed.
    static func remove(_ path: String, _ system: FileOperations = .system) throws(FileError) {
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

/// An advisory lock on a folder, which ends with the process, however that ends.
package final class FolderLock: Sendable {
    /// The file that carries it.
    package static let name = ".lock"
    private let descriptor: Int32
    private let folder: String

    /// - Throws: `RunError.locked` if another process holds it.
    init(_ folder: String) throws {
        self.folder = folder
        descriptor = open("\(folder)/\(Self.name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw error(.create) }
        // Who only looks (`isHeld`) is gone at once.
        for pause in [1000, 3000, 10_000, 0] {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                // Whoever held it may have taken the file away with a folder of its own.
                if try isInPlace { return }
                break
            }
            let error = error(.open)
            guard error.code == EWOULDBLOCK else { throw error }
            if pause > 0 { usleep(useconds_t(pause)) }
        }
        throw RunError.locked(path: folder)
    }

    private func error(_ operation: FileError.Operation) -> FileError {
        FileError(path: "\(folder)/\(Self.name)", operation: operation, code: errno)
    }

    /// Refuses to go on where the folder at the path is another by now, or another process may have locked it: the file
    /// that is locked has gone, or another stands in its place.
    /// - Throws: `RunError.taken`; `FileError` where the system refuses to tell.
    func requireHeld() throws {
        if try isInPlace { return }
        // Without the folder nothing can be written either; that error says so.
        if try FileTree.exists(folder) { throw RunError.taken(path: folder) }
    }

    /// Whether the file that is locked stands where others look for it.
    private var isInPlace: Bool {
        get throws(FileError) {
            var (held, there) = (stat(), stat())
            guard fstat(descriptor, &held) == 0 else { throw error(.read) }
            guard stat("\(folder)/\(Self.name)", &there) == 0 else {
                let error = error(.open)
                if error.isMissing { return false }
                throw error
            }
            return held.st_dev == there.st_dev && held.st_ino == there.st_ino
        }
    }

    /// Whether a process is writing the folder; changes nothing there.
    /// - Throws: `FileError` where the system refuses to tell.
    package static func isHeld(_ folder: String) throws(FileError) -> Bool {
        let path = "\(folder)/\(name)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let error = FileError(path: path, operation: .open, code: errno)
            if error.isMissing { return false }
            throw error
        }
        defer { release(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
        if errno == EWOULDBLOCK { return true }
        throw FileError(path: path, operation: .open, code: errno)
    }

    /// By name: closing alone leaves the lock with a child that another thread has just forked, until it becomes a
    /// program of its own.
    private static func release(_ descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    deinit {
        if descriptor >= 0 { Self.release(descriptor) }
    }
}
