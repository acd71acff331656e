#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the path of an output leads to, and so how it is written.
enum OutputTarget {
    /// A regular file, or a place for one, that takes the permission bits of the file there.
    case file(path: String, mode: Int?)
    /// A device or pipe.
    case stream(path: String)
    /// An open file of this process, as `/dev/stdout` names it: it goes on where that stands.
    case descriptor(Int32)

    /// - Parameter followsLinks: Off for a link that shall be replaced itself.
    /// - Throws: `FileError` for a folder, for links in a circle, and where the system refuses to look.
    init(_ path: String, followsLinks: Bool, using system: FileOperations) throws(FileError) {
        func failure(_ code: Int32) -> FileError {
            FileError(path: path, operation: code == EISDIR ? .rename : .create, code: code)
        }
        guard !path.isEmpty else { throw failure(ENOENT) }
        var place = path
        // As many links as Linux follows itself.
        for _ in 0...40 {
            if let descriptor = Self.ownDescriptor(place) {
                self = .descriptor(descriptor)
                return
            }
            let mode = system.mode(place)
            guard mode >= 0 || mode == -Int(ENOENT) else { throw failure(Int32(-mode)) }
            switch mode < 0 ? S_IFREG : mode_t(mode) & S_IFMT {
            case S_IFREG:
                self = .file(path: place, mode: mode < 0 ? nil : mode & 0o7777)
                return
            case S_IFLNK where !followsLinks:
                self = .file(path: place, mode: nil)
                return
            case S_IFLNK:
                var target = [UInt8](repeating: 0, count: 4096)
                let length = target.withUnsafeMutableBytes { system.readLink(place, $0) }
                guard length >= 0 else { throw failure(Int32(-length)) }
                let name = String(decoding: target[..<length], as: UTF8.self)
                place = name.hasPrefix("/") ? name : "\(AtomicFile.split(place).folder)/\(name)"
            case S_IFDIR:
                throw failure(EISDIR)
            default:
                self = .stream(path: place)
                return
            }
        }
        throw failure(ELOOP)
    }

    /// The number of a descriptor that a path of the kernel's names.
    private static func ownDescriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let folders = ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
            return folders.first(where: path.hasPrefix).flatMap { Int32(path.dropFirst($0.utf8.count)) }
        }
    }
}

extension AtomicFile {
    /// Whether what is written to a path becomes a regular file there; not so of devices, pipes and open files.
    package static func leadsToFile(_ path: String) -> Bool {
        switch try? OutputTarget(path, followsLinks: true, using: .system) {
        case .stream, .descriptor: false
        // Where nothing can be written, writing says why.
        case .file, nil: true
        }
    }
}
