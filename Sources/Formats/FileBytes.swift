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
        let file = try OpenFile(path)
        let part = part(file.size)
        guard part.count <= limit else {
            throw FormatError(source: path, expected: "at most \(counted(limit, "byte"))", found: "\(part.count)")
        }
        return try [UInt8](unsafeUninitializedCapacity: part.count) { buffer, count in
            try file.read(into: UnsafeMutableRawBufferPointer(buffer), from: part.lowerBound)
            count = part.count
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
    /// The same in whole nanoseconds.
    package var writtenNanoseconds: Int { seconds &* 1_000_000_000 &+ nanoseconds }
    private let seconds, nanoseconds: Int
    /// The same of any change, in whole nanoseconds.
    package var changedNanoseconds: Int { changedSeconds &* 1_000_000_000 &+ changedNanosecondsPart }
    /// When anything of it changed, which nobody can set back as they can the time above.
    private let changedSeconds, changedNanosecondsPart: Int

    /// Whether both are of one file, changed or not.
    package func isSameFile(as other: FileStamp) -> Bool { number == other.number && device == other.device }

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
        (changedSeconds, changedNanosecondsPart) = (Int(changed.tv_sec), Int(changed.tv_nsec))
    }
}
