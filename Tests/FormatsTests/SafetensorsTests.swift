import Formats
import Tensors
import Testing

/// A safetensors file with any header.
private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
}

/// One tensor's entry in a header.
private func entry(_ name: String, type: String = "F32", _ shape: String, _ offsets: String) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private let zeros = [UInt8](repeating: 0, count: 8)

struct SafetensorsTests {
    @Test(arguments: [[], [[]], [[0]], [[1], [0, 3], [], [7, 3]], [[5, 5, 1, 64], [64]]] as [[[Int]]])
    func `reads what it writes, bit for bit, and writes the same again`(shapes: [[Int]]) throws {
        let contents = SafetensorsFile(
            metadata: ["step": "12", "Ä\"": "\u{1}\n😀"],
            tensors: shapes.enumerated().map { ("t\($0)", tensor(Shape($1))) })
        let bytes = contents.serialized()
        let read = try SafetensorsFile(parsing: bytes, source: "a")
        #expect(read.metadata == contents.metadata)
        #expect(read.tensors.map(\.name) == contents.tensors.map(\.name))
        for (before, after) in zip(contents.tensors, read.tensors) {
            #expect(before.tensor.shape == after.tensor.shape)
            #expect(before.tensor.values.map(\.bitPattern) == after.tensor.values.map(\.bitPattern))
            #expect(read[after.name]?.shape == after.tensor.shape)
        }
        #expect(read["absent"] == nil)
        #expect(read.serialized() == bytes)
        #expect((bytes.count - 4 * shapes.reduce(0) { $0 + $1.reduce(1, *) }).isMultiple(of: 8))
    }

    @Test func `writes these bytes`() {
        let contents = SafetensorsFile(metadata: ["b": "2", "a": "1"], tensors: [("w", Tensor([1, 2], [1, -2]))])
        let header =
            #"{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"# + "       "
        #expect(contents.serialized() == file(header, [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
    }

    /// ```python
    /// safetensors.torch.save(  # safetensors 0.8.0
    ///     {"w": torch.arange(3, dtype=torch.float32) / 2, "a": torch.tensor([7]), "u": torch.tensor([1, 2, 3], dtype=torch.uint8)},
    ///     {"step": "3"})
    /// ```
    @Test func `reads Hugging Face's own file`() throws {
        let bytes = base64(
            """
            wAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzdGVwIjoiMyJ9LCJhIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsxXSwiZGF0YV9v\
            ZmZzZXRzIjpbMCw4XX0sInciOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls4LDIwXX0sInUiOnsi\
            ZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzIwLDIzXX19ICAHAAAAAAAAAAAAAAAAAAA/AACAPwECAw==
            """)
        let read = try SafetensorsFile(parsing: bytes, source: "a")
        #expect(read.metadata == ["step": "3"])
        #expect(read.tensors.map(\.name) == ["a", "w", "u"])
        #expect(read.tensors.map(\.tensor) == [Tensor([1], [7]), Tensor([3], [0, 0.5, 1]), Tensor([3], [1, 2, 3])])
    }

    @Test func `reads doubles, and empty tensors that begin at another's bytes`() throws {
        let header =
            "{" + entry("w", type: "F64", "[1]", "[0,8]") + "," + entry("e", type: "U8", "[0,9]", "[0,0]") + ","
            + entry("z", type: "I64", "[0]", "[8,8]") + "}"
        let read = try SafetensorsFile(parsing: file(header, littleEndian((0.5).bitPattern)), source: "a")
        #expect(read.tensors.map(\.name) == ["e", "w", "z"])
        #expect(read.tensors.map(\.tensor) == [Tensor([0, 9], []), Tensor([1], [0.5]), Tensor([0], [])])
    }

    /// PyTorch's half precision and bfloat16, which NumPy does not have.
    @Test func `reads halves`() throws {
        let header =
            "{" + entry("h", type: "F16", "[2]", "[0,4]") + "," + entry("b", type: "BF16", "[1]", "[4,6]") + "}"
        let read = try SafetensorsFile(parsing: file(header, [0, 0x3E, 1, 0x80, 0xC0, 0xBF]), source: "a")
        #expect(read["h"] == Tensor([2], [1.5, -0x1p-24]))
        #expect(read["b"] == Tensor([1], [-1.5]))
    }

    @Test func `NaN is no fault of the format`() throws {
        let bytes = SafetensorsFile(tensors: [("w", Tensor([2], [.nan, -.infinity]))]).serialized()
        let values = try #require(try SafetensorsFile(parsing: bytes, source: "a")["w"]).values
        #expect(values[0].isNaN && values[1] == -.infinity)
    }

