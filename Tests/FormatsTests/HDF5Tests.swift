import Tensors
import Testing

@testable import Formats

private typealias Writer = HDF5Writer

private let six = (0..<6).flatMap { littleEndian((Float($0) / 4).bitPattern) }

/// One group with one dataset of six values.
private func small(_ messages: [[UInt8]]? = nil, more: [[UInt8]] = []) -> [UInt8] {
    let dataset = Writer.Node.object(messages ?? Writer.compact([2, 3], Writer.float32, six))
    return Writer.file(.group([("a", .group([("0", dataset)], more: more))]))
}

/// The same with bytes behind the first or last of a structure's letters replaced.
private func small(_ structure: String, last: Bool = false, offset: Int, _ replacement: [UInt8]) -> [UInt8] {
    var bytes = small()
    let places = bytes.indices.filter { bytes[$0...].starts(with: structure.utf8) }
    let start = (last ? places.last! : places.first!) + offset
    bytes.replaceSubrange(start..<start + replacement.count, with: replacement)
    return bytes
}

/// A dataset whose messages are not a sound one's.
private func dataset(
    space: [UInt8] = Writer.space([2, 3]), type: [UInt8] = Writer.float32, layout: [UInt8]? = nil, more: [[UInt8]] = []
) -> [UInt8] {
    small(
        [
            Writer.message(1, space), Writer.message(3, type), Writer.message(8, layout ?? [3, 0, 24, 0] + six),
        ] + more)
}

