import Formats

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

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
