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

    /// - Throws: `DecodingError`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}

/// Bytes as text, for data URIs (RFC 4648, section 4).
package enum Base64 {
    /// With padding, without line breaks.
    package static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
