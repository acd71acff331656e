import Formats
import Graphs
import Tensors

/// Safetensors files of ours: among the metadata stand the file's kind, its version, and a SHA-256 of the whole.
enum SealedFile {
    enum Kind: String {
        case checkpoint, model

        var format: String { "swift-vae \(rawValue)" }
        /// Newer files are refused by name.
        fileprivate var version: Int { 2 }
    }

    private static let noHash = String(repeating: "0", count: 64)

    static func serialize(
        _ kind: Kind, metadata: [String: String], tensors: [(name: String, tensor: Tensor)]
    ) throws -> [UInt8] {
        let seal = ["format": kind.format, "version": "\(kind.version)", "sha256": noHash]
        var bytes = SafetensorsFile(metadata: metadata.merging(seal) { $1 }, tensors: tensors).serialized()
        // The hash of the file with zeros in the hash's place goes into that place.
        let hash = Array(SHA256.hex(of: bytes).utf8)
        bytes.replaceSubrange(try hashRange(in: bytes, hash: noHash, source: kind.rawValue), with: hash)
        return bytes
    }

    /// Reads what `serialize` wrote, if it is one of these kinds and whole.
    static func open(
        _ bytes: [UInt8], as kinds: [Kind], source: String
    ) throws(FormatError) -> (kind: Kind, file: SafetensorsFile) {
        let file = try SafetensorsFile(parsing: bytes, source: source)
        let format = file.metadata["format"]
        guard let kind = kinds.first(where: { $0.format == format }) else {
            throw FormatError(
                source: source, expected: "a swift-vae " + kinds.map(\.rawValue).joined(separator: " or "),
                found: "a safetensors file of another kind")
        }
        let version = file.metadata["version"]
        guard let number = version.flatMap({ Int($0) }), (1...kind.version).contains(number) else {
            throw FormatError(
                source: source, expected: "\(kind.rawValue) version \(kind.version) or older",
                found: version.map { "version \($0)" } ?? "none",
                isOfNewerVersion: version.map { isNewer($0, than: kind.version) } ?? false)
        }
        try verifyHash(of: bytes, stored: file.metadata["sha256"] ?? "", source: source)
        return (kind, file)
    }

    /// Whatever the hash: how a newer version is sealed, nobody knows yet.
    private static func isNewer(_ version: String, than known: Int) -> Bool {
        guard let number = Int(version) else {
            // More digits than a number holds.
            return !version.isEmpty && version.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        return number > known
    }

    private static func hashRange(
        in bytes: [UInt8], hash: String, source: String
    ) throws(FormatError) -> Range<Int> {
        // Metadata stands in the header, near the file's beginning.
        let wanted = Array("\"sha256\":\"\(hash)\"".utf8)
        let last = min(bytes.count, 1 << 20) - wanted.count
        for start in stride(from: 8, through: last, by: 1) where bytes[start] == wanted[0] {
            if bytes[start..<start + wanted.count].elementsEqual(wanted) {
                let end = start + wanted.count - 1
                return end - hash.utf8.count..<end
            }
        }
        throw FormatError(source: source, expected: "a SHA-256 of the file in its metadata", found: "none")
    }

    private static func verifyHash(of bytes: [UInt8], stored: String, source: String) throws(FormatError) {
        guard stored.utf8.count == noHash.utf8.count else {
            throw FormatError(source: source, expected: "a SHA-256 of the file in its metadata", found: "\"\(stored)\"")
        }
        var blank = bytes
        blank.replaceSubrange(try hashRange(in: bytes, hash: stored, source: source), with: noHash.utf8)
        let found = SHA256.hex(of: blank)
        if found != stored {
            throw FormatError(source: source, expected: "bytes with the SHA-256 \(stored)", found: found)
        }
    }
}

extension SafetensorsFile {
    /// What stands in the metadata as JSON; `name` is what it should be, for the error.
    func decode<Value: Decodable>(
        _ key: String, as type: Value.Type, _ name: String, source: String
    ) throws(FormatError) -> Value {
        try JSONCoding.decode(type, from: Array((metadata[key] ?? "").utf8), source: "\(source) (\(key))", name)
    }

    /// A store of weights for each prefix of tensor names; memory is taken once all tensors are there in their shapes.
    func stores(
        _ layout: ParameterLayout, prefixes: [String], source: String
    ) throws(FormatError) -> [ParameterStore] {
        let tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
        for parameter in layout.parameters {
            for name in prefixes.map({ $0 + parameter.name }) {
                guard let tensor = tensors[name] else {
                    throw FormatError(
                        source: source, expected: "a tensor \(name) of shape \(parameter.shape)", found: "none")
                }
                guard tensor.shape == parameter.shape else {
                    throw FormatError(
                        source: source, expected: "\(name) of shape \(parameter.shape)", found: "\(tensor.shape)")
                }
            }
        }
        let count = prefixes.count * layout.parameters.count
        guard tensors.count == count else {
            throw FormatError(source: source, expected: "the model's \(count) tensors", found: "\(tensors.count)")
        }
        return prefixes.map { prefix in
            let store = ParameterStore(layout)
            for parameter in layout.parameters { store.set(parameter, tensors[prefix + parameter.name]!.values) }
            return store
        }
    }
}

extension ParameterStore {
    /// All parameters as tensors, each name behind a prefix.
    func tensors(_ prefix: String = "") -> [(name: String, tensor: Tensor)] {
        layout.parameters.map { (prefix + $0.name, tensor($0)) }
    }
}
