import Tensors
import Testing

@testable import Formats

/// Operations of a pickle, as `pickletools` lists them.
private enum Op {
    static let start: [UInt8] = [0x80, 2]
    static let stop: [UInt8] = [0x2E]
    static let (mark, tuple, tuple1, tuple2): ([UInt8], [UInt8], [UInt8], [UInt8]) = ([0x28], [0x74], [0x85], [0x86])
    static let (reduce, persistentID, setItem): ([UInt8], [UInt8], [UInt8]) = ([0x52], [0x51], [0x73])
    static let (dictionary, list, none): ([UInt8], [UInt8], [UInt8]) = ([0x7D], [0x5D], [0x4E])

    static func word(_ text: String) -> [UInt8] { [0x58] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8) }
    static func int(_ number: Int32) -> [UInt8] { [0x4A] + littleEndian(number) }
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func sizes(_ sizes: [Int32]) -> [UInt8] { mark + sizes.flatMap(int) + tuple }

    static func storage(_ type: String, _ key: String, _ count: Int32) -> [UInt8] {
        mark + word("storage") + global("torch", type) + word(key) + word("cpu") + int(count) + tuple + persistentID
    }

    /// A tensor, as `torch.save` writes it.
    static func tensor(
        _ type: String = "FloatStorage", key: String = "0", count: Int32 = 6, offset: Int32 = 0,
        shape: [Int32] = [2, 3],
        strides: [Int32] = [3, 1]
    ) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2") + mark + storage(type, key, count) + int(offset) + sizes(shape)
            + sizes(strides) + [0x89] + global("collections", "OrderedDict") + [0x29] + reduce + tuple + reduce
    }

    /// A dictionary of words and what stands for each.
    static func dictionary(_ members: [(String, [UInt8])]) -> [UInt8] {
        dictionary + mark + members.flatMap { word($0.0) + $0.1 } + [0x75]
    }
}

private let values = (0..<6).flatMap { littleEndian(Float($0).bitPattern) }

private func archive(_ program: [UInt8], data: [UInt8] = values, more: [(String, [UInt8])] = []) -> [UInt8] {
    Zip.archive([("m/data.pkl", program), ("m/data/0", data)] + more.map { (name: $0.0, contents: $0.1) })
}

private func read(_ program: [UInt8], data: [UInt8] = values) throws -> [(name: String, tensor: Tensor)] {
    let file = try PyTorchFile(parsing: archive(Op.start + program + Op.stop, data: data), source: "a.pt")
    return try file.entries.map { ($0.name, try file.tensor($0)) }
}

struct PickleTests {
    @Test(
        arguments: [
            (Op.tensor(), [2, 3], [0, 1, 2, 3, 4, 5]),
            (Op.tensor(shape: [3, 2], strides: [1, 3]), [3, 2], [0, 3, 1, 4, 2, 5]),
            (Op.tensor(offset: 4, shape: [2], strides: [1]), [2], [4, 5]), (Op.tensor(shape: [], strides: []), [], [0]),
            (Op.tensor(shape: [0, 3], strides: [3, 1]), [0, 3], []),
            (
                Op.global("torch._utils", "_rebuild_parameter") + Op.mark + Op.tensor() + [0x88, 0x4E] + Op.tuple
                    + Op.reduce,
                [2, 3], [0, 1, 2, 3, 4, 5]
            ),
        ] as [([UInt8], [Int], [Float])])
    func `reads tensors whatever their strides`(tensor: [UInt8], shape: [Int], expected: [Float]) throws {
        let read = try read(Op.dictionary([("w", tensor)]))
        #expect(read.map(\.name) == ["w"])
        #expect(read[0].tensor == Tensor(Shape(shape), expected))
    }

    @Test(
        arguments: [
            ("DoubleStorage", littleEndian(0.1.bitPattern), 0.1), ("HalfStorage", [0, 0x3E], 1.5),
            ("BFloat16Storage", [0xC0, 0x3F], 1.5), ("LongStorage", littleEndian(Int64(-2)), -2),
            ("ByteStorage", [9], 9),
        ] as [(String, [UInt8], Float)])
    func `numbers become Float32`(type: String, data: [UInt8], expected: Float) throws {
        let tensor = Op.tensor(type, count: 1, shape: [1], strides: [1])
        #expect(try read(Op.dictionary([("w", tensor)]), data: data)[0].tensor.values == [expected])
    }

