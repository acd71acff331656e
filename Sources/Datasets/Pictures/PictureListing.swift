import Formats

/// The picture files of a set, in the order in which the set has them, and what was passed over.
struct PictureListing: Sendable {
    /// One file.
    struct Entry: Hashable, Sendable {
        /// From the set's folder on; from the root where a table has it so.
        let path: String
        /// The number of its class; nil in a set without classes.
        let label: Int?
        let stamp: FileStamp
    }

    /// The folder that the files' paths begin from.
    let folder: String

    /// Whether each file has a class.
    var isLabelled: Bool { entries.first?.label != nil }

    /// Where a file is.
    func path(of entry: Entry) -> String { entry.path.hasPrefix("/") ? entry.path : "\(folder)/\(entry.path)" }

    /// The files.
    var entries: [Entry]
    /// What the classes are called; nil where there are none.
    var classNames: [String]?
    /// Files that are no pictures of a kind that is read: how many of each kind of name.
    private(set) var otherKinds: [String: Int] = [:]
    /// Names that no file has when it is asked for: those that are not UTF-8, and links that lead nowhere.
    var unreadable: [String] = []
    /// Folders that may have been meant as classes, in which there is no picture.
    private(set) var emptyFolders: [String] = []
    /// The table that lists them; nil where a folder does.
    var table: String?
    /// Only so many of all were taken; nil for all.
    private(set) var limit: Int?

    /// Names' ends of files that are taken for pictures; their bytes decide what they are.
    private static let kinds: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif", "webp"]
    /// Folders within folders.
    private static let mostDepth = 32

    /// A list of files that stands elsewhere.
    init(folder: String, entries: [Entry], classNames: [String]?) {
        (self.folder, self.entries, self.classNames) = (folder, entries, classNames)
    }

    /// Looks through a folder.
    ///
    /// Folders in it are classes where it has two or more with pictures somewhere in them and holds no picture itself;
    /// else the pictures have none. Names that begin with a dot are passed over. Classes are in the order of their names,
    /// or of their numbers where all are numbers. Images are taken from the classes in turn, so that the first of a set
    /// are of all classes.
    /// - Parameter known: The classes of the set that this one is a test of, which keep their numbers; nil for a set of
    ///   its own.
    /// - Throws: `FileError` where a folder cannot be looked into; `DatasetError` for a class that is not known.
    init(of folder: String, classNames known: [String]? = nil) throws {
        self.init(folder: folder, entries: [], classNames: nil)
        let root = FileStamp(folder).map { [$0] } ?? []
        var (own, groups): ([Entry], [(name: String, entries: [Entry])]) = ([], [])
        for name in try Folder.names(in: folder) where !name.hasPrefix(".") {
            var found: [Entry] = []
            let isFolder = try look(at: name, above: root, into: &found)
            if isFolder { groups.append((name, found)) } else { own += found }
        }
        emptyFolders = groups.filter(\.entries.isEmpty).map(\.name)
        groups.removeAll { $0.entries.isEmpty }
        if let known, own.isEmpty {
            let numbers = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($0.element, $0.offset) })
            if let name = groups.first(where: { numbers[$0.name] == nil })?.name {
                throw DatasetError.unknownClass(folder: folder, name: name, known: known)
            }
            classNames = known
            entries = Self.inTurn(groups.map { Self.labelled($0.entries, numbers[$0.name] ?? 0) })
            return
        }
        guard own.isEmpty, groups.count > 1 else {
            entries = own + groups.flatMap(\.entries)
            return
        }
        let areNumbers = groups.allSatisfy { Int($0.name) != nil }
        groups.sort { Self.precedes($0.name, $1.name, asNumbers: areNumbers) }
        classNames = groups.map(\.name)
        entries = Self.inTurn(groups.enumerated().map { Self.labelled($0.element.entries, $0.offset) })
    }

    private static func labelled(_ entries: [Entry], _ label: Int) -> [Entry] {
        entries.map { Entry(path: $0.path, label: label, stamp: $0.stamp) }
    }

    /// Takes what stands at a path: a picture, or all in a folder.
    /// - Parameter above: The folders that it lies in, so that a link to one of them is no way without end.
    /// - Returns: Whether it is a folder.
    private mutating func look(
        at path: String, above: [FileStamp], into found: inout [Entry]
    ) throws(FileError) -> Bool {
        let full = "\(folder)/\(path)"
        guard let kind = try FileKind(of: full, followsLinks: true), let stamp = FileStamp(full) else {
            unreadable.append(path)
            return false
        }
        guard kind == .folder else {
            take(path, isFile: kind == .file, stamp, into: &found)
            return false
        }
        guard above.count < Self.mostDepth, !above.contains(where: { $0.isSameFile(as: stamp) }) else { return true }
        // A training's own figures are no pictures to train on.
        guard try FileKind(of: "\(full)/checkpoints") != .folder else { return true }
        for name in try Folder.names(in: full) where !name.hasPrefix(".") {
            _ = try look(at: "\(path)/\(name)", above: above + [stamp], into: &found)
        }
        return true
    }

    private mutating func take(_ path: String, isFile: Bool, _ stamp: FileStamp, into found: inout [Entry]) {
        let name = AtomicFile.split(path).name
        let end = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?.lowercased()
        if isFile, let end, Self.kinds.contains(end) {
            found.append(Entry(path: path, label: nil, stamp: stamp))
        } else {
            otherKinds[end.map { ".\($0)" } ?? "without an end", default: 0] += 1
        }
    }

    static func precedes(_ a: String, _ b: String, asNumbers: Bool) -> Bool {
        if asNumbers, let first = Int(a), let second = Int(b), first != second { return first < second }
        return a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// The first of each group, then the second of each, and so on.
    static func inTurn(_ groups: [[Entry]]) -> [Entry] {
        var taken: [Entry] = []
        taken.reserveCapacity(groups.reduce(0) { $0 + $1.count })
        for place in 0..<(groups.map(\.count).max() ?? 0) {
            for group in groups where place < group.count { taken.append(group[place]) }
        }
        return taken
    }

    /// The first files.
    func prefix(_ limit: Int?) -> PictureListing {
        var first = self
        first.limit = limit
        if let limit { first.entries = Array(entries.prefix(limit)) }
        return first
    }

    /// Pictures beside two folders or more with pictures, which therefore are no classes.
    var besideFolders: [Entry] {
        guard table == nil, classNames == nil else { return [] }
        let (inner, own) = (entries.filter { $0.path.contains("/") }, entries.filter { !$0.path.contains("/") })
        return Set(inner.map { $0.path.prefix { $0 != "/" } }).count > 1 ? own : []
    }

    /// In words, what was passed over; nil where nothing was.
    var remark: String? {
        guard !otherKinds.isEmpty else { return nil }
        let kinds = otherKinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        let words = kinds.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return "passed over \(counted(otherKinds.values.reduce(0, +), "file")) of other kinds: \(words)"
    }
}
