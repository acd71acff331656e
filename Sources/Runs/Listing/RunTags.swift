import Formats
import Settings

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a run's owner calls it: words in a small file of its own, on which nothing else in the run depends.
package struct RunTags: Hashable, Sendable {
    /// In alphabetical order, each once.
    package private(set) var tags: [String]

    /// The tags of a run; none where there is no such file.
    /// - Throws: `FileError`, or `FormatError` for a file that holds no tags.
    package init(of run: RunFolder) throws { try self.init(at: run.tagsPath) }

    private init(at path: String) throws {
        if let bytes = try Self.bytes(at: path) {
            try self.init(parsing: bytes, source: path)
        } else {
            self.init()
        }
    }

    private init() { tags = [] }

    private static func bytes(at path: String) throws -> [UInt8]? {
        do {
            return try FileBytes.read(path, limit: 1 << 16)
        } catch let error as FileError where error.isMissing {
            return nil
        }
    }

    init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        let file = try JSONValue(parsing: bytes, source: source)
        guard file["format"]?.string == Self.format else {
            throw FormatError(
                source: source, expected: "the format \"\(Self.format)\"", found: file["format"]?.string ?? "none")
        }
        guard let version = file["version"]?.integer, version == 1 else {
            let found = file["version"]?.integer
            throw FormatError(
                source: source, expected: "tags of version 1", found: found.map { "version \($0)" } ?? "none",
                isOfNewerVersion: found.map { $0 > 1 } ?? false)
        }
        let words = file["tags"]?.array?.map(\.string) ?? [nil]
        guard words.allSatisfy({ $0.map(Self.isTag) ?? false }), words.count <= Self.most else {
            throw FormatError(source: source, expected: "at most \(Self.most) tags, \(Self.words)", found: "others")
        }
        tags = Set(words.compactMap(\.self)).sorted()
    }

    /// The file's bytes, the same for the same tags.
    func serialized() -> [UInt8] {
        let file: JSONValue = [
            "format": .string(Self.format), "version": 1, "tags": .array(tags.map(JSONValue.string)),
        ]
        return file.serialized() + [UInt8(ascii: "\n")]
    }

    /// Adds and removes tags of a run, which may be under training; without any left, the file goes.
    ///
    /// Takes turns with other processes that do the same.
    /// - Returns: The tags that it then has.
    /// - Throws: `FileError`, `FormatError` for a file that holds no tags, `RunError.tooManyTags`.
    package static func change(of run: RunFolder, adding: [String], removing: [String]) throws -> RunTags {
        let folder = open(run.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw FileError(path: run.path, operation: .open, code: errno) }
        defer { close(folder) }
        while flock(folder, LOCK_EX) != 0 {
            // Where a file system has no locks, the last one wins.
            guard errno == EINTR else { break }
        }
        var changed = try RunTags(of: run)
        let before = changed
        changed.tags = Set(changed.tags).subtracting(removing).union(adding).sorted()
        guard changed.tags.count <= most else { throw RunError.tooManyTags(path: run.path, most: most) }
        if changed == before { return changed }
        if changed.tags.isEmpty {
            try FileTree.removeFile(run.tagsPath)
        } else {
            try AtomicFile.write(changed.serialized(), to: run.tagsPath)
        }
        return changed
    }

    /// Whether a word can be a tag.
    package static func isTag(_ word: String) -> Bool {
        guard (1...64).contains(word.utf8.count), word.utf8.first != UInt8(ascii: "-") else { return false }
        return word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_.:/".utf8.contains(byte)
            }
        }
    }

    /// What a tag may be, for people.
    package static let words = "of 1 to 64 letters, digits and -_.:/ each"

    /// How many a run may have.
    package static let most = 100
    private static let format = "swift-vae tags"
}

extension RunFolder {
    fileprivate var tagsPath: String { "\(path)/\(RunPart.tags)" }
}
