#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that is written piece by piece, and appears whole or not at all, as those of `AtomicFile` do.
///
/// Pieces are read back from the disk before the file takes its name. Into a device, a pipe or an open file of this
/// process the pieces go as they come; those that have places are kept in memory until the end, since nobody can go
/// back there.
package final class OutputFile {
    /// As errors call it.
    private let path: String
    private let system: FileOperations
    private let readsBack: Bool
    private let place: Place
    /// Of each piece, so that nothing but the disk need hold it.
    private var pieces: [(offset: Int, count: Int, checksum: UInt32)] = []
    private var held: [UInt8] = []
    /// Where the next piece goes that has no place of its own.
    package private(set) var size = 0
    private var isOpen = true

    private enum Place {
        case file(path: String, temporary: String, descriptor: Int32)
        case stream(descriptor: Int32, closes: Bool)
    }

    /// Begins a file that shall stand at `path`, where nothing changes before `finish`.
    /// - Parameter readsBack: Off for what carries a digest of its own and can be made anew.
    /// - Throws: `FileError`.
    package init(
        _ path: String, readsBack: Bool = true, using system: FileOperations = .system
    ) throws(FileError) {
        self.path = path
        (self.readsBack, self.system) = (readsBack, system)
        switch try OutputTarget(path, followsLinks: true, using: system) {
        case .file(let place, let mode):
            let temporary = AtomicFile.temporaryPath(for: place)
            let descriptor = system.create(temporary)
            guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: Int32(-descriptor)) }
            if let mode { _ = system.setMode(Int32(descriptor), mode) }
            self.place = .file(path: place, temporary: temporary, descriptor: Int32(descriptor))
        case .stream(let place):
            let descriptor = system.openStream(place)
            guard descriptor >= 0 else { throw FileError(path: path, operation: .open, code: Int32(-descriptor)) }
            self.place = .stream(descriptor: Int32(descriptor), closes: true)
        case .descriptor(let descriptor):
            place = .stream(descriptor: descriptor, closes: false)
        }
    }

    deinit {
        guard isOpen else { return }
        switch place {
        case .file(_, let temporary, let descriptor):
            close(descriptor)
            _ = system.remove(temporary)
        case .stream(let descriptor, let closes):
            if closes { close(descriptor) }
        }
    }

    /// Adds bytes at the end.
    /// - Throws: `FileError`.
    package func append(_ bytes: [UInt8]) throws(FileError) {
        switch place {
        case .file: try write(bytes, at: size)
        case .stream(let descriptor, _):
            try check(system.writeAll(bytes, to: descriptor), .write)
            size += bytes.count
        }
    }

    /// Writes bytes at a place, where none were written yet; places may come in any order.
    /// - Throws: `FileError`.
    package func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        if bytes.isEmpty { return }
        switch place {
        case .file(_, _, let descriptor):
            try check(lseek(descriptor, off_t(offset), SEEK_SET) < 0 ? errno : nil, .write)
            try check(system.writeAll(bytes, to: descriptor), .write)
            if readsBack { pieces.append((offset, bytes.count, CRC32.checksum(of: bytes))) }
        case .stream:
            let end = offset + bytes.count
            if held.count < end { held.append(contentsOf: repeatElement(0, count: end - held.count)) }
            held.replaceSubrange(offset..<end, with: bytes)
        }
        size = max(size, offset + bytes.count)
    }

    /// Waits until the disk has everything, reads it back and gives the file its name.
    /// - Throws: `FileError`; what stood at the path is then still there.
    package func finish() throws(FileError) {
        switch place {
        case .file(let path, let temporary, let descriptor):
            try check(Self.code(system.synchronize(descriptor)), .write)
            if readsBack { try verify(descriptor) }
            try check(Self.code(system.rename(temporary, path)), .rename)
            isOpen = false
            close(descriptor)
            try AtomicFile.synchronizeFolder(of: path, using: system)
        case .stream(let descriptor, _):
            try check(system.writeAll(held, to: descriptor), .write)
        }
    }

    /// Compares what the disk gives back, a piece at a time.
    private func verify(_ descriptor: Int32) throws(FileError) {
        #if os(Linux)
            // From the disk itself, as far as the system will.
            _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        #endif
        for piece in pieces {
            var (bytes, count) = ([UInt8](repeating: 0, count: piece.count), 0)
            while count < bytes.count {
                let part = bytes.withUnsafeMutableBytes {
                    system.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[count...]), piece.offset + count)
                }
                if part == -Int(EINTR) { continue }
                try check(part > 0 ? nil : part < 0 ? Int32(-part) : EIO, .verify)
                count += part
            }
            try check(CRC32.checksum(of: bytes) == piece.checksum ? nil : EIO, .verify)
        }
    }

    private static func code(_ result: Int) -> Int32? { result < 0 ? Int32(-result) : nil }

    private func check(_ code: Int32?, _ operation: FileError.Operation) throws(FileError) {
        if let code { throw FileError(path: path, operation: operation, code: code) }
    }
}
