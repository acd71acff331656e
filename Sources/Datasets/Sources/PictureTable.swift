import Formats

/// Picture files as a table lists them: a column of paths, and where there are such columns the class and the set of each.
///
/// Paths begin from the table's folder. Classes that are all whole numbers are numbers, others are names, in their order.
struct PictureTable: PictureFiles {
    private let path: String
    private let listings: [ImageDataset.Split: PictureListing]
    let pictures: PictureSet

    let form = ImageForm.table
    var name: String { path }

    private static let pathNames = ["path", "file", "filename", "file_name", "image", "image_path"]
    private static let labelNames = ["label", "class", "category", "target"]
    private static let splitNames = ["split", "set"]
    private static let splits: [String: ImageDataset.Split] = [
        "train": .train, "training": .train, "test": .test, "val": .test, "valid": .test, "validation": .test,
    ]

    /// - Throws: `FormatError` with line and column; `FileError`.
    init(
        _ path: String, _ reading: ImageReading, threads: Int, progress: (@Sendable (Int, Int) -> Void)?
    ) throws {
        self.path = path
        pictures = PictureSet(reading, threads: threads, progress: progress)
        let table = try CSV(parsing: FileBytes.read(path, limit: CSV.byteLimit), source: path)
        guard let file = table.column(Self.pathNames) else {
            throw FormatError(
                source: path, expected: "a column called \(Self.pathNames.joined(separator: ", "))",
                found: table.names.joined(separator: ", "))
        }
        let labels = try table.column(Self.labelNames).map { column in
            try Labels(table.rows.map { $0[column] }, source: path)
        }
        let split = table.column(Self.splitNames)
        let folder = AtomicFile.split(path).folder
        var listings: [ImageDataset.Split: PictureListing] = [:]
        for (place, row) in table.rows.enumerated() {
            let set = try split.map { try Self.split(row[$0], source: path) } ?? .train
            var listing = listings[set] ?? PictureListing(folder: folder, entries: [], classNames: labels?.names)
            listing.table = FileTree.absolutePath(path) ?? path
            do throws(FormatError) {
                listing.entries.append(
                    try Self.entry(row[file], label: labels?.numbers[place], in: folder, source: path))
            } catch {
                guard reading.skipsBad else { throw error }
                listing.unreadable.append(row[file].text)
            }
            listings[set] = listing
        }
        self.listings = listings
    }

    private static func split(_ field: CSVReader.Field, source: String) throws(FormatError) -> ImageDataset.Split {
        guard let split = splits[field.text.lowercased()] else {
            throw FormatError(
                source: source, position: field.position, expected: "train or test", found: "\"\(field.text)\"")
        }
        return split
    }

    private static func entry(
        _ field: CSVReader.Field, label: Int?, in folder: String, source: String
    ) throws(FormatError) -> PictureListing.Entry {
        let name = field.text
        guard !name.isEmpty, !name.utf8.contains(0), let stamp = FileStamp(full(name, folder)) else {
            throw FormatError(
                source: source, position: field.position, expected: "the path of a picture",
                found: "\"\(name)\", where there is none")
        }
        return PictureListing.Entry(path: name, label: label, stamp: stamp)
    }

    private static func full(_ name: String, _ folder: String) -> String {
        name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    func listing(_ split: ImageDataset.Split) throws -> PictureListing {
        if let listing = listings[split] { return listing }
        throw split == .test
            ? DatasetError.noTestSet(path: path, wanted: "rows with test in a column called split")
            : DatasetError.empty(source: path)
    }

    /// A column of classes.
    private struct Labels {
        let numbers: [Int]
        /// Nil where the classes are numbers.
        let names: [String]?

        init(_ fields: [CSVReader.Field], source: String) throws(FormatError) {
            let range = 0..<ImageDataset.mostClasses
            let found = fields.map { Int($0.text).flatMap { range.contains($0) ? $0 : nil } }
            let whole = found.compactMap { $0 }
            if whole.count == fields.count {
                (numbers, names) = (whole, nil)
                return
            }
            let sorted = Set(fields.map(\.text)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard sorted.count <= range.count else {
                throw FormatError(source: source, expected: "at most \(range.count) classes", found: "\(sorted.count)")
            }
            let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($0.element, $0.offset) })
            (numbers, names) = (fields.map { places[$0.text] ?? 0 }, sorted)
        }
    }
}
