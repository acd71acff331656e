#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The operating system refused something about a file.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    public enum Operation: String, Sendable {
        /// Opening an existing file or folder.
        case open
        /// Reading a file's size or bytes.
        case read
        /// Creating a file.
        case create
        /// Writing a file's bytes, down to the disk.
        case write
        /// Reading back what was written.
        case verify
        /// Giving a finished file its name.
        case rename
    }

    /// The file or folder.
    public let path: String
    /// What was being done.
    public let operation: Operation
    /// The system's `errno`.
    public let code: Int32

    /// Describes a refusal.
    /// - Parameters:
    ///   - path: The file or folder.
    ///   - operation: What was being done.
    ///   - code: The system's `errno`.
    public init(path: String, operation: Operation, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
    }

    /// Whether the path leads to nothing: a misspelt name rather than a failing disk.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    /// One line: `runs/a/config.json: cannot open: No such file or directory`.
    public var description: String { "\(printable(path)): cannot \(operation.rawValue): \(Self.text(of: code))" }

    /// What helps, as the beginning of a sentence; nil where nothing is known to.
    package var remedy: String? {
        switch code {
        case ENOSPC, EDQUOT: "Make room on that disk"
        case EROFS, EACCES, EPERM: "Make that folder writable"
        case EIO: "Look whether that disk fails"
        default: nil
        }
    }

    /// `strerror`, which several threads may call at once.
    private static func text(of code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
