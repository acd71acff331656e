#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif
import Synchronization

/// Files that appear whole or not at all, whatever is killed or cut off meanwhile: the one way in which files are written.
package enum AtomicFile {
    /// Replaces the file at `path`, or creates it, in one step.
    ///
    /// The bytes go to a temporary file in the same folder and down to the disk, are read back and compared, and
    /// then take the name. When this throws, what stands at `path` is still whole: the previous file, unless only the
    /// folder's own entry could not be brought to the disk. A process killed in between leaves a temporary file,
    /// which `isTemporary` knows.
    ///
    /// A file that is replaced hands its permission bits on. A symbolic link stays, and what it leads to is replaced
    /// or created. Into a device, a pipe or an open file of this process (`/dev/stdout`) the bytes are written as they
    /// come: no file takes its place.
    /// - Parameter previous: Where the file that now stands at `path` shall stay, in the same folder; a link at `path`
    ///   is then replaced itself.
    /// - Throws: `FileError`.
    package static func write(
        _ bytes: [UInt8], to path: String, keepingOldAs previous: String? = nil, using system: FileOperations = .system
    ) throws(FileError) {
        switch try OutputTarget(path, followsLinks: previous == nil, using: system) {
        case .file(let place, let mode):
            try replace(place, calledBy: path, mode, bytes, previous, system)
        case .stream(let place):
            let file = system.openStream(place)
            guard file >= 0 else { throw FileError(path: path, operation: .open, code: Int32(-file)) }
            defer { close(Int32(file)) }
            try check(system.writeAll(bytes, to: Int32(file)), path, .write)
        case .descriptor(let file):
            try check(system.writeAll(bytes, to: file), path, .write)
        }
    }

    /// - Parameter name: The path as errors show it.
    private static func replace(
        _ path: String, calledBy name: String, _ mode: Int?, _ bytes: [UInt8], _ previous: String?,
        _ system: FileOperations
    ) throws(FileError) {
        let (folder, last) = split(path)
        let temporary = temporaryPath(folder, last)
        let descriptor = system.create(temporary)
        guard descriptor >= 0 else { throw FileError(path: name, operation: .create, code: Int32(-descriptor)) }
        do {
            let file = Int32(descriptor)
            defer { close(file) }
            if let mode {
                let code = failure(system.setMode(file, mode))
                // Some file systems have no permission bits.
                if code != EPERM, code != ENOTSUP { try check(code, name, .create) }
            }
            try check(system.writeAll(bytes, to: file), name, .write)
            try check(failure(system.synchronize(file)), name, .write)
            try check(system.verify(bytes, in: file), name, .verify)
            if let previous { try keep(path, as: previous, system) }
            try check(failure(system.rename(temporary, path)), name, .rename)
        } catch {
            _ = system.remove(temporary)
            throw error
        }
        try synchronize(folder, system)
    }

    /// Makes a new name itself survive a power cut.
    /// - Throws: `FileError`.
    package static func synchronizeFolder(
        of path: String, using system: FileOperations = .system
    ) throws(FileError) {
        try synchronize(split(path).folder, system)
    }

    /// Adds bytes to a file's end, creating it if need be, and waits until the disk has them.
    ///
    /// When this throws, they are taken away again; where that fails too, a part of them may stand there.
    /// - Throws: `FileError`.
    package static func append(
        _ bytes: [UInt8], to path: String, using system: FileOperations = .system
    ) throws(FileError) {
        let descriptor = system.openToAppend(path)
        guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: Int32(-descriptor)) }
        let file = Int32(descriptor)
        defer { close(file) }
        let start = Int(lseek(file, 0, SEEK_END))
        do {
            try check(system.writeAll(bytes, to: file), path, .write)
            try check(failure(system.synchronize(file)), path, .write)
            try check(system.verify(bytes, in: file, from: start), path, .verify)
        } catch {
            _ = system.truncate(file, start)
            throw error
        }
    }

    /// Whether a name is one of a file under way: `.NAME.PROCESS-NUMBER.tmp`.
    package static func isTemporary(_ name: String) -> Bool { writer(of: name) != nil }

    /// Whether another process that may be writing a temporary file still lives.
    package static func isUnderWay(_ name: String) -> Bool {
        guard let process = writer(of: name), process != getpid() else { return false }
        return kill(process, 0) == 0 || errno != ESRCH
    }

    /// The process that a temporary file's name tells of.
    private static func writer(of name: String) -> pid_t? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].isEmpty, parts.last == "tmp" else { return nil }
        let numbers = parts[parts.count - 2].split(separator: "-", omittingEmptySubsequences: false).map { pid_t($0) }
        return numbers.count == 2 && numbers[1] != nil ? numbers[0] : nil
    }

    /// Gives the file at `path` a second name, in place of what stood there; where there are no hard links, to a copy.
    /// - Throws: `FileError`, or `FormatError` where no file stands at `path`.
    package static func duplicate(
        _ path: String, as other: String, using system: FileOperations = .system
    ) throws {
        switch try secondName(path, other, system) {
        case nil: return
        case let code? where hasNoLinks(code): try write(FileBytes.read(path, limit: .max), to: other, using: system)
        case let code?: throw FileError(path: other, operation: .create, code: code)
        }
    }

    /// The same, but that where there are no hard links the file is renamed, and for a moment has no other name.
    private static func keep(_ path: String, as previous: String, _ system: FileOperations) throws(FileError) {
        switch try secondName(path, previous, system) {
        case nil, ENOENT:
            // Linked, or nothing stands at `path` yet.
            break
        case let code? where hasNoLinks(code):
            let code = failure(system.rename(path, previous))
            if code != ENOENT { try check(code, previous, .rename) }
        case let code?:
            throw FileError(path: previous, operation: .create, code: code)
        }
    }

    /// - Returns: `errno` where the file cannot be linked.
    private static func secondName(
        _ path: String, _ other: String, _ system: FileOperations
    ) throws(FileError) -> Int32? {
        let (folder, name) = split(other)
        let temporary = temporaryPath(folder, name)
        if let code = failure(system.link(path, temporary)) { return code }
        let code = failure(system.rename(temporary, other))
        // Also where all went well: renaming one name of a file to another of the same leaves both.
        _ = system.remove(temporary)
        try check(code, other, .rename)
        return nil
    }

    private static func hasNoLinks(_ code: Int32) -> Bool {
        // Across disks, too.
        [EPERM, ENOTSUP, EOPNOTSUPP, EMLINK, ENOSYS, EXDEV].contains(code)
    }

    private static func synchronize(_ folder: String, _ system: FileOperations) throws(FileError) {
        let descriptor = system.openFolder(folder)
        guard descriptor >= 0 else { throw FileError(path: folder, operation: .open, code: Int32(-descriptor)) }
        let file = Int32(descriptor)
        defer { close(file) }
        try check(failure(system.synchronize(file)), folder, .write)
    }

    private static func failure(_ result: Int) -> Int32? { result < 0 ? Int32(-result) : nil }

    private static func check(
        _ code: Int32?, _ path: String, _ operation: FileError.Operation
    ) throws(FileError) {
        if let code { throw FileError(path: path, operation: operation, code: code) }
    }

    /// A name beside `path` that no other file under way has.
    static func temporaryPath(for path: String) -> String {
        let (folder, name) = split(path)
        return temporaryPath(folder, name)
    }

    private static func temporaryPath(_ folder: String, _ name: String) -> String {
        "\(folder)/.\(name).\(getpid())-\(counter.add(1, ordering: .relaxed).newValue).tmp"
    }

    /// Distinguishes the temporary files of several threads.
    private static let counter = Atomic<Int>(0)

    /// The folder and the last component of a path.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }
}
