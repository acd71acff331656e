import Tensors

/// A table as Apache Parquet: FLOAT, INT64 and UTF-8 columns without nulls, PLAIN, uncompressed, a checksum a page.
///
/// Rows are kept until a row group is full, at a million of them or 64 MiB.
/// - SeeAlso: github.com/apache/parquet-format 2.11, README.md and src/main/thrift/parquet.thrift.
final class ParquetTableWriter: TableWriter {
    private let file: OutputFile
    private var columns: [Column]
    private var rows = 0
    private var groups: [Group] = []

    /// What the format calls its physical types.
    private enum PhysicalType: Int {
        case int64 = 2
        case float = 4
        case byteArray = 6
    }

    private struct Column {
        let name: String
        let type: PhysicalType
        /// Of the row group under way, and where its whole pages end.
        var bytes: [UInt8] = []
        var pages: [(rows: Int, end: Int)] = []
        /// Rows behind them.
        var rows = 0

        mutating func closePage() {
            guard rows > 0 else { return }
            pages.append((rows, bytes.count))
            rows = 0
        }

        /// One value has been appended.
        mutating func step() {
            rows += 1
            if bytes.count - (pages.last?.end ?? 0) >= ParquetTableWriter.pageSize { closePage() }
        }
    }

    private struct Group {
        let rows: Int
        let chunks: [(offset: Int, size: Int)]
    }

    private static let pageSize = 1 << 20
    private static let groupSize = 1 << 26
    private static let groupRows = 1 << 20
    private static let magic = Array("PAR1".utf8)

    init(to path: String, _ fields: [TableField]) throws {
        columns = fields.flatMap { field in
            let type: PhysicalType =
                switch field.kind {
                case .integer: .int64
                case .real, .reals: .float
                case .text: .byteArray
                }
            return field.columns.map { Column(name: $0, type: type) }
        }
        file = try OutputFile(path)
        try file.append(Self.magic)
    }

    func append(_ values: [TableValues]) throws {
        let count = values.first?.count ?? 0
        for row in 0..<count {
            var column = 0
            for field in values {
                column += append(field, row, to: column)
            }
        }
        rows += count
        if rows >= Self.groupRows || columns.reduce(0, { $0 + $1.bytes.count }) >= Self.groupSize { try endGroup() }
    }

    /// - Returns: How many columns the field has.
    private func append(_ field: TableValues, _ row: Int, to column: Int) -> Int {
        switch field {
        case .integers(let numbers): columns[column].bytes.append(littleEndian: Int64(numbers[row]))
        case .reals(let numbers): columns[column].bytes.append(littleEndian: numbers[row].bitPattern)
        case .texts(let texts):
            columns[column].bytes.append(littleEndian: UInt32(texts[row].utf8.count))
            columns[column].bytes.append(contentsOf: texts[row].utf8)
        case .vectors(let tensor):
            let width = tensor.shape[1]
            for place in 0..<width {
                columns[column + place].bytes.append(littleEndian: tensor.values[row * width + place].bitPattern)
                columns[column + place].step()
            }
            return width
        }
        columns[column].step()
        return 1
    }

    /// Writes the rows since the last group, column by column.
    private func endGroup() throws {
        guard rows > 0 else { return }
        var chunks: [(offset: Int, size: Int)] = []
        for place in columns.indices {
            columns[place].closePage()
            let (offset, column) = (file.size, columns[place])
            var start = 0
            for page in column.pages {
                let bytes = Array(column.bytes[start..<page.end])
                try file.append(Self.header(of: bytes, rows: page.rows) + bytes)
                start = page.end
            }
            chunks.append((offset, file.size - offset))
            columns[place].bytes.removeAll(keepingCapacity: true)
            columns[place].pages = []
        }
        groups.append(Group(rows: rows, chunks: chunks))
        rows = 0
    }

    /// A data page's; levels are left out, since no value is null and none repeats.
    private static func header(of page: [UInt8], rows: Int) -> [UInt8] {
        ThriftCompact.structure { header in
            header.int32(1, 0)
            header.int32(2, page.count)
            header.int32(3, page.count)
            header.int32(4, Int(Int32(bitPattern: CRC32.checksum(of: page))))
            header.structure(5) { data in
                data.int32(1, rows)
                data.int32(2, plain)
                data.int32(3, runLength)
                data.int32(4, runLength)
            }
        }
    }

    /// Numbers of encodings.
    private static let (plain, runLength) = (0, 3)

    func finish() throws {
        try endGroup()
        let footer = footer
        var end = footer
        end.append(littleEndian: UInt32(footer.count))
        try file.append(end + Self.magic)
        try file.finish()
    }

    private var footer: [UInt8] {
        ThriftCompact.structure { metadata in
            metadata.int32(1, 2)
            metadata.structures(2, [nil] + columns.map(Optional.some)) { element, column in
                guard let column else {
                    // The root, which holds the others.
                    element.text(4, "schema")
                    element.int32(5, columns.count)
                    return
                }
                element.int32(1, column.type.rawValue)
                element.int32(3, 0)
                element.text(4, column.name)
                guard column.type == .byteArray else { return }
                // Text, in the older way and in the newer one.
                element.int32(6, 0)
                element.structure(10) { $0.structure(1) { _ in } }
            }
            metadata.int64(3, groups.reduce(0) { $0 + $1.rows })
            metadata.structures(4, groups) { element, group in
                element.structures(1, Array(zip(columns, group.chunks))) { element, chunk in
                    write(chunk.0, chunk.1, rows: group.rows, to: &element)
                }
                element.int64(2, group.chunks.reduce(0) { $0 + $1.size })
                element.int64(3, group.rows)
            }
            metadata.text(6, "swift-vae")
        }
    }

    private func write(
        _ column: Column, _ chunk: (offset: Int, size: Int), rows: Int, to element: inout ThriftCompact
    ) {
        element.int64(2, chunk.offset)
        element.structure(3) { metadata in
            metadata.int32(1, column.type.rawValue)
            metadata.int32s(2, [Self.plain])
            metadata.texts(3, [column.name])
            metadata.int32(4, 0)
            metadata.int64(5, rows)
            metadata.int64(6, chunk.size)
            metadata.int64(7, chunk.size)
            metadata.int64(9, chunk.offset)
        }
    }
}
