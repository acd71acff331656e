#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system's calls that writing a file takes, one closure each, so that tests can let any of them fail.
///
/// Each returns what the call returns, or where it fails −`errno`.
package struct FileOperations: Sendable {
    /// What stands at a path, symbolic links not followed: its kind and permission bits, as `st_mode`.
    package var mode: @Sendable (_ path: String) -> Int
    /// Whether names may be added to a folder and taken away.
    package var requireWritable: @Sendable (_ folder: String) -> Int
    /// Where a symbolic link leads; returns how many bytes that has.
    package var readLink: @Sendable (_ path: String, _ into: UnsafeMutableRawBufferPointer) -> Int
    /// Creates a file to write and read; refuses one that exists.
    package var create: @Sendable (_ path: String) -> Int
    /// Opens a file to read and to add to its end, creating it if need be.
    package var openToAppend: @Sendable (_ path: String) -> Int
    /// Opens a device or a pipe to write to.
    package var openStream: @Sendable (_ path: String) -> Int
    /// Opens a folder for `synchronize`.
    package var openFolder: @Sendable (_ path: String) -> Int
    /// Writes some or all of the bytes; returns how many.
    package var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    /// Reads some bytes at an offset; returns how many, 0 at the end.
    package var read: @Sendable (_ file: Int32, _ into: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int
    /// Gives a file its permission bits.
    package var setMode: @Sendable (_ file: Int32, _ mode: Int) -> Int
    /// Waits until the disk has what was written.
    package var synchronize: @Sendable (_ file: Int32) -> Int
    /// Cuts a file off.
    package var truncate: @Sendable (_ file: Int32, _ length: Int) -> Int
    package var rename: @Sendable (_ from: String, _ to: String) -> Int
    /// Gives a file a second name.
    package var link: @Sendable (_ from: String, _ to: String) -> Int
    package var remove: @Sendable (_ path: String) -> Int
    package var makeFolder: @Sendable (_ path: String) -> Int
    /// Removes a folder that is empty.
    package var removeFolder: @Sendable (_ path: String) -> Int

    /// The system's own.
    package static let system = FileOperations(
        mode: { path in
            var status = stat()
            return lstat(path, &status) == 0 ? Int(status.st_mode) : -Int(errno)
        },
        requireWritable: { result(access($0, W_OK | X_OK)) },
        readLink: { result(readlink($0, $1.baseAddress!.assumingMemoryBound(to: CChar.self), $1.count)) },
        create: { result(open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)) },
        openToAppend: { result(open($0, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)) },
        openStream: { result(open($0, O_WRONLY | O_NOCTTY | O_CLOEXEC)) },
        openFolder: { result(open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) },
        write: { result(systemWrite($0, $1.baseAddress, $1.count)) },
        read: { file, buffer, offset in result(pread(file, buffer.baseAddress, buffer.count, off_t(offset))) },
        setMode: { result(fchmod($0, mode_t($1))) },
        synchronize: { file in
            #if canImport(Darwin)
                // fsync on macOS stops at the drive's own cache.
                if fcntl(file, F_FULLFSYNC) == 0 { return 0 }
            #endif
            return result(fsync(file))
        },
        truncate: { result(ftruncate($0, off_t($1))) },
        rename: { result(systemRename($0, $1)) },
        link: { result(systemLink($0, $1)) },
        remove: { result(unlink($0)) },
        makeFolder: { result(mkdir($0, 0o777)) },
        removeFolder: { result(rmdir($0)) })

    private static func result(_ value: some BinaryInteger) -> Int { value < 0 ? -Int(errno) : Int(value) }
}

extension FileOperations {
    /// Writes all bytes, however many calls that takes.
    /// - Returns: `errno` where that fails.
    func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = write(file, UnsafeRawBufferPointer(rebasing: buffer[written...]))
                if part == -Int(EINTR) { continue }
                guard part >= 0 else { return Int32(-part) }
                written += part
            }
            return nil
        }
    }

    /// Reads the file's end from `start` on again, and compares.
    /// - Returns: `errno` where that fails, `EIO` where other bytes come back.
    func verify(_ bytes: [UInt8], in file: Int32, from start: Int = 0) -> Int32? {
        #if os(Linux)
            // From the disk itself, as far as the system will.
            _ = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        #endif
        var (chunk, offset) = ([UInt8](repeating: 0, count: 1 << 18), 0)
        while true {
            let part = chunk.withUnsafeMutableBytes { read(file, $0, start + offset) }
            if part == -Int(EINTR) { continue }
            guard part >= 0 else { return Int32(-part) }
            if part == 0 { return offset == bytes.count ? nil : EIO }
            guard offset + part <= bytes.count, chunk[..<part] == bytes[offset..<offset + part] else { return EIO }
            offset += part
        }
    }
}

// Names that the properties of `FileOperations` hide.

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }

private func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }

private func systemLink(_ from: String, _ to: String) -> Int32 { link(from, to) }
