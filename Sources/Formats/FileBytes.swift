#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whole files as bytes.
package enum FileBytes {
    /// Reads a regular file.
    ///
    /// Its size is known before memory is taken, and a device or pipe is refused, not waited for.
    /// - Parameters:
    ///   - path: The file; symbolic links are followed.
    ///   - limit: The largest size in bytes that is accepted.
    /// - Throws: `FileError` where the system refuses, `FormatError` where it is no regular file or too large.
    package static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: errno) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, operation: .read, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
            throw FormatError(source: path, expected: "a file", found: kind)
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw FormatError(source: path, expected: "at most \(counted(limit, "byte"))", found: "\(size)")
        }
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let part = readSome(descriptor, buffer.baseAddress! + count, size - count)
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { throw FileError(path: path, operation: .read, code: errno) }
                guard part > 0 else {
                    throw FormatError(
                        source: path, offset: count, expected: "\(counted(size, "byte")) in all", found: "the end")
                }
                count += part
            }
        }
    }
}

/// The system's `read`, which `FileBytes.read` hides.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