struct HDF5Tests {
    @Test(arguments: [0, 1] as [UInt8])
    func `reads groups, datasets and attributes`(version: UInt8) throws {
        var writer = Writer(version: version)
        let values = writer.append(six)
        let (heap, references) = Writer.heap(["z_mean", "änd", ""], at: writer.bytes.count)
        _ = writer.append(heap)
        let contiguous = Writer.Node.object([
            Writer.message(1, Writer.space([2, 3], version: 2)), Writer.message(3, Writer.float32),
            Writer.message(8, Writer.layout(at: UInt64(values), 24)), Writer.message(18, [1, 2, 3]),
        ])
        let file = try HDF5File(
            parsing: writer.finish(
                .group(
                    [("dense", .group([("vars", .group([("0", contiguous)]))]))],
                    more: [
                        Writer.attribute("name", Writer.variableString, Writer.space([]), references[0]),
                        Writer.attribute(
                            "names", Writer.variableString, Writer.space([3]), references.flatMap { $0 }, version: 3),
                        Writer.attribute(
                            "fixed", Writer.fixedString(4), Writer.space([2]), Array("ab\0\0cdef".utf8), version: 2),
                        Writer.attribute("count", Writer.int64, Writer.space([]), littleEndian(Int64(7))),
                        // None, and dense ones that are not there.
                        Writer.attribute("none", Writer.fixedString(4), [2, 0, 0, 2], []),
                        Writer.message(21, [0, 0] + littleEndian(UInt64.max) + littleEndian(UInt64.max)),
                    ])), source: "a.h5")
        #expect(file.groups.map(\.path) == ["", "/dense", "/dense/vars"])
        #expect(
            file.groups[0].attributes
                == ["name": ["z_mean"], "names": ["z_mean", "änd", ""], "fixed": ["ab", "cdef"], "none": []])
        #expect(file.datasets.map(\.path) == ["/dense/vars/0"])
        #expect(file.datasets[0].shape == [2, 3])
        #expect(try file.tensor(file.datasets[0]) == Tensor([2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]))
    }

    /// Values of other types become Float32, half precision among them to the bit.
    @Test(
        arguments: [
            (Writer.float16, [0x66, 0x2E], 0.099_975_585_937_5),
            (Writer.float16, [1, 0], 0x1p-24),
            (Writer.float16, [0, 0xFC], -.infinity),
            (Writer.float16, [0, 0x80], -0.0), (Writer.float64, littleEndian(0.1.bitPattern), 0.1),
            (Writer.int64, littleEndian(Int64(-3)), -3), (Writer.uint8, [200], 200),
        ] as [([UInt8], [UInt8], Float)])
    func `numbers become Float32`(type: [UInt8], value: [UInt8], expected: Float) throws {
        let file = try HDF5File(parsing: small(Writer.compact([], type, value)), source: "a.h5")
        let read = try file.tensor(file.datasets[0])
        #expect(read.shape == [] && read.values.map(\.bitPattern) == [expected.bitPattern])
    }

    @Test(
        arguments: [
            (Writer.int32, 4, "int32"), (Writer.fixedString(3), 3, "string"),
            ([0x10, 9, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0], 8, "int64, big-endian"),
            ([0x10, 0, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0], 4, "uint32"),
            ([Writer.float32[0], 0x21] + Writer.float32[2...], 4, "float32, big-endian"),
            // Float32 with another exponent's bias.
            (Writer.float32[..<16] + [126, 0, 0, 0], 4, "float32"),
            ([0x16, 0, 0, 0, 8, 0, 0, 0], 8, "datatype class 6"),
        ] as [([UInt8], Int, String)])
    func `elements that are no numbers of ours are named when they are read`(type: [UInt8], size: Int, found: String)
        throws
    {
        let file = try HDF5File(
            parsing: small(Writer.compact([1], type, Array(repeating: 0, count: size))), source: "a.h5")
        let words = message { _ = try file.tensor(file.datasets[0]) }
        #expect(words.hasPrefix("a.h5/a/0, byte "))
        #expect(words.hasSuffix("expected little-endian float16, float32, float64, int64 or uint8, found \(found)"))
    }

    /// A header that goes on elsewhere, and a tree of two levels.
    @Test func `headers and trees in several pieces`() throws {
        var writer = Writer()
        let rest = Writer.message(8, [3, 0, 24, 0] + six)
        let piece = writer.append(rest)
        let pieces = [
            Writer.message(1, Writer.space([6])), Writer.message(3, Writer.float32),
            Writer.message(16, littleEndian(UInt64(piece)) + littleEndian(UInt64(rest.count))),
        ]
        let header = writer.append(Writer.header(pieces, count: 4))
        let names = writer.append(Array("\0b\0".utf8))
        let heap = writer.append(
            Array("HEAP".utf8) + [0, 0, 0, 0] + littleEndian(UInt64(3)) + littleEndian(UInt64.max)
                + littleEndian(UInt64(names)))
        let table = writer.append(
            Array("SNOD".utf8) + [1, 0, 1, 0] + littleEndian(UInt64(1)) + littleEndian(UInt64(header))
                + Array(repeating: 0, count: 24))
        let leaf = writer.append(Writer.tree(level: 0, [table]))
        let tree = writer.append(Writer.tree(level: 1, [leaf]))
        let root = Writer.header([Writer.message(17, littleEndian(UInt64(tree)) + littleEndian(UInt64(heap)))])
        let file = try HDF5File(parsing: writer.finish(.at(writer.append(root))), source: "a.h5")
        #expect(file.datasets.map(\.path) == ["/b"])
        #expect(try file.tensor(file.datasets[0]).values == [0, 0.25, 0.5, 0.75, 1, 1.25])
    }

    // MARK: What is refused

    @Test(
        arguments: [
            ([], ", byte 0: expected the signature of an HDF5 file, 894844460d0a1a0a, found "),
            ([1, 2, 3], ", byte 0: expected the signature of an HDF5 file, 894844460d0a1a0a, found 010203"),
            (
                [0x50, 0x4B, 3, 4],
                ", byte 0: expected an HDF5 file (model.save_weights writes one), found a ZIP archive"
            ),
            (
                HDF5Bytes.signature + [3],
                ", byte 8: expected superblock version 0 or 1, which h5py writes unless libver says otherwise, found version 3"
            ),
            (
                HDF5Bytes.signature + [0, 0, 0, 0, 0, 4, 8],
                ", byte 13: expected offsets and lengths of 8 bytes, found 4 and 8"
            ),
            (
                HDF5Bytes.signature + [0, 0, 0, 0, 0, 8, 8] + Array(repeating: 1, count: 17),
                ", byte 24: expected a file that begins at address 0, found a base address of 72340172838076673"
            ),
            (
                Array(small().dropLast()),
                ", byte 40: expected at most 571 bytes, which the file has, found an end at 572"
            ),
        ] as [([UInt8], String)])
    func `refuses what is no file of its kind`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try HDF5File(parsing: bytes, source: "a.h5") } == "a.h5" + expected)
        #expect(HDF5File.isOne(bytes) == bytes.starts(with: HDF5Bytes.signature))
    }

    @Test(
        arguments: [
            (small("HEAP", offset: 0, [0]), "a heap of names, HEAP, found 00454150"),
            (small("HEAP", offset: 4, [1]), "a heap of names of version 0, found 1"),
            (small("HEAP", offset: 8, [0, 0, 1]), "names (65536 bytes), found "),
            (small("HEAP", offset: 24, [0, 0, 1]), "names within the file's 572 bytes, found address 65"),
            (small("TREE", offset: 4, [1]), "a tree of a group's members, found type 1, level 0"),
            (small("TREE", offset: 5, [1]), "a group's tree, TREE, found 534e4f44"),
            (
                small("TREE", offset: 32, [0xFF, 0xFF]),
                "the address of a tree's child within the file's 572 bytes, found 65535"
            ),
            (
                small("TREE", offset: 32, Array(repeating: 0xFF, count: 8)),
                "the address of a tree's child within the file's 572 bytes, found none"
            ),
            (small("TREE", offset: 6, [0xFF, 0xFF]), "parts with bytes of their own, found more than the file has"),
            (small("SNOD", offset: 0, [0]), "a symbol table, SNOD, found 004e4f44"),
            (small("SNOD", offset: 6, [0xFF, 0xFF]), "parts with bytes of their own, found more than the file has"),
            (small("SNOD", offset: 24, [2]), "objects of the file in \"0\", found a link to elsewhere"),
            (small("SNOD", offset: 16, [0xFF, 0xFF]), "\"0\" within the file, found address 65"),
            (small("SNOD", offset: 8, [0xFF]), "a name of 1 to 1024 bytes without a slash, found one outside its heap"),
            (small("SNOD", offset: 8, [0]), "a name of 1 to 1024 bytes without a slash, found none"),
            (small("SNOD", last: true, offset: 8, [9]), "a name of 1 to 1024 bytes without a slash, found none"),
            (
                Writer.file(.group([("a/b", .group([]))])), "a name of 1 to 1024 bytes without a slash, found another"
            ),
            (
                Writer.file(.group([(String(repeating: "a", count: 1025), .group([]))])),
                "a name of 1 to 1024 bytes without a slash, found another"
            ),
            (
                Writer.file(.group([("a" + String(repeating: "\u{301}", count: 31), .group([]))])),
                "a name of 1 to 1024 bytes without a slash, found another"
            ),
            (
                Writer.file(.group([("a", .group([])), ("a", .group([]))])),
                "each name once in a group, found \"a\" again"
            ),
            (
                Writer.file(
                    .group([
                        (String(repeating: "a", count: 600), .group([(String(repeating: "b", count: 600), .group([]))]))
                    ])),
                "a path of at most 1024 bytes, found 1202"
            ),
            (Writer.file(.object(Writer.compact([6], Writer.float32, six))), "a group as root, found a dataset"),
            (Writer.file(deep(33)), "at most 65536 groups and datasets, 32 deep, found more"),
        ] as [([UInt8], String)])
    func `refuses broken groups`(bytes: [UInt8], expected: String) {
        let words = message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
        #expect(words.contains(": expected \(expected)"), "\(words)")
    }

    private static func deep(_ depth: Int) -> Writer.Node {
        (0..<depth).reduce(Writer.Node.group([])) { inner, _ in .group([("g", inner)]) }
    }

    @Test func `a tree's levels fall by one`() {
        var writer = Writer()
        let names = writer.append([0, 0x62, 0])
        let heap = writer.append(
            Array("HEAP".utf8) + [0, 0, 0, 0] + littleEndian(UInt64(3)) + littleEndian(UInt64.max)
                + littleEndian(UInt64(names)))
        let leaf = writer.append(Writer.tree(level: 0, []))
        let tree = writer.append(Writer.tree(level: 2, [leaf]))
        let root = Writer.header([Writer.message(17, littleEndian(UInt64(tree)) + littleEndian(UInt64(heap)))])
        let bytes = writer.finish(.at(writer.append(root)))
        #expect(
            message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
                == "a.h5, byte \(leaf): expected a tree of a group's members, level 1, found type 0, level 0")
    }

    /// A name that leads back, and structures that two groups share.
    @Test func `reads nothing twice`() {
        var writer = Writer()
        let shared = writer.write(.group([]))
        let bytes = writer.finish(.group([("a", .at(shared)), ("b", .at(shared))]))
        #expect(
            message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
                == "a.h5, byte \(shared): expected an object of its own for \"/b\", found one that was read before")
    }

    @Test(
        arguments: [
            (
                small([]),
                "the shape, type and values of the dataset \"/a/0\", or a group's symbol table, found fewer of them"
            ),
            (dataset(space: [3]), "a dataspace of version 1 or 2, found 3"),
            (dataset(space: [1, 33]), "at most 32 axes, found 33"),
            (dataset(space: Writer.space([.max])), "axes of fewer than 2^63, found 18446744073709551615"),
            (dataset(space: Writer.space([1 << 62, 8])), "a shape of fewer than 2^63 bytes, found ["),
            (dataset(space: Writer.space([7])), "28 bytes for \"/a/0\" of shape [7], found 24"),
            (dataset(layout: Writer.layout(at: .max, 0)), "24 bytes for \"/a/0\" of shape [2, 3], found none written"),
            (dataset(layout: Writer.layout(at: 8, 1 << 40)), "values (1099511627776 bytes), found "),
            (dataset(layout: [2]), "a data layout of version 3, found 2"),
            (dataset(layout: [3, 2]), "contiguous values, found chunked ones"),
            (dataset(layout: [3, 3]), "contiguous values, found layout class 3"),
            (dataset(layout: [3, 0, 99, 0]), "compact values (99 bytes), found 4 bytes"),
            (dataset(type: [0x41]), "a datatype of version 1 to 3, found version 4"),
            (dataset(type: [0x10]), "elements of a byte or more, found of 0 bytes"),
            (dataset(type: [0x19, 1, 0, 0, 8]), "a string's reference of 16 bytes, found 8"),
            (dataset(more: [Writer.message(1, Writer.space([1]))]), "each message once, found another of type 1"),
            (dataset(more: [Writer.message(11, [1])]), "values as they are, found filters, such as compression"),
            (dataset(more: [Writer.message(7, [1])]), "values within the file, found external files"),
            (
                dataset(more: [Writer.message(3, Writer.float32, flags: 2)]),
                "messages that stand in the object itself, found one that is shared"
            ),
            (
                dataset(more: [Writer.message(21, [0, 0] + littleEndian(UInt64(8)))]),
                "attributes in the object itself, found dense attributes, of a newer form"
            ),
            (
                dataset(more: [Writer.message(16, littleEndian(UInt64(8)) + littleEndian(UInt64(1 << 40)))]),
                "a continuation of an object header (1099511627776 bytes), found "
            ),
            (
                dataset(more: [
                    Writer.message(16, littleEndian(UInt64(8)) + littleEndian(UInt64(0))),
                    Writer.message(16, littleEndian(UInt64(8)) + littleEndian(UInt64(0))),
                ]), "a continuation of its own, found one that was read before"
            ),
            (
                small(Writer.compact([], Writer.float32, []) + [[1, 0]]),
                "4 bytes for \"/a/0\" of shape [], found none written"
            ),
        ] as [([UInt8], String)])
    func `refuses broken datasets`(bytes: [UInt8], expected: String) {
        let words = message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
        #expect(words.contains(expected.hasPrefix("found") ? expected : ": expected \(expected)"), "\(words)")
    }

    /// `OHDR` of libver="latest", and a version that nobody has written yet.
    @Test(arguments: [(UInt8(ascii: "O"), "version 2, of a newer form (libver)"), (9, "version 9")])
    func `refuses other object headers`(version: UInt8, found: String) {
        var writer = Writer()
        let header = writer.append([version, 0, 0, 0])
        let bytes = writer.finish(.group([("a", .at(header))]))
        #expect(
            message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
                == "a.h5, byte \(header): expected an object header of version 1, found \(found)")
    }

    @Test(
        arguments: [
            ([Writer.message(12, [4, 0])], "an attribute of version 1 to 3, found 4"),
            (
                [Writer.attribute("a", Writer.fixedString(1), Writer.space([]), [65], version: 3, flags: 1)],
                "an attribute with a type of its own, found a shared one"
            ),
            (
                [Writer.attribute("a\u{1}", Writer.fixedString(9), Writer.space([]), [65])],
                "the values of an attribute (9 bytes), found 8"
            ),
            (
                [Writer.attribute("a", Writer.fixedString(9), Writer.space([1 << 62]), [65])],
                "fewer than 2^63 bytes, found shape [4611686018427387904]"
            ),
            (
                [Writer.attribute("a", Writer.fixedString(1), Writer.space([]), [0xFF])],
                "strings in UTF-8 as attribute \"a\", found other bytes"
            ),
            (
                [
                    Writer.attribute(
                        "a" + String(repeating: "\u{301}", count: 31), Writer.fixedString(1), Writer.space([]), [65])
                ],
                "an attribute's name in UTF-8, found other bytes"
            ),
            (
                Array(repeating: Writer.attribute("a", Writer.fixedString(1), Writer.space([]), [65]), count: 2),
                "each attribute once, found \"a\" again"
            ),
            (
                [
                    Writer.attribute(
                        "a", Writer.variableString, Writer.space([]),
                        [1, 0, 0, 0] + littleEndian(UInt64.max) + [0, 0, 0, 0])
                ],
                "a heap of strings within the file's"
            ),
        ] as [([[UInt8]], String)])
    func `refuses broken attributes`(attributes: [[UInt8]], expected: String) {
        let words = message { _ = try HDF5File(parsing: Writer.file(.group([], more: attributes)), source: "a.h5") }
        #expect(words.contains(": expected \(expected)"), "\(words)")
    }

    /// A heap whose number nobody has, that is cut off, that says a string twice, or that is shared by many.
    @Test(
        arguments: [
            ([16: 9], 1, "string 1 of 6 bytes in the heap at 96, found none"),
            ([0: 0], 1, "a heap of strings, GCOL, found 00434f4c"),
            ([4: 2], 1, "a heap of strings of version 1, found 2"),
            ([10: 1], 1, "a heap of strings (65"), ([24: 200], 1, "a string in a heap (200 bytes), found "),
            ([40: 1], 1, "each string once in a heap, found number 1 again"),
            ([:], 60, "parts with bytes of their own, found more than the file has"),
        ] as [([Int: UInt8], Int, String)])
    func `refuses broken heaps of strings`(changes: [Int: UInt8], times: Int, expected: String) {
        var writer = Writer()
        let text = times == 1 ? "z_mean" : String(repeating: "a", count: 1000)
        var (heap, references) = Writer.heap([text], at: writer.bytes.count)
        for (place, byte) in changes { heap[place] = byte }
        _ = writer.append(heap)
        let values = Array(repeating: references[0], count: times).flatMap { $0 }
        let bytes = writer.finish(
            .group([], more: [Writer.attribute("a", Writer.variableString, Writer.space([UInt64(times)]), values)]))
        let words = message { _ = try HDF5File(parsing: bytes, source: "a.h5") }
        #expect(words.contains(": expected \(expected)"), "\(words)")
    }

    /// Whatever byte is cut off or changed, a file is read or refused.
    @Test func `every cut is refused`() {
        let bytes = small()
        for count in bytes.indices {
            #expect(throws: FormatError.self) { _ = try HDF5File(parsing: Array(bytes[..<count]), source: "a.h5") }
        }
    }
}

struct KerasArchiveTests {
    @Test func `reads the weights within`() throws {
        let bytes = Zip.archive([("config.json", Array("{}".utf8)), ("model.weights.h5", small())])
        #expect(KerasArchive.isOne(bytes) && !KerasArchive.isOne(small()))
        let file = try KerasArchive.weights(in: bytes, source: "a.keras")
        #expect(file.datasets.map(\.path) == ["/a/0"])
        let broken = Zip.archive([("model.weights.h5", [1])])
        #expect(
            message { _ = try KerasArchive.weights(in: broken, source: "a.keras") }.hasPrefix(
                "a.keras/model.weights.h5, byte 0"))
        let other = Zip.archive([("config.json", [])])
        #expect(!KerasArchive.isOne(other) && !KerasArchive.isOne(ForeignFile.zip))
        #expect(
            message { _ = try KerasArchive.weights(in: other, source: "a.keras") }
                == "a.keras: expected model.weights.h5, as Keras 3 writes it, found an archive without it")
    }
}
