import Tensors

/// Rows of named values, written to a file some rows at a time: memory does not grow with them.
///
/// A table's fields and its number of rows are known before its first row.
package protocol TableWriter: AnyObject {
    /// Adds rows.
    /// - Parameter values: One for each field, all of as many rows.
    /// - Throws: `FileError`.
    func append(_ values: [TableValues]) throws

    /// Ends the file, which then takes its name.
    /// - Throws: `FileError`.
    func finish() throws
}

/// What a table has of each row under one name.
package struct TableField: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case integer
        case real
        case text
        /// A vector of so many numbers: in formats of columns one each, `mean_0` and so on.
        case reals(Int)
    }

    package let name: String
    package let kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The names of its columns, in formats that have nothing but columns.
    package var columns: [String] {
        if case .reals(let width) = kind { (0..<width).map { "\(name)_\($0)" } } else { [name] }
    }
}

/// Some rows' values of one field.
package enum TableValues: Sendable {
    case integers([Int])
    case reals([Float])
    case texts([String])
    /// Shape [rows, width].
    case vectors(Tensor)

    /// How many rows.
    package var count: Int {
        switch self {
        case .integers(let values): values.count
        case .reals(let values): values.count
        case .texts(let values): values.count
        case .vectors(let tensor): tensor.batch
        }
    }
}

/// The forms that a table can have.
package enum TableFormat: String, CaseIterable, Sendable {
    /// Text with commas, RFC 4180.
    case csv
    /// NumPy's archive: an array a field.
    case npz
    /// Apache Parquet: a column a value.
    case parquet

    /// Begins a file.
    /// - Parameters:
    ///   - fields: Each name once, also as columns.
    ///   - count: How many rows there will be.
    ///   - textWidth: The most Unicode scalars of a text of each text field, in their order, which NPZ has to know.
    /// - Throws: `FileError`, `FormatError` for more than the format can hold.
    package func writer(
        to path: String, _ fields: [TableField], count: Int, textWidth: [Int]
    ) throws -> any TableWriter {
        let columns = fields.flatMap(\.columns)
        requireShape(Set(columns).count == columns.count, "a table has each column once")
        switch self {
        case .csv: return try CSVTableWriter(to: path, fields)
        case .npz: return try NPZTableWriter(to: path, fields, count: count, textWidth: textWidth)
        case .parquet: return try ParquetTableWriter(to: path, fields)
        }
    }
}