    @Test(
        arguments: [
            ([0x80], "byte 0: expected a safetensors header length (8 bytes), found 1 byte"),
            ([1, 2], "byte 0: expected a safetensors header length (8 bytes), found 2 bytes"),
            (
                littleEndian(UInt64(100_000_001)) + zeros,
                "byte 0: expected a header of at most 100000000 bytes, found one of 100000001"
            ),
            (
                littleEndian(UInt64.max) + zeros,
                "byte 0: expected a header of at most 100000000 bytes, found one of 18446744073709551615"
            ),
            (littleEndian(UInt64(9)) + zeros, "byte 8: expected a safetensors header (9 bytes), found 8 bytes"),
            (file(""), "byte 8: expected a JSON object as header, found something else"),
            (file(" {}"), "byte 8: expected a JSON object as header, found something else"),
            (file("{} x"), "byte 11: expected the end after the JSON document, found 1 more byte"),
            (file("{}", [0]), "byte 10: expected the end after the last tensor, found 1 more byte"),
            (
                file("{" + entry("w", "[1]", "[0,4]") + "," + entry("w", "[1]", "[4,8]") + "}", zeros),
                "byte 62: expected each key once, found \"w\" again"
            ),
            (
                file("{" + entry("w", "[1]", "[0,4]") + "," + entry("v", "[1]", "[0,4]") + "}", zeros),
                "byte 119: expected the next tensor's bytes, found \"v\" at data offset 0"
            ),
            (
                file("{" + entry("w", "[1]", "[4,8]") + "}", zeros),
                "byte 62: expected the next tensor's bytes, found \"w\" at data offset 4"
            ),
            (
                file("{" + entry("w", "[1]", "[0,4]") + "}", zeros),
                "byte 66: expected the end after the last tensor, found 4 more bytes"
            ),
            (
                file("{" + entry("w", "[3]", "[0,12]") + "}", zeros),
                "byte 8: expected rising data_offsets up to 8 for tensor \"w\", found [0,12]"
            ),
            (
                file("{" + entry("w", "[1]", "[8,4]") + "}", zeros),
                "byte 8: expected rising data_offsets up to 8 for tensor \"w\", found [8,4]"
            ),
            (
                file("{" + entry("w", "[1]", "[0]") + "}", zeros),
                "byte 8: expected rising data_offsets up to 8 for tensor \"w\", found [0]"
            ),
            (
                file("{" + entry("w", "[3]", "[0,8]") + "}", zeros),
                "byte 8: expected 12 bytes for tensor \"w\" of shape [3], found 8 bytes"
            ),
            (
                file("{" + entry("w", "[4611686018427387904,4]", "[0,8]") + "}", zeros),
                "byte 8: expected fewer than 2^63 bytes for tensor \"w\" of shape [4611686018427387904, 4], found 8 bytes"
            ),
            (
                file("{" + entry("w", "[-1]", "[0,8]") + "}", zeros),
                "byte 8: expected a shape of sizes for tensor \"w\", found [-1]"
            ),
            (
                file("{" + entry("w", "\"\(String(repeating: "x", count: 100))\"", "[0,8]") + "}", zeros),
                "byte 8: expected a shape of sizes for tensor \"w\", found \"\(String(repeating: "x", count: 79))…"
            ),
            (
                file("{" + entry("w", type: "C64", "[1]", "[0,8]") + "}", zeros),
                "byte 8: expected dtype F32, F64, F16, BF16, I64 or U8 for tensor \"w\", found \"C64\""
            ),
            (
                file("{\"w\":{}}"),
                "byte 8: expected dtype F32, F64, F16, BF16, I64 or U8 for tensor \"w\", found none"
            ),
            (file("{\"w\":[]}"), "byte 8: expected an object for tensor \"w\", found an array"),
            (
                file("{\"w\":{\"type\":1}}"),
                "byte 8: expected dtype, shape and data_offsets for tensor \"w\", found \"type\""
            ),
            (file("{\"__metadata__\":[]}"), "byte 8: expected an object as __metadata__, found an array"),
            (
                file("{\"__metadata__\":{\"a\":1}}"),
                "byte 8: expected a string as __metadata__ \"a\", found a number"
            ),
            (
                file("{\"a\":" + String(repeating: "[", count: 1_000_000)),
                "byte 76: expected JSON nested at most 64 deep, found a deeper value"
            ),
            (
                [0x50, 0x4B, 3, 4, 0, 0, 0, 0],
                "byte 0: expected a safetensors file (safetensors.torch.save_file writes one from a state_dict), "
                    + "found a ZIP archive"
            ),
            (
                [0x80, 2, 0x8A, 0x0A],
                "byte 0: expected a safetensors file (safetensors.torch.save_file writes one from a state_dict), "
                    + "found a pickle"
            ),
        ] as [([UInt8], String)])
    func `refuses broken and foreign files`(bytes: [UInt8], expected: String) {
        #expect(message { _ = try SafetensorsFile(parsing: bytes, source: "a") } == "a, " + expected)
    }

    /// 640 is 80 02 in a file, as a pickle begins; 67,324,752 is PK 03 04, as a ZIP archive does.
    @Test(arguments: [0x280, 0x380, 0x480, 0x580])
    func `a header's length may look like a pickle's first bytes`(length: Int) throws {
        let header = "{" + entry("w", "[2]", "[0,8]") + "}"
        let padded = header + String(repeating: " ", count: length - header.utf8.count)
        #expect(try SafetensorsFile(parsing: file(padded, zeros), source: "a")["w"] == Tensor([2]))
    }

    @Test func `what a file says is shown on one line, without what a terminal obeys`() {
        let name = #"\u001b[2J\u202e\n"# + String(repeating: "x", count: 2000)
        let text = message { _ = try SafetensorsFile(parsing: file(#"{"\#(name)":[]}"#), source: "a\u{7}") }
        #expect(
            text == #"a\u{7}, byte 8: expected an object for tensor "\u{1B}[2J\u{202E}\u{A}"#
                + String(repeating: "x", count: 972) + "…, found an array")
    }

    @Test func `no flipped bit and no truncation crashes it`() {
        let bytes = SafetensorsFile(metadata: ["a": "b"], tensors: [("w", tensor([3, 5])), ("b", tensor([5]))])
            .serialized()
        for position in bytes.indices {
            #expect(throws: FormatError.self) {
                try SafetensorsFile(parsing: Array(bytes.prefix(position)), source: "a")
            }
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << bit
                if let read = try? SafetensorsFile(parsing: flipped, source: "a") {
                    #expect(read.tensors.reduce(0) { $0 + $1.tensor.shape.count } == 20)
                }
            }
        }
    }
}
