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

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws(FileError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let part = String(path[..<end])
            if isFolder(part) { continue }
            guard mkdir(part, 0o777) == 0 || errno == EEXIST else {
                throw FileError(path: part, operation: .create, code: errno)
            }
            try AtomicFile.synchronizeFolder(of: part)
        }
    }

    /// The names in a folder, sorted.
    package static func names(in path: String) throws(FileError) -> [String] {
        try Folder.names(in: path)
    }

    /// Removes the temporary files that killed processes left in a folder; none where there is no such folder.
    ///
    /// Only for the holder of the run's lock, and for files that nobody else writes: others may be under way.
    static func sweep(_ path: String, except spared: (String) -> Bool = { _ in false }) throws(FileError) {
        guard isFolder(path) else { return }
        for name in try names(in: path) where AtomicFile.isTemporary(name) && !spared(name) {
            try remove("\(path)/\(name)")
        }
    }

    /// Removes a file, or a folder with all that is in it; a symbolic link is removed, not followed.
    static func remove(_ path: String) throws(FileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw FileError(path: path, operation: .write, code: errno)
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if isFolder {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
        }
        guard (isFolder ? rmdir(path) : unlink(path)) == 0 else {
            throw FileError(path: path, operation: .write, code: errno)
        }
    }
}

/// An advisory lock on a folder, which ends with the process, however that ends.
package final class FolderLock: Sendable {
    /// The file that carries it.
    package static let name = ".lock"
    private let descriptor: Int32

    /// - Throws: `RunError.locked` if another process holds it.
    init(_ folder: String) throws {
        let path = "\(folder)/\(Self.name)"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
        // Who only looks (`isHeld`) is gone at once.
        for pause in [1000, 3000, 10_000, 0] {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            let code = errno
            if code == EWOULDBLOCK, pause > 0 {
                usleep(useconds_t(pause))
                continue
            }
            close(descriptor)
            if code == EWOULDBLOCK { throw RunError.locked(path: folder) }
            throw FileError(path: path, operation: .open, code: code)
        }
    }

    /// Whether a process is writing the folder; changes nothing there.
    package static func isHeld(_ folder: String) -> Bool {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    deinit {
        close(descriptor)
    }
}