    /// Every operation that values take, in protocols 2 and 4.
    @Test func `reads every operation`() throws {
        let odd: [[UInt8]] = [
            Op.none, [0x88], [0x89], [0x4B, 7], [0x4D, 1, 2], [0x8A, 2, 0xFF, 0xFF], [0x8A, 0],
            [0x47] + Array(repeating: 0, count: 8),
            [0x8C, 1, 65], [0x29], [0x4B, 1] + Op.tuple1, [0x4B, 1, 0x4B, 2] + Op.tuple2,
            [0x4B, 1, 0x4B, 2, 0x4B, 3, 0x87], Op.list + [0x4B, 1, 0x61], Op.list + Op.mark + [0x4B, 1, 0x65],
            Op.dictionary + Op.word("a") + Op.none + Op.setItem, [0x95] + Array(repeating: 0, count: 8) + Op.none,
            Op.word("torch") + Op.word("FloatStorage") + [0x93], Op.none + [0x71, 9, 0x68, 9] + Op.tuple2,
            Op.none + [0x72, 9, 1, 0, 0, 0x6A, 9, 1, 0, 0] + Op.tuple2, Op.none + [0x94],
            Op.dictionary + Op.none + [0x62],
        ]
        let state = Op.dictionary([("w", Op.tensor())])
        let program = Op.dictionary([("state", state), ("again", Op.list)] + odd.enumerated().map { ("\($0)", $1) })
        #expect(try read(program).map(\.name) == ["w"])
    }

    @Test func `nothing is run`() {
        for (module, name) in [
            ("os", "system"), ("builtins", "eval"), ("torch", "load"), ("__main__", "VAE"),
            ("torch._utils", "_rebuild_tensor_v3"),
        ] {
            let expected = "expected numbers: save model.state_dict(), found \(module).\(name), which is code"
            #expect(message { _ = try read(Op.global(module, name)) } == "a.pt/m/data.pkl, byte 2: \(expected)")
            let words = message { _ = try read(Op.word(module) + Op.word(name) + [0x93]) }
            #expect(words.hasSuffix(expected))
        }
    }

    @Test(
        arguments: [
            ([0x81], "operations of a pickle of tensors; save model.state_dict(), found operation 0x81"),
            (Op.none + Op.none, "one value at a pickle's end, found more"),
            ([], "a value for a pickle's operation, found none"),
            (Op.none + Op.mark, "a value for a pickle's operation, found none"),
            (Op.tuple, "a mark for a pickle's operation, found none"),
            ([0x68, 1], "a value that was kept as 1, found none"),
            (Op.none + [0x61], "a value for a pickle's operation, found none"),
            (Op.none + Op.none + [0x61], "a list to append to, found another value"),
            (Op.none + Op.none + Op.none + Op.setItem, "a dictionary and pairs for it, found other values"),
            (Op.dictionary + Op.mark + Op.none + [0x75], "a dictionary and pairs for it, found other values"),
            (Op.mark + Op.none, "one value at a pickle's end, found more"),
            (Op.none + Op.none + [0x62], "attributes of a dictionary, found of another value"),
            (Op.none + Op.none + [0x93], "the names of a module and a class, found other values"),
            ([0x8A, 9], "an integer of at most 8 bytes, found 9"),
            ([0x58, 1, 0, 0, 0, 0xFF], "a string in UTF-8, found other bytes"),
            (Array("ctorch Float".utf8), "a name and a line break, found byte 0x20"),
            (Op.none + Op.persistentID, "a storage's class, key, place and size, found other values"),
            (Op.none + Op.none + Op.reduce, "a function and its arguments, found other values"),
            (
                Op.global("collections", "OrderedDict") + Op.none + Op.tuple1 + Op.reduce,
                "an empty OrderedDict, found one with arguments"
            ),
            (Op.global("torch._utils", "_rebuild_parameter") + [0x29] + Op.reduce, "a parameter's tensor, found none"),
            (
                Op.global("torch", "FloatStorage") + [0x29] + Op.reduce,
                "a storage within the archive, found a call of torch.FloatStorage"
            ),
            (
                Op.global("torch._utils", "_rebuild_tensor_v2") + [0x29] + Op.reduce,
                "a tensor's storage, offset, shape and strides, found other values"
            ),
            (Op.tensor(shape: [2, -3]), "a tensor's storage, offset, shape and strides, found other values"),
            (
                Op.global("torch._utils", "_rebuild_tensor_v2") + Op.mark + Op.storage("FloatStorage", "0", 6)
                    + Op.int(0)
                    + Op.int(6) + Op.sizes([1]) + Op.tuple + Op.reduce,
                "a tensor's storage, offset, shape and strides, found other values"
            ),
            (Op.tensor(shape: [2]), "a tensor's storage, offset, shape and strides, found other values"),
            (
                Op.tensor(shape: [7], strides: [0]),
                "at most the 6 values that the storage has, found a tensor of shape [7]"
            ),
            (Op.tensor(strides: [4, 1]), "elements within the storage's 6, found one at 6"),
            (Op.tensor(offset: 1), "elements within the storage's 6, found one at 6"),
            (
                Op.global("torch._utils", "_rebuild_tensor_v2") + Op.mark + Op.storage("FloatStorage", "0", 6)
                    + Op.int(0)
                    + Op.sizes([3]) + [0x8A, 8] + littleEndian(Int64.max) + Op.tuple1 + Op.tuple + Op.reduce,
                "strides within the storage, found [9223372036854775807]"
            ),
            (Op.none, "one dictionary of names and tensors: save model.state_dict(), found a value of another kind"),
            (
                Op.dictionary,
                "one dictionary of names and tensors: save model.state_dict(), found a dictionary of other values"
            ),
            (
                Op.dictionary([("a", Op.dictionary([("w", Op.tensor())])), ("b", Op.dictionary([("w", Op.tensor())]))]),
                "one dictionary of names and tensors: save model.state_dict(), found two of them, \"a\" and \"b\""
            ),
            (Op.dictionary([("w", Op.tensor()), ("w", Op.tensor())]), "each name once, found \"w\" again"),
        ] as [([UInt8], String)])
    func `refuses what is no state dict`(program: [UInt8], expected: String) {
        let words = message { _ = try read(program) }
        #expect(words.hasPrefix("a.pt/m/data.pkl") && words.hasSuffix(": expected \(expected)"), "\(words)")
    }

