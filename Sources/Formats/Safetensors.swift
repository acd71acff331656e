import Settings
import Tensors

/// Named tensors in the safetensors format: what Hugging Face's tools read and write.
///
/// An 8-byte little-endian header length, a JSON header with the type, shape and place of each tensor, then the
/// values, row-major and without a gap.
/// - SeeAlso: github.com/huggingface/safetensors, "Format".
package struct SafetensorsFile: Sendable {
    /// Words beside the tensors, the format's `__metadata__`.
    package var metadata: [String: String]
    /// The tensors in the order of their bytes; each name stands once.
    package var tensors: [(name: String, tensor: Tensor)]

    /// Creates a file's contents; each name must stand once, and `__metadata__` is none.
    package init(metadata: [String: String] = [:], tensors: [(name: String, tensor: Tensor)] = []) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// The first tensor of this name.
    ///
    /// Takes time linear in the tensors.
    package subscript(name: String) -> Tensor? {
        tensors.first { $0.name == name }?.tensor
    }

    /// The largest JSON header that the format allows, in bytes.
    package static let headerLimit = 100_000_000

    /// The key under which the header keeps `metadata`.
    static let metadataKey = "__metadata__"
}

// MARK: - Reading

extension SafetensorsFile {
    /// Reads a whole file: F32, F16, BF16, and F64, I64 and U8 as far as Float32 holds their values (see `ElementType`).
    ///
    /// Refused are a header beyond `headerLimit` or the file's end, a duplicate key, JSON nested deeper than
    /// `JSONValue.depthLimit`, a shape that overflows or does not fit its bytes, bytes that two tensors share,
    /// that none has, or that follow the last one. Values are not judged: NaN passes.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        // A header's length may look like the start of a pickle, but no pickle has a header behind it.
        if bytes.dropFirst(8).first != UInt8(ascii: "{") {
            try ForeignFile.refuse(
                bytes, wanted: "a safetensors file (safetensors.torch.save_file writes one from a state_dict)",
                source: source)
        }
        var reader = ByteReader(bytes, source: source)
        let length = try reader.uint64LittleEndian("a safetensors header length")
        guard length <= Self.headerLimit else {
            throw reader.failure(
                at: 0, expected: "a header of at most \(Self.headerLimit) bytes", found: "one of \(length)")
        }
        let headerRange = try reader.range(Int(length), "a safetensors header")
        guard bytes[headerRange].first == UInt8(ascii: "{"),
            let members = try JSONValue(parsing: bytes, range: headerRange, source: source).object
        else {
            throw reader.failure(at: 8, expected: "a JSON object as header", found: "something else")
        }

        metadata = [:]
        var entries: [Entry] = []
        for member in members {
            if member.key == Self.metadataKey {
                metadata = try Self.words(member.value, source: source)
            } else {
                entries.append(try Entry(member, position: entries.count, dataSize: reader.remaining, source: source))
            }
        }
        // In the order of their bytes; tensors without bytes may begin at another's start, and come first there.
        entries.sort { ($0.start, $0.end, $0.position) < ($1.start, $1.end, $1.position) }

