#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif
import Synchronization

/// Files that appear whole or not at all, whatever is killed or cut off meanwhile.
package enum AtomicFile {
    /// Replaces the file at `path`, or creates it, in one step.
    ///
    /// The bytes go to a temporary file in the same folder and down to the disk, then take the name. When this
    /// throws, what stands at `path` is still whole: the previous file, unless only the folder's own entry
    /// could not be brought to the disk. A process killed in between leaves a `.NAME.….tmp` behind.
    /// - Throws: `FileError`.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let (folder, name) = split(path)
        let number = counter.add(1, ordering: .relaxed).newValue
        let temporary = "\(folder)/.\(name).\(getpid())-\(number).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
        do {
            defer { close(descriptor) }
            if let code = writeAll(bytes, to: descriptor) ?? synchronize(descriptor) {
                unlink(temporary)
                throw FileError(path: path, operation: .write, code: code)
            }
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw FileError(path: path, operation: .rename, code: code)
        }
        try synchronizeFolder(folder)
    }

    /// Distinguishes the temporary files of several threads.
    private static let counter = Atomic<Int>(0)

    /// The folder and the last component of a path.
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    /// Writes everything; returns `errno` where that fails.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = writeSome(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { return errno }
                written += part
            }
            return nil
        }
    }

    /// Waits until the disk has it; returns `errno` where that fails.
    private static func synchronize(_ descriptor: Int32) -> Int32? {
        #if canImport(Darwin)
            // fsync on macOS stops at the drive's own cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return nil }
        #endif
        return fsync(descriptor) == 0 ? nil : errno
    }

    /// Makes the new name itself survive a power cut.
    private static func synchronizeFolder(_ folder: String) throws(FileError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: folder, operation: .open, code: errno) }
        defer { close(descriptor) }
        if let code = synchronize(descriptor) { throw FileError(path: folder, operation: .write, code: code) }
    }
}

/// The system's `write`, which `AtomicFile.write` hides.
private func writeSome(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
