import Tensors

/// A shape as files hold it: a plain array of extents.
extension Shape: Codable {
    /// Decodes a plain array of extents.
    /// - Throws: `DecodingError`, for a negative extent too and for a product that overflows: a file's mistake must not
    ///   end the program.
    public init(from decoder: any Decoder) throws {
        let dimensions = try [Int](from: decoder)
        guard dimensions.allSatisfy({ $0 >= 0 }), checkedProduct(dimensions) != nil else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a shape has extents of 0 or more whose product fits 63 bits, not \(dimensions)"))
        }
        self.init(dimensions)
    }

    /// Encodes a plain array of extents.
    public func encode(to encoder: any Encoder) throws {
        try dimensions.encode(to: encoder)
    }
}

/// By its name.
extension Precision: Codable {}

/// By its name.
extension InstructionSet: Codable {}
