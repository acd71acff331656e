#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A regular file that is open for reading, and closed when nobody holds it any more.
package final class OpenFile: Sendable {
    let path: String
    /// In bytes, when it was opened.
    package let size: Int
    private let descriptor: Int32
    /// As it was opened.
    private let state: State

    /// Opens a file; symbolic links are followed, and a device or pipe is refused, not waited for.
    /// - Throws: `FileError` where the system refuses, `FormatError` where it is no regular file.
    package init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
        var status = stat()
        let code = fstat(descriptor, &status) == 0 ? 0 : errno
        size = Int(status.st_size)
        state = State(status)
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
    package func read(into buffer: UnsafeMutableRawBufferPointer, from start: Int) throws {
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

    /// Asks the system to have a part of the file at hand soon; it may or may not.
    package func prepare(_ start: Int, _ count: Int) {
        #if os(Linux)
            _ = posix_fadvise(descriptor, off_t(start), off_t(count), POSIX_FADV_WILLNEED)
        #endif
    }

    /// Throws where the file has been written to since it was opened.
    /// - Throws: `FormatError`, or `FileError` where the system does not tell.
    package func requireUnchanged() throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, operation: .read, code: errno) }
        guard State(status) == state else {
            throw FormatError(
                source: path, expected: "the \(counted(size, "byte")) that it had when it was opened",
                found: Int(status.st_size) == size ? "others, written meanwhile" : "\(status.st_size)")
        }
    }

    /// What tells of a file's bytes; that a name of it was removed is no change to them.
    private struct State: Equatable {
        let size: Int
        let seconds, nanoseconds: Int

        init(_ status: stat) {
            size = Int(status.st_size)
            #if canImport(Darwin)
                let written = status.st_mtimespec
            #else
                let written = status.st_mtim
            #endif
            (seconds, nanoseconds) = (written.tv_sec, written.tv_nsec)
        }
    }
}
