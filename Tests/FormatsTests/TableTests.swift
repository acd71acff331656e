import Foundation
import Tensors
import Testing

@testable import Formats

/// Tables that are written row by row, in each form.
@Suite struct TableTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/vae-tables-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    private static let fields = [
        TableField("index", .integer), TableField("name", .text), TableField("mean", .reals(2)),
        TableField("loss", .real),
    ]

    /// Two parts of two rows and one.
    private static let parts: [[TableValues]] = [
        [
            .integers([0, -1]), .texts(["a,\"b\"", "é\n"]), .vectors(Tensor([2, 2], [1, -2.5, 1e-10, .infinity])),
            .reals([0.1, .nan]),
        ],
        [.integers([.max]), .texts([""]), .vectors(Tensor([1, 2], [0, -0.0])), .reals([16_777_216])],
    ]

    private func write(_ format: TableFormat, parts: [[TableValues]] = parts, fields: [TableField] = fields) throws
        -> [UInt8]
    {
        let path = folder + "/table"
        let count = parts.reduce(0) { $0 + $1[0].count }
        let writer = try format.writer(to: path, fields, count: count, textWidth: [5])
        for part in parts { try writer.append(part) }
        #expect(!FileManager.default.fileExists(atPath: path), "it appears whole")
        try writer.finish()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try bytes("table")
    }

    @Test func textIsQuotedAndNumbersComeBack() throws {
        #expect(
            String(decoding: try write(.csv), as: UTF8.self) == """
                index,name,mean_0,mean_1,loss
                0,"a,""b""\",1.0,-2.5,0.1
                -1,"é
                ",1e-10,inf,nan
                9223372036854775807,,0.0,-0.0,16777216.0

                """)
    }

    /// NumPy's reader takes the texts; ours takes the numbers.
    @Test func anArchiveHasAnArrayAField() throws {
        let archive = try write(.npz)
        let members = try Zip.members(archive, source: "a")
        #expect(members.map(\.name) == ["index.npy", "name.npy", "mean.npy", "loss.npy"])
        let names = try Zip.contents(members[1], of: archive, source: "a")
        let text = String(decoding: names, as: UTF8.self)
        #expect(text.contains("{'descr': '<U5', 'fortran_order': False, 'shape': (3,), }"))
        let scalars = stride(from: names.count - 60, to: names.count, by: 4).map { place in
            names[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        let expected = ["a,\"b\"", "é\n", ""].flatMap { text in
            text.unicodeScalars.map(\.value) + Array(repeating: 0, count: 5 - text.unicodeScalars.count)
        }
        #expect(scalars == expected)
        let mean = try NPZ.array(of: ["z", "mean"], in: archive, source: "a")
        #expect(mean.name == "mean" && mean.tensor.shape == [3, 2])
        #expect(mean.tensor.values == [1, -2.5, 1e-10, .infinity, 0, 0])
        #expect(try NPZ.array(of: ["loss"], in: archive, source: "a").tensor.values[1].isNaN)
    }

    @Test func anArrayIsNamedOrAlone() throws {
        let archive = NPZ.serialized([("a", Tensor([2], [1, 2])), ("b", Tensor([1], [3]))])
        let error = #expect(throws: FormatError.self) {
            try NPZ.array(of: ["z", "codes"], in: archive, source: "x.npz")
        }
        #expect(error?.description == "x.npz: expected an array called z or codes, found a.npy, b.npy")
        #expect(throws: FormatError.self) { try NPZ.array(of: ["a"], in: archive, source: "x", limit: 8) }
        let one = NPZ.serialized([("a", Tensor([2], [1, 2]))])
        #expect(try NPZ.array(of: ["z"], in: one, source: "x").tensor.values == [1, 2])
    }

    /// The archive's offsets have 32 bits.
    @Test func whatAnArchiveCannotHoldIsRefusedBeforeItIsBegun() throws {
        let path = folder + "/large"
        for (count, width) in [(1 << 30, 1), (1 << 20, 2000), (1 << 20, 700), (Int.max, 4)] {
            let error = #expect(throws: FormatError.self) {
                _ = try TableFormat.npz.writer(
                    to: path, [TableField("mean", .reals(width)), TableField("sigma", .reals(width))], count: count,
                    textWidth: [])
            }
            #expect(error?.expected == "arrays of less than 4 GiB for an NPZ archive")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    // MARK: Parquet

    /// `Interop/check_embeddings.py` has pandas, PyArrow and DuckDB read the same file.
    @Test func parquetIsWrittenToTheByte() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/table.parquet")
        #expect(try write(.parquet) == Array(Data(contentsOf: golden)))
    }

    /// Thrift's own examples, and its long forms.
    @Test func thriftIsWritten() {
        let bytes = ThriftCompact.structure { writer in
            writer.int32(1, -1)
            writer.int64(2, 150)
            writer.text(4, "é")
            writer.int32s(5, Array(repeating: 1, count: 15))
            writer.structure(10) { $0.structure(1) { _ in } }
            writer.structures(11, [0, 1]) { $0.int64(3, Int($1) == 0 ? .min : .max) }
        }
        let longest = [UInt8](repeating: 0xFF, count: 9)
        #expect(
            bytes == [0x15, 0x01, 0x16, 0xAC, 0x02, 0x28, 0x02, 0xC3, 0xA9, 0x19, 0xF5, 0x0F]
                + [UInt8](repeating: 2, count: 15) + [0x5C, 0x1C, 0x00, 0x00, 0x19, 0x2C]
                + [0x36] + longest + [0x01, 0x00] + [0x36, 0xFE] + longest.dropLast() + [0x01, 0x00] + [0x00])
    }

    /// More rows than a page and a row group take.
    @Test func longTablesAreCut() throws {
        let rows = 300_000
        let values = (0..<rows).map(Float.init)
        let file = try write(
            .parquet,
            parts: stride(from: 0, to: 4 * rows, by: rows).map { _ in [.reals(values), .integers(Array(0..<rows))] },
            fields: [TableField("a", .real), TableField("b", .integer)])
        let size = 4 * rows * 12
        #expect(file.count > size && file.count < size + 4000)
    }

    // MARK: A file under way

    @Test func aFileThatIsGivenUpLeavesNothing() throws {
        let path = folder + "/file"
        do {
            let file = try OutputFile(path)
            try file.append([1, 2, 3])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy(AtomicFile.isTemporary))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    @Test func piecesHaveTheirPlaces() throws {
        let path = folder + "/file"
        try Data([9]).write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, 0o600) == 0)
        let file = try OutputFile(path)
        try file.write([3, 4], at: 2)
        try file.append([5])
        try file.write([1, 2], at: 0)
        #expect(try bytes("file") == [9])
        try file.finish()
        #expect(try bytes("file") == [1, 2, 3, 4, 5])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// Each of the disk's refusals leaves what stood there, and a byte that comes back as another one is one.
    @Test(arguments: ["create", "write", "synchronize", "read", "rename", "flip"])
    func aFailingDiskLeavesTheOldFile(_ operation: String) throws {
        let path = folder + "/file"
        try Data([9]).write(to: URL(fileURLWithPath: path))
        var system = FileOperations.system
        let fails = -Int(EIO)
        switch operation {
        case "create": system.create = { _ in fails }
        case "write": system.write = { _, _ in -Int(ENOSPC) }
        case "synchronize": system.synchronize = { _ in fails }
        case "read": system.read = { _, _, _ in fails }
        case "rename": system.rename = { _, _ in fails }
        default:
            let read = system.read
            system.read = { file, buffer, offset in
                let count = read(file, buffer, offset)
                if count > 0 { buffer[0] ^= 1 }
                return count
            }
        }
        let error = #expect(throws: FileError.self) {
            let file = try OutputFile(path, using: system)
            try file.append([1, 2, 3])
            try file.finish()
        }
        #expect(error?.path == path && error?.code == (operation == "write" ? ENOSPC : EIO))
        #expect(try bytes("file") == [9])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
}
