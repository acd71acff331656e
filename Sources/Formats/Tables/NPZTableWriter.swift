import Tensors

/// A table as NumPy's archive: an array a field, float32, int64 or Unicode text, whose places in the file are known
/// before the first row.
final class NPZTableWriter: TableWriter {
    private let file: OutputFile
    private var members: [Member]
    /// Where the directory will stand.
    private let end: Int

    private struct Member {
        let name: String
        let field: TableField
        /// Characters of each text.
        let width: Int
        /// Where the member's own header begins in the archive.
        let start: Int
        /// The bytes of its contents, and how many of them are written.
        let size: Int
        var written = 0
        var checksum: UInt32 = 0

        var contents: Int { start + Zip.headerSize(name) }
    }

    init(to path: String, _ fields: [TableField], count: Int, textWidth: [Int]) throws {
        var (members, end, widths) = ([Member](), 0, textWidth[...])
        var headers: [[UInt8]] = []
        for field in fields {
            let width = field.kind == .text ? max(1, widths.popFirst() ?? 1) : 0
            let (description, dimensions, size) =
                switch field.kind {
                case .integer: ("<i8", [count], 8)
                case .real: ("<f4", [count], 4)
                case .reals(let width): ("<f4", [count, width], 4 * width)
                case .text: ("<U\(width)", [count], 4 * width)
                }
            let header = NPY.header(description, dimensions)
            guard let bytes = checkedProduct([count, size]), bytes < Zip.sizeLimit - header.count else {
                throw Self.tooLarge(path)
            }
            let member = Member(
                name: "\(field.name).npy", field: field, width: width, start: end, size: header.count + bytes)
            members.append(member)
            headers.append(header)
            end = member.contents + member.size
            guard end < Zip.sizeLimit else { throw Self.tooLarge(path) }
        }
        file = try OutputFile(path)
        self.members = members
        self.end = end
        for place in headers.indices { try write(headers[place], to: place) }
    }

    private static func tooLarge(_ path: String) -> FormatError {
        FormatError(
            source: path, expected: "arrays of less than 4 GiB for an NPZ archive",
            found: "more; Parquet takes any size")
    }

    func append(_ values: [TableValues]) throws {
        for (place, field) in values.enumerated() {
            var bytes: [UInt8] = []
            switch field {
            case .integers(let numbers): for number in numbers { bytes.append(littleEndian: Int64(number)) }
            case .reals(let numbers): bytes.append(littleEndian: numbers)
            case .vectors(let tensor): bytes.append(littleEndian: tensor.values)
            case .texts(let texts):
                for text in texts {
                    let scalars = text.unicodeScalars.prefix(members[place].width)
                    for scalar in scalars { bytes.append(littleEndian: scalar.value) }
                    bytes.append(contentsOf: repeatElement(0, count: 4 * (members[place].width - scalars.count)))
                }
            }
            try write(bytes, to: place)
        }
    }

    private func write(_ bytes: [UInt8], to place: Int) throws {
        try file.write(bytes, at: members[place].contents + members[place].written)
        members[place].checksum = CRC32.checksum(of: bytes, behind: members[place].checksum)
        members[place].written += bytes.count
    }

    func finish() throws {
        var directory: [UInt8] = []
        for member in members {
            precondition(member.written == member.size, "a table has the rows that it was begun for")
            let entry = Zip.Entry(
                name: member.name, checksum: member.checksum, size: member.size, offset: member.start)
            try file.write(entry.header, at: member.start)
            directory.append(contentsOf: entry.inDirectory)
        }
        try file.write(directory + Zip.end(count: members.count, directory: directory.count, at: end), at: end)
        try file.finish()
    }
}
