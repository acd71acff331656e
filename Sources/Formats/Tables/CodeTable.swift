import Tensors

/// Codes that somebody wrote into a file, for a decoder to make images of.
package struct CodeTable: Sendable {
    /// Shape [rows, latent].
    package let codes: Tensor
    /// What each row is called; nil where the file does not say.
    package let names: [String]?

    /// The largest file that is read, in bytes.
    package static let fileLimit = 1 << 30
    /// The most rows.
    package static let rowLimit = 1_000_000

    /// Reads text with commas, or NumPy's archive.
    /// - Parameter latent: How many numbers a code has.
    /// - Throws: `FileError`, or `FormatError` naming the place.
    package init(contentsOf path: String, latent: Int) throws {
        let bytes = try FileBytes.read(path, limit: Self.fileLimit)
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            try self.init(npz: bytes, latent: latent, source: path)
        } else if bytes.starts(with: Array("PAR1".utf8)) {
            throw FormatError(source: path, offset: 0, expected: "codes as CSV or NPZ", found: "a Parquet file")
        } else {
            try self.init(csv: bytes, latent: latent, source: path)
        }
    }

    // MARK: CSV

    /// What columns of codes are called: `z0`, `z_0`, `mean_0`; of several kinds, the first.
    private static let columnStems = ["z", "mean", "mu", "μ"]

    /// Reads rows of numbers: under the names of `columnStems`, with a column `name` or not, or as many as a code has
    /// without any names.
    /// - Throws: `FormatError` naming line and column.
    package init(csv bytes: [UInt8], latent: Int, source: String) throws(FormatError) {
        var reader = CSVReader(bytes, source: source)
        guard let head = try reader.next() else {
            throw FormatError(source: source, offset: 0, expected: "a table of codes", found: "an empty file")
        }
        var (values, names, rows) = ([Float](), [String](), 0)
        var columns = Array(0..<latent)
        var nameColumn: Int?
        var row: [CSVReader.Field]?
        if head.allSatisfy({ Double(Self.trimmed($0.text)) != nil }) {
            guard head.count == latent else {
                throw FormatError(
                    source: source, position: head[0].position, expected: Self.words(latent), found: "\(head.count)")
            }
            row = head
        } else {
            columns = try Self.codeColumns(head, latent, source)
            nameColumn = head.firstIndex { $0.text == "name" }
            row = try reader.next()
        }
        while let fields = row {
            guard rows < Self.rowLimit else {
                throw FormatError(
                    source: source, position: fields[0].position, expected: "at most \(Self.rowLimit) rows",
                    found: "more")
            }
            for column in columns { values.append(try Self.number(fields[column], source)) }
            if let nameColumn { names.append(fields[nameColumn].text) }
            rows += 1
            row = try reader.next()
        }
        codes = Tensor([rows, latent], values)
        self.names = nameColumn == nil ? nil : names
    }

    /// Where the numbers of a code stand, in their order.
    private static func codeColumns(
        _ head: [CSVReader.Field], _ latent: Int, _ source: String
    ) throws(FormatError) -> [Int] {
        var places: [String: Int] = [:]
        for (place, field) in head.enumerated() {
            guard places.updateValue(place, forKey: field.text) == nil else {
                throw FormatError(
                    source: source, position: field.position, expected: "each column once",
                    found: "\(field.text) again")
            }
        }
        for stem in columnStems {
            for link in ["", "_"] {
                let found = (0...latent).prefix { places["\(stem)\(link)\($0)"] != nil }
                if found.isEmpty { continue }
                guard found.count == latent else {
                    throw FormatError(
                        source: source, position: head[0].position, expected: words(latent),
                        found: "\(found.count > latent ? "more" : "\(found.count)"), \(stem)\(link)0 and so on")
                }
                return found.map { places["\(stem)\(link)\($0)"]! }
            }
        }
        throw FormatError(
            source: source, position: head[0].position,
            expected: "columns z0 to z\(latent - 1), or mean_0 to mean_\(latent - 1)",
            found: head.prefix(8).map(\.text).joined(separator: ", "))
    }

    private static func words(_ latent: Int) -> String { "\(counted(latent, "column")) of codes" }

    private static func number(_ field: CSVReader.Field, _ source: String) throws(FormatError) -> Float {
        // Float32 from the text itself, which is rounded once.
        guard let number = Float(trimmed(field.text)), number.isFinite else {
            let found = field.text.isEmpty ? "nothing" : "\"\(printable(field.text, limit: 60))\""
            throw FormatError(
                source: source, position: field.position, expected: "a number that Float32 can hold", found: found)
        }
        return number
    }

    private static func trimmed(_ text: String) -> Substring {
        let rest = text.drop { $0 == " " }
        return rest.prefix(rest.count - rest.reversed().prefix { $0 == " " }.count)
    }

    // MARK: NPZ

    /// Reads the array `z`, `mean` or `codes`, or the only one.
    /// - Throws: `FormatError`.
    package init(npz bytes: [UInt8], latent: Int, source: String) throws(FormatError) {
        let array = try NPZ.array(of: ["z", "mean", "codes"], in: bytes, source: source)
        let shape = array.tensor.shape
        guard shape.rank == 2, shape[1] == latent else {
            throw FormatError(
                source: "\(source)/\(array.name).npy", expected: "a shape of [rows, \(latent)]", found: "\(shape)")
        }
        guard shape[0] <= Self.rowLimit else {
            throw FormatError(
                source: "\(source)/\(array.name).npy", expected: "at most \(Self.rowLimit) rows", found: "\(shape[0])")
        }
        if let place = array.tensor.values.firstIndex(where: { !$0.isFinite }) {
            throw FormatError(
                source: "\(source)/\(array.name).npy", expected: "finite numbers",
                found: "\(array.tensor.values[place]) in row \(place / latent), column \(place % latent)")
        }
        (codes, names) = (array.tensor, nil)
    }
}
