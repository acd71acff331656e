#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A regular file that is open for reading, and closed when nobody holds it any more.
final class OpenFile: Sendable {
    let path: String
    /// In bytes, when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Opens a file; symbolic links are followed, and a device or pipe is refused, not waited for.
    /// - Throws: `FileError` where the system refuses, `FormatError` where it is no regular file.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
        var status = stat()
        let code = fstat(descriptor, &status) == 0 ? 0 : errno
        size = Int(status.st_size)
        // From here on, `deinit` closes it.
        if code != 0 { throw FileError(path: path, operation: .read, code: code) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
            throw FormatError(source: path, expected: "a file", found: kind)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Fills a buffer with the bytes from `start` on.
    /// - Throws: `FileError`, or `FormatError` where the file ends before.
    func read(into buffer: UnsafeMutableRawBufferPointer, from start: Int) throws {
        var count = 0
        while count < buffer.count {
            let read = pread(
                descriptor, buffer.baseAddress! + count, buffer.count - count, off_t(start + count))
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw FileError(path: path, operation: .read, code: errno) }
            guard read > 0 else {
                throw FormatError(
                    source: path, offset: start + count, expected: "\(counted(start + buffer.count, "byte")) in all",
                    found: "the end")
            }
            count += read
        }
    }
}
