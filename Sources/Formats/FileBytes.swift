#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Files as bytes.
package enum FileBytes {
    /// Reads a regular file, or a part of it.
    ///
    /// Its size is known before memory is taken, and a device or pipe is refused, not waited for.
    /// - Parameters:
    ///   - path: The file; symbolic links are followed.
    ///   - limit: The most bytes that are accepted.
    ///   - part: Which of the bytes, for a file's size; all by default.
    /// - Throws: `FileError` where the system refuses, `FormatError` where it is no regular file or too large.
    package static func read(
        _ path: String, limit: Int, part: (_ size: Int) -> Range<Int> = { 0..<$0 }
    ) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, operation: .read, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
            throw FormatError(source: path, expected: "a file", found: kind)
        }
        let part = part(Int(status.st_size))
        let (start, size) = (part.lowerBound, part.count)
        guard size <= limit else {
            throw FormatError(source: path, expected: "at most \(counted(limit, "byte"))", found: "\(size)")
        }
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let read = pread(descriptor, buffer.baseAddress! + count, size - count, off_t(start + count))
                if read < 0, errno == EINTR { continue }
                guard read >= 0 else { throw FileError(path: path, operation: .read, code: errno) }
                guard read > 0 else {
                    throw FormatError(
                        source: path, offset: start + count, expected: "\(counted(start + size, "byte")) in all",
                        found: "the end")
                }
                count += read
            }
        }
    }
}

/// Which file stands at a path, and in which state: another stamp is another file, or one that has changed.
package struct FileStamp: Hashable, Sendable {
    /// In bytes.
    package let size: Int
    /// Which file of the disk: a file that took another's place has another number.
    package let number: UInt64
    private let device: UInt64
    /// When its bytes were last written, in seconds since 1970.
    package var written: Double { Double(seconds) + 1e-9 * Double(nanoseconds) }
    private let seconds, nanoseconds: Int
    /// When anything of it changed, which nobody can set back as they can the time above.
    private let changedSeconds, changedNanoseconds: Int

    /// Nil where nothing is there.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        number = UInt64(status.st_ino)
        device = UInt64(truncatingIfNeeded: status.st_dev)
        #if canImport(Darwin)
            let (written, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (written, changed) = (status.st_mtim, status.st_ctim)
        #endif
        (seconds, nanoseconds) = (Int(written.tv_sec), Int(written.tv_nsec))
        (changedSeconds, changedNanoseconds) = (Int(changed.tv_sec), Int(changed.tv_nsec))
    }
}
