#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that is written part by part and takes its name once it is whole; until then it is a temporary file, which
/// `AtomicFile.isTemporary` knows, and one that is never finished is removed.
package final class StreamedFile {
    private let path, temporary: String
    private let descriptor: Int32
    /// Bytes written so far.
    package private(set) var size = 0
    private var isFinished = false

    /// Begins a file that will stand at `path`.
    /// - Throws: `FileError`.
    package init(_ path: String) throws(FileError) {
        self.path = path
        temporary = AtomicFile.temporaryPath(for: path)
        descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if descriptor >= 0, !isFinished { unlink(temporary) }
    }

    /// Adds bytes.
    /// - Throws: `FileError`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: path, operation: .write, code: count < 0 ? errno : ENOSPC) }
            written += count
        }
        size += bytes.count
    }

    /// Waits until the disk has all bytes, and gives the file its name.
    /// - Throws: `FileError`.
    package func finish() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path: path, operation: .write, code: errno) }
        guard rename(temporary, path) == 0 else { throw FileError(path: path, operation: .rename, code: errno) }
        isFinished = true
        try AtomicFile.synchronizeFolder(of: path)
    }
}
