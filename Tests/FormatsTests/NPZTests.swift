import Tensors
import Testing

@testable import Formats

private let codes = Tensor([2, 3], [0, 0.5, 1, 1.5, 2, 2.5])

/// Where a signature first stands: `PK`, then two bytes.
private func place(_ signature: [UInt8], in bytes: [UInt8]) -> Int {
    bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B] + signature) }!
}

/// A valid archive of one member, `a.npy`, with bytes of its directory entry replaced.
private func archive(entryOffset: Int, _ replacement: [UInt8]) -> [UInt8] {
    var bytes = NPZ.serialized([("a", codes)])
    let start = place([1, 2], in: bytes) + entryOffset
    bytes.replaceSubrange(start..<start + replacement.count, with: replacement)
    return bytes
}

struct NPZTests {
    @Test(arguments: [0, 1, 3])
    func `reads what it writes`(count: Int) throws {
        let arrays = (0..<count).map { (name: "ä/\($0)", tensor: tensor([$0, 3])) }
        let read = try NPZ.parse(NPZ.serialized(arrays), source: "a.npz")
        #expect(read.map(\.name) == arrays.map(\.name))
        #expect(read.map(\.tensor) == arrays.map(\.tensor))
    }

    /// As `np.save` has them, so that they can be indices without a conversion.
    @Test func `integers are written as integers`() throws {
        let bytes = NPZ.serialized([(name: "n", array: .int64([7, -1, 1 << 24]))])
        #expect(
            String(decoding: bytes, as: UTF8.self).contains("'descr': '<i8', 'fortran_order': False, 'shape': (3,), "))
        let read = try NPZ.parse(bytes, source: "n.npz")
        #expect(read[0].tensor == Tensor([3], [7, -1, Float(1 << 24)]))
    }

    /// `np.savez(f, codes=np.arange(6, dtype='<f4').reshape(2, 3) / 2, labels=np.array([3, 1], dtype='u1'))` and
    /// `np.savez_compressed` of the same, NumPy 2.4.6.
    @Test(
        arguments: [
            """
            UEsDBC0AAAAAAAAAIQALwLB2//////////8JABQAY29kZXMubnB5AQAQAJgAAAAAAAAAmAAAAAAAAACTTlVNUFkBAHYAeydkZXNj\
            cic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAAAAA/AACAPwAAwD8AAABAAAAgQFBLAwQtAAAAAAAAACEA\
            WjFa9P//////////CgAUAGxhYmVscy5ucHkBABAAggAAAAAAAACCAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdm\
            b3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAKAwFQSwECLQMtAAAAAAAAACEAC8CwdpgAAACYAAAACQAAAAAAAAAAAAAAgAEAAAAAY29k\
            ZXMubnB5UEsBAi0DLQAAAAAAAAAhAFoxWvSCAAAAggAAAAoAAAAAAAAAAAAAAIAB0wAAAGxhYmVscy5ucHlQSwUGAAAAAAIAAgBv\
            AAAAkQEAAAAA
            """,
            """
            UEsDBC0AAAAIAAAAIQALwLB2//////////8JABQAY29kZXMubnB5AQAQAJgAAAAAAAAAVwAAAAAAAACb7BfqGxDJyFDGUK2eklqc\
            XKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy4GCLBnYGgA4gNAzODAwKDgAABQSwME\
            LQAAAAgAAAAhAFoxWvT//////////woAFABsYWJlbHMubnB5AQAQAIIAAAAAAAAARgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRu\
            paBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuZkYAUEsBAi0DLQAAAAgAAAAhAAvAsHZXAAAA\
            mAAAAAkAAAAAAAAAAAAAAIABAAAAAGNvZGVzLm5weVBLAQItAy0AAAAIAAAAIQBaMVr0RgAAAIIAAAAKAAAAAAAAAAAAAACAAZIA\
            AABsYWJlbHMubnB5UEsFBgAAAAACAAIAbwAAABQBAAAAAA==
            """,
        ])
    func `reads NumPy's archives`(fixture: String) throws {
        let read = try NPZ.parse(base64(fixture), source: "a.npz")
        #expect(read.map(\.name) == ["codes", "labels"])
        #expect(read.map(\.tensor) == [codes, Tensor([2], [3, 1])])
    }

    @Test func `reads an archive with a comment`() throws {
        var bytes = NPZ.serialized([("a", codes)])
        bytes[bytes.count - 2] = 22
        bytes += [0x50, 0x4B, 5, 6] + [UInt8](repeating: 9, count: 18)
        #expect(try NPZ.parse(bytes, source: "a.npz").map(\.tensor) == [codes])
    }

    @Test(
        arguments: [
            ([], ", byte 0: expected a ZIP directory, found the end"),
            ([UInt8](repeating: 0, count: 100_000), ", byte 100000: expected a ZIP directory, found the end"),
            (
                archive(entryOffset: 0, [0]), ", byte 187: expected a ZIP directory entry, found something else"
            ),
            (
                archive(entryOffset: 8, [1]),
                ", byte 187: expected members without encryption, found \"a.npy\" encrypted"
            ),
            (
                archive(entryOffset: 10, [12]),
                ", byte 187: expected \"a.npy\" stored or deflated, found compression method 12"
            ),
            (archive(entryOffset: 16, [0, 0, 0, 0]), ", byte 35: expected \"a.npy\" with CRC-32 0, found 76b0c00b"),
            (
                archive(entryOffset: 20, [255, 255, 255, 255]),
                ", byte 187: expected \"a.npy\" under 4 GiB, found a ZIP64 size"
            ),
            (
                archive(entryOffset: 20, [255, 255, 255, 0]),
                ", byte 35: expected the bytes of \"a.npy\" (16777215 bytes), found 152 bytes"
            ),
            (archive(entryOffset: 24, [1, 0, 0, 0]), ", byte 35: expected 1 byte in \"a.npy\", found 152"),
            (
                archive(entryOffset: 24, [0, 0, 0, 254]),
                ": expected at most 4000000000 bytes of arrays, found 4261412864"
            ),
            (archive(entryOffset: 28, [255]), ", byte 233: expected a name (255 bytes), found 5 bytes"),
            (archive(entryOffset: 42, [1]), ", byte 1: expected the header of \"a.npy\", found something else"),
            (
                archive(entryOffset: 42, [0, 0, 0, 1]),
                ", byte 187: expected the header of \"a.npy\" (4 bytes), found 0 bytes"
            ),
            (
                archive(entryOffset: 46, Array("b".utf8)),
                ", byte 0: expected \"b.npy\" as in the directory, found another name"
            ),
            (
                archive(entryOffset: 46, Array("../.y".utf8)),
                ", byte 233: expected a relative name without \"..\", found \"../.y\""
            ),
            (
                archive(entryOffset: 46, Array("/".utf8)),
                ", byte 233: expected a relative name without \"..\", found \"/.npy\""
            ),
            (
                archive(entryOffset: 46, Array("\\".utf8)),
                ", byte 233: expected a relative name without \"..\", found \"\\.npy\""
            ),
            (
                archive(entryOffset: 46, [0xFF]),
                ", byte 233: expected a relative name without \"..\", found \"\u{FFFD}.npy\""
            ),
            (
                archive(entryOffset: 55, [2]),
                ", byte 238: expected a ZIP archive in one piece, under 4 GiB, found one that is split or larger"
            ),
            (
                archive(entryOffset: 59, [0, 0, 0]),
                ", byte 187: expected the end after the ZIP directory, found 51 more bytes"
            ),
        ] as [([UInt8], String)])
    func `refuses broken and foreign archives`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try NPZ.parse(bytes, source: "a.npz", limit: 4_000_000_000) } == "a.npz" + expected)
    }

    @Test func `refuses members twice, within one another, and of other kinds`() {
        var bytes = NPZ.serialized([("a", codes), ("b", codes)])
        let second = place([1, 2], in: bytes) + 51
        let secondName = second + 46
        // The second entry points at the first member.
        let pointing = bytes[..<(second + 42)] + [0, 0, 0, 0] + Array("a".utf8) + bytes[(secondName + 1)...]
        #expect(
            message { _ = try NPZ.parse(Array(pointing), source: "a.npz") }
                == "a.npz, byte \(second): expected each member once, found \"a.npy\" again")

        // The first member's size takes the second in.
        let first = place([1, 2], in: bytes)
        bytes.replaceSubrange(first + 20..<first + 24, with: littleEndian(UInt32(200)))
        #expect(
            message { _ = try NPZ.parse(bytes, source: "a.npz") }
                == "a.npz, byte 222: expected members with bytes of their own, found \"b.npy\" inside \"a.npy\"")

        bytes = NPZ.serialized([("a", codes)])
        for name in [35 - 1, place([1, 2], in: bytes) + 50] { bytes[name] = UInt8(ascii: "x") }
        #expect(
            message { _ = try NPZ.parse(bytes, source: "a.npz") }
                == "a.npz: expected members named *.npy, as numpy.savez writes them, found \"a.npx\"")
    }

    @Test func `a heap of combining marks is no name`() {
        let name = "a" + String(repeating: "\u{301}\u{323}", count: 1000)
        #expect(
            message { _ = try NPZ.parse(NPZ.serialized([(name, codes)]), source: "a.npz") }
                .hasPrefix("a.npz, byte 4233: expected a relative name without \"..\", found "))
    }

    /// `torch.save` of an older and of a newer kind.
    @Test func `refuses PyTorch's files, saying what to do instead`() {
        #expect(
            message { _ = try NPZ.parse([0x80, 2, 0x8A, 0x0A, 0x6C], source: "a.pt") }
                == "a.pt, byte 0: expected an NPZ file (numpy.savez writes one), found a pickle")
        let archive = Zip.archive([("model/data.pkl", [0x80, 2])])
        #expect(
            message { _ = try NPZ.parse(archive, source: "a.pt") }
                == "a.pt: expected members named *.npy, as numpy.savez writes them, found \"model/data.pkl\"")
    }

    @Test func `an array's fault names the array`() throws {
        let broken = NPZ.serialized([("a", codes)])
        // The element type changes, and the checksum of the directory with it.
        let type = broken.indices.first { broken[$0...].starts(with: Array("<f4".utf8)) }! + 2
        var bytes = broken
        bytes[type] = UInt8(ascii: "2")
        let text = message { _ = try NPZ.parse(bytes, source: "a.npz") }
        let found = try #require(text.split(separator: " ").last.flatMap { UInt32($0, radix: 16) })
        let entry = place([1, 2], in: bytes)
        bytes.replaceSubrange(entry + 16..<entry + 20, with: littleEndian(found))
        #expect(
            message { _ = try NPZ.parse(bytes, source: "a.npz") }
                == "a.npz/a.npy, byte 20: expected element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1, found '<f2'")
    }

    @Test func `no flipped bit crashes it`() {
        let bytes = NPZ.serialized([("a", codes), ("b", tensor([4]))])
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << bit
                if let read = try? NPZ.parse(flipped, source: "a") { #expect(read.count <= 2) }
            }
        }
    }
}