        tensors = []
        tensors.reserveCapacity(entries.count)
        for entry in entries {
            guard reader.offset - headerRange.upperBound == entry.start else {
                throw reader.failure(
                    expected: "the next tensor's bytes", found: "\"\(entry.name)\" at data offset \(entry.start)")
            }
            let range = try reader.range(entry.end - entry.start, "the values of \"\(entry.name)\"")
            let values = try entry.type.floats(bytes, range, source: source)
            tensors.append((entry.name, Tensor(Shape(entry.shape), values)))
        }
        try reader.expectEnd(after: "the last tensor")
    }

    /// A file's words alone: its header is read, the tensors are not, however large.
    /// - Throws: `FileError` or `FormatError`.
    package static func metadata(at path: String) throws -> [String: String] {
        let limit = 1 << 20
        let bytes = try FileBytes.read(path, limit: limit) { 0..<min($0, limit) }
        var reader = ByteReader(bytes, source: path)
        let length = try reader.uint64LittleEndian("a safetensors header length")
        let header = try reader.range(Int(clamping: length), "a safetensors header")
        let words = try JSONValue(parsing: bytes, range: header, source: path)[metadataKey]
        return try words.map { try Self.words($0, source: path) } ?? [:]
    }

    private static func words(_ value: JSONValue, source: String) throws(FormatError) -> [String: String] {
        guard let members = value.object else {
            throw FormatError(source: source, offset: 8, expected: "an object as \(metadataKey)", found: value.kind)
        }
        var words: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else {
                throw FormatError(
                    source: source, offset: 8, expected: "a string as \(metadataKey) \"\(member.key)\"",
                    found: member.value.kind)
            }
            words[member.key] = text
        }
        return words
    }

    /// What the header says about one tensor.
    private struct Entry {
        let name: String
        /// Its place among the header's tensors.
        let position: Int
        let type: ElementType
        let shape: [Int]
        /// Where its bytes begin and end, from the start of the data.
        let start: Int
        let end: Int

        /// Reads and checks `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`.
        init(_ member: JSONValue.Member, position: Int, dataSize: Int, source: String) throws(FormatError) {
            self.position = position
            name = member.key
            let name = "\"\(member.key)\""
            func failure(_ expected: String, _ found: String) -> FormatError {
                FormatError(source: source, offset: 8, expected: expected, found: found)
            }
            guard let entry = member.value.object else {
                throw failure("an object for tensor \(name)", member.value.kind)
            }
            for member in entry where !Self.keys.contains(member.key) {
                throw failure("dtype, shape and data_offsets for tensor \(name)", "\"\(member.key)\"")
            }
            guard let dtype = member.value["dtype"]?.string, let type = Self.types[dtype] else {
                throw failure(
                    "dtype F32, F64, F16, BF16, I64 or U8 for tensor \(name)", Self.shown(member.value["dtype"]))
            }
            guard let shape = Self.sizes(member.value["shape"]) else {
                throw failure("a shape of sizes for tensor \(name)", Self.shown(member.value["shape"]))
            }
            guard let offsets = Self.sizes(member.value["data_offsets"]), offsets.count == 2,
                offsets[0] <= offsets[1], offsets[1] <= dataSize
            else {
                throw failure(
                    "rising data_offsets up to \(dataSize) for tensor \(name)",
                    Self.shown(member.value["data_offsets"]))
            }
            let size = checkedProduct(shape + [type.size])
            guard size == offsets[1] - offsets[0] else {
                throw failure(
                    "\(size.map { counted($0, "byte") } ?? "fewer than 2^63 bytes") for tensor \(name) of shape \(shape)",
                    counted(offsets[1] - offsets[0], "byte"))
            }
            self.type = type
            self.shape = shape
            start = offsets[0]
            end = offsets[1]
        }

        private static let keys: Set<String> = ["dtype", "shape", "data_offsets"]

        private static let types: [String: ElementType] = [
            "F32": .float32, "F64": .float64, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "U8": .uint8,
        ]

        /// An array of integers, none negative.
        private static func sizes(_ value: JSONValue?) -> [Int]? {
            let sizes = value?.array?.compactMap(\.integer).filter { $0 >= 0 }
            return sizes?.count == value?.array?.count ? sizes : nil
        }

        /// A value as it stands in the file, shortened.
        private static func shown(_ value: JSONValue?) -> String {
            guard let text = value.map({ String(decoding: $0.serialized(), as: UTF8.self) }) else { return "none" }
            return text.count > 80 ? "\(text.prefix(80))…" : text
        }
    }
}

// MARK: - Writing

extension SafetensorsFile {
    /// The file's bytes: metadata in the order of its keys, tensors in theirs, all F32.
    ///
    /// The same contents give the same bytes, and the values begin at a multiple of 8.
    package func serialized() -> [UInt8] {
        requireShape(
            Set(tensors.map(\.name)).union([Self.metadataKey]).count == tensors.count + 1,
            "a safetensors file has each tensor name once, and none is \(Self.metadataKey)")
        var members: [JSONValue.Member] = []
        if !metadata.isEmpty {
            let words = metadata.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }
            members.append(JSONValue.Member(Self.metadataKey, .object(words)))
        }
        var dataSize = 0
        for (name, tensor) in tensors {
            let end = dataSize + 4 * tensor.shape.count
            members.append(
                JSONValue.Member(
                    name,
                    [
                        "dtype": "F32", "shape": .array(tensor.shape.dimensions.map(JSONValue.integer)),
                        "data_offsets": [.integer(dataSize), .integer(end)],
                    ]))
            dataSize = end
        }
        var header = JSONValue.object(members).serialized()
        header.append(contentsOf: repeatElement(0x20, count: -header.count & 7))

        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + dataSize)
        bytes.append(littleEndian: UInt64(header.count))
        bytes.append(contentsOf: header)
        for (_, tensor) in tensors { bytes.append(littleEndian: tensor.values) }
        return bytes
    }
}
