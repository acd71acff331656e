import Foundation
import Tensors
import Testing

@testable import Formats

/// Codes in files that anybody wrote.
@Suite struct CodeTableTests {
    private func table(_ text: String, latent: Int = 2) throws -> CodeTable {
        try CodeTable(csv: Array(text.utf8), latent: latent, source: "c.csv")
    }

    @Test(arguments: [
        "z0,z1\n1,2\n-3e-2, 4 \n", "z_1,z_0\n2,1\n4,-0.03\n", "mean_0,mean_1,sigma_0\n1,2,x\n-.03,4,\n",
        "index,mean_0,z0,mean_1,z1\n0,9,1,9,2\n1,9,-0.03,9,4", "1,2\n-0.03,4",
        "\u{FEFF}\"μ_0\",\"μ_1\"\r\n1,2\r\n-0.03,4\r\n",
    ])
    func codesAreRead(_ text: String) throws {
        let table = try table(text)
        #expect(table.codes == Tensor([2, 2], [1, 2, -0.03, 4]))
        #expect(table.names == nil)
    }

    @Test func rowsMayHaveNames() throws {
        let table = try table("name,z0\n\"a,b\",1\n,2\n", latent: 1)
        #expect(table.names == ["a,b", ""])
        #expect(table.codes == Tensor([2, 1], [1, 2]))
        #expect(try self.table("z0,z1\n").codes.shape == [0, 2])
    }

    @Test(arguments: [
        ("", "c.csv, byte 0: expected a table of codes, found an empty file"),
        ("z0,z1,z2\n1,2,3", "c.csv:1:1: expected 2 columns of codes, found more, z0 and so on"),
        ("mean_0\n1", "c.csv:1:1: expected 2 columns of codes, found 1, mean_0 and so on"),
        ("1,2,3", "c.csv:1:1: expected 2 columns of codes, found 3"),
        ("a,b\n1,2", "c.csv:1:1: expected columns z0 to z1, or mean_0 to mean_1, found a, b"),
        ("z0;z1\n1;2", "c.csv:1:1: expected columns z0 to z1, or mean_0 to mean_1, found z0;z1"),
        ("z0,z1,z0\n1,2,3", "c.csv:1:7: expected each column once, found z0 again"),
        ("z0,z1\n1,nan", "c.csv:2:3: expected a number that Float32 can hold, found \"nan\""),
        ("z0,z1\n1,2\ninf,1", "c.csv:3:1: expected a number that Float32 can hold, found \"inf\""),
        ("z0,z1\n1,1e39", "c.csv:2:3: expected a number that Float32 can hold, found \"1e39\""),
        ("z0,z1\n1,", "c.csv:2:3: expected a number that Float32 can hold, found nothing"),
        ("z0,z1\n1,1\u{1B}[m", "c.csv:2:3: expected a number that Float32 can hold, found \"1\\u{1B}[m\""),
        ("z0,z1\n1", "c.csv:2:1: expected 2 fields, as in the first row, found 1"),
    ])
    func otherTextIsRefused(_ text: String, _ words: String) {
        let error = #expect(throws: FormatError.self) { try table(text) }
        #expect(error?.description == words)
    }

    /// By their first bytes, whatever they are called.
    @Test func filesAreToldByTheirBytes() throws {
        let path = FileManager.default.temporaryDirectory.path + "/vae-codes-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        for bytes in [Array("1,2\n".utf8), NPZ.serialized([("z", Tensor([1, 2], [1, 2]))])] {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(try CodeTable(contentsOf: path, latent: 2).codes.values == [1, 2])
        }
        try Data("PAR1".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: FormatError.self) { try CodeTable(contentsOf: path, latent: 2) }
        #expect(error?.description == "\(path), byte 0: expected codes as CSV or NPZ, found a Parquet file")
    }

    @Test func rowsHaveAnEnd() throws {
        let rows = String(repeating: "1\n", count: CodeTable.rowLimit)
        #expect(try table(rows, latent: 1).codes.batch == CodeTable.rowLimit)
        let error = #expect(throws: FormatError.self) { try table(rows + "1", latent: 1) }
        #expect(error?.description == "c.csv:1000001:1: expected at most 1000000 rows, found more")
        let archive = NPZ.serialized([("z", Tensor([CodeTable.rowLimit + 1, 1]))])
        let other = #expect(throws: FormatError.self) { try CodeTable(npz: archive, latent: 1, source: "c.npz") }
        #expect(other?.description == "c.npz/z.npy: expected at most 1000000 rows, found 1000001")
    }

    @Test func archivesAreRead() throws {
        func table(_ arrays: [(name: String, tensor: Tensor)]) throws -> CodeTable {
            try CodeTable(npz: NPZ.serialized(arrays), latent: 2, source: "c.npz")
        }
        let codes = Tensor([3, 2], [1, 2, 3, 4, 5, 6])
        #expect(try table([("mean", Tensor([1, 2])), ("z", codes)]).codes == codes)
        #expect(try table([("anything", codes)]).codes == codes)
        for (tensor, words) in [
            (Tensor([3, 3]), "c.npz/z.npy: expected a shape of [rows, 2], found [3, 3]"),
            (Tensor([6]), "c.npz/z.npy: expected a shape of [rows, 2], found [6]"),
            (Tensor([2, 2], [1, 2, 3, .nan]), "c.npz/z.npy: expected finite numbers, found nan in row 1, column 1"),
        ] {
            let error = #expect(throws: FormatError.self) { try table([("z", tensor)]) }
            #expect(error?.description == words)
        }
    }
}
