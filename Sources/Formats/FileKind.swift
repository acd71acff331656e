#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What stands at a path.
package enum FileKind: Sendable {
    case file, folder, link
    /// A device, a pipe or a socket.
    case other

    /// Nil where nothing stands: only where the system says so, since a disk that fails is no absence.
    /// - Parameter followsLinks: Whether a symbolic link counts as what it leads to; in a circle that is nothing.
    /// - Throws: `FileError` where the system refuses to tell.
    package init?(of path: String, followsLinks: Bool = false) throws(FileError) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            let error = FileError(path: path, operation: .open, code: errno)
            if error.isMissing || followsLinks && error.code == ELOOP { return nil }
            throw error
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        default: self = .other
        }
    }
}
