import Settings

#if canImport(FoundationEssentials)
    // A sixth of Foundation's size in a self-contained program.
    import FoundationEssentials
#else
    import Foundation
#endif

/// Codable values as JSON bytes: keys sorted, so that equal values give equal bytes.
package enum JSONCoding {
    /// One line, or where `indented` is set a line for each member and element.
    package static func encode(_ value: some Encodable, indented: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if indented { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value))
    }

    /// Reads a document that may come from anybody: `JSONValue`'s parser, which is strict and bounded, judges it first.
    /// - Parameters:
    ///   - source: Named in errors.
    ///   - name: What the document is, for the error: "a run's configuration".
    ///   - judge: Throws for a document of another kind or version.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], source: String, _ name: String,
        judge: (JSONValue) throws(FormatError) -> Void = { (_) throws(FormatError) in }
    ) throws(FormatError) -> Value {
        try judge(try JSONValue(parsing: bytes, source: source))
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw FormatError(source: source, expected: name, found: fault(in: error))
        }
    }

    /// The fault and its place, without Foundation's dump.
    private static func fault(in error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context): "no \(place(context, key))"
        case .valueNotFound(_, let context): "null at \(place(context))"
        case .typeMismatch(let type, let context): "no \(type) at \(place(context))"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: context.debugDescription
        case .dataCorrupted(let context): "at \(place(context)): \(context.debugDescription)"
        default: "\(error)"
        }
    }
}

/// Bytes as text, for data URIs (RFC 4648, section 4).
package enum Base64 {
    /// With padding, without line breaks.
    package static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }

    /// Nil for text that is no Base64 with its padding.
    package static func decode(_ text: String) -> [UInt8]? {
        Data(base64Encoded: text).map(Array.init)
    }
}