    @Test(
        arguments: [
            (Op.tensor("IntStorage"), "float, half, bfloat16, double, long or byte values as \"w\", found IntStorage"),
            (Op.tensor(key: "1"), "a member data/1 with the values of \"w\", found none"),
            (Op.tensor(count: 7), "7 values of 4 bytes in data/0, found 24 bytes"),
        ] as [([UInt8], String)])
    func `refuses values that are not there when they are read`(tensor: [UInt8], expected: String) throws {
        let program = Op.start + Op.dictionary([("w", tensor)]) + Op.stop
        let file = try PyTorchFile(parsing: archive(program), source: "a.pt")
        let words = message { _ = try file.tensor(file.entries[0]) }
        #expect(words.hasPrefix("a.pt/m/data.pkl, byte ") && words.hasSuffix(": expected \(expected)"), "\(words)")
    }

    @Test func `refuses archives and files of other kinds`() {
        let program = Op.start + Op.dictionary([("w", Op.tensor())]) + Op.stop
        for (bytes, expected) in [
            (
                [0x80, 2, 0x8A],
                ", byte 0: expected a ZIP archive, as torch.save writes it since PyTorch 1.6, found a pickle of the older form "
                    + "(save it again with a newer PyTorch)"
            ), ([1], ", byte 0: expected a ZIP archive, as torch.save writes it since PyTorch 1.6, found another file"),
            (Zip.archive([("a", [])]), ": expected data.pkl, as torch.save writes it, found an archive without it"),
            (
                archive(program, more: [("m/code/a.py", [])]),
                ": expected numbers: save model.state_dict(), found \"m/code/a.py\", which is code of TorchScript"
            ),
            (
                archive(program, more: [("m/byteorder", Array("big".utf8))]),
                ": expected little-endian values, found big-endian ones"
            ),
            (
                archive(program + Array(repeating: 0, count: PyTorchFile.pickleLimit)),
                ": expected a data.pkl of at most 16777216 bytes, found \(program.count + PyTorchFile.pickleLimit)"
            ),
            (
                archive(program + [0]),
                "/m/data.pkl, byte \(program.count): expected the end after the pickle, found 1 more byte"
            ),
            (archive([0x80, 1]), "/m/data.pkl, byte 1: expected a pickle of protocol 2 to 5, found another file"),
        ] as [([UInt8], String)] {
            #expect(message { _ = try PyTorchFile(parsing: bytes, source: "a.pt") } == "a.pt" + expected)
        }
        #expect(PyTorchFile.isOne(archive(program)) && !PyTorchFile.isOne(Zip.archive([("a", [])])))
        #expect(!PyTorchFile.isOne([1]) && !PyTorchFile.isOne(ForeignFile.zip))
        let little = archive(program, more: [("m/byteorder", Array("little".utf8))])
        #expect(throws: Never.self) { _ = try PyTorchFile(parsing: little, source: "a.pt") }
    }
}

struct RepeatedDirectoryTests {
    /// Every file of `torch.save` says its directory's place and size twice, the second time in ZIP64's form
    /// (PyTorch 2.15.0, caffe2/serialize/inline_container.cc); an archive that says two things is refused.
    @Test func `a directory that is told twice`() throws {
        let plain = Zip.archive([("a", [1, 2, 3])])
        let end = plain.count - 22
        let record = Array(plain[end...])
        let (size, start) = (Array(record[12..<16]) + [0, 0, 0, 0], Array(record[16..<20]) + [0, 0, 0, 0])
        let one: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
        let repeated =
            [0x50, 0x4B, 6, 6] + littleEndian(UInt64(44)) + [0x1E, 3, 0x2D, 0] + Array(repeating: 0, count: 8) + one
            + one
            + size + start + [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + littleEndian(UInt64(end)) + [1, 0, 0, 0]
        let archive = Array(plain[..<end]) + repeated + record
        let members = try Zip.members(archive, source: "a.pt")
        #expect(try Zip.contents(members[0], of: archive, source: "a.pt") == [1, 2, 3])
        // Versions of the program that wrote it, in bytes 12 to 15, say nothing of the archive.
        for place in repeated.indices where !(12..<16).contains(place) {
            var broken = archive
            broken[end + place] ^= 1
            #expect(throws: FormatError.self, "byte \(place)") { _ = try Zip.members(broken, source: "a.pt") }
        }
    }
}
