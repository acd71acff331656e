import Formats
import Tensors

/// Rows of numbers that somebody sends: codes, or images as flat arrays.
package struct Rows: Sendable {
    /// [count, width].
    package let values: [Float]
    package let width: Int
    package var count: Int { width == 0 ? 0 : values.count / width }

    /// The most rows of a question.
    package static let mostRows = 1024

    package init(values: [Float], width: Int) {
        self.values = values
        self.width = width
    }

    /// Reads `[[…], …]` under a key.
    /// - Throws: `ExplorationError` where there are no rows, too many, rows of several widths, or no finite numbers.
    package init(_ json: JSONValue, key: String) throws(ExplorationError) {
        guard let rows = json[key]?.array else {
            throw .invalid(key, expected: "an array of arrays of numbers", found: json[key]?.kind ?? "no \(key)")
        }
        try Self.requireCount(rows.count, key)
        width = rows[0].array?.count ?? 0
        var values: [Float] = []
        values.reserveCapacity(rows.count * width)
        for row in rows {
            guard let numbers = row.array else {
                throw .invalid(key, expected: "an array of arrays of numbers", found: row.kind)
            }
            guard numbers.count == width else {
                throw .invalid(key, expected: "rows of one length", found: "\(width) and \(numbers.count) values")
            }
            for number in numbers { values.append(try Self.float(number, key)) }
        }
        self.values = values
    }

    /// Reads one row, `[…]` under a key.
    package init(oneOf json: JSONValue, key: String) throws(ExplorationError) {
        guard let numbers = json[key]?.array else {
            throw .invalid(key, expected: "an array of numbers", found: json[key]?.kind ?? "no \(key)")
        }
        var values: [Float] = []
        values.reserveCapacity(numbers.count)
        for number in numbers { values.append(try Self.float(number, key)) }
        self.init(values: values, width: numbers.count)
    }

    /// Reads little-endian Float32.
    /// - Parameters:
    ///   - width: Values of a row.
    ///   - name: What they are, for errors.
    package init(octets: [UInt8], width: Int, name: String) throws(ExplorationError) {
        guard !octets.isEmpty, octets.count.isMultiple(of: 4 * width) else {
            throw .invalid(
                name, expected: "rows of \(counted(width, "Float32 value")), \(counted(4 * width, "byte")) each",
                found: counted(octets.count, "byte"))
        }
        try Self.requireCount(octets.count / (4 * width), name)
        values = octets.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
        self.width = width
    }

    private static func requireCount(_ count: Int, _ name: String) throws(ExplorationError) {
        guard (1...mostRows).contains(count) else {
            throw .invalid(name, expected: "1 to \(mostRows) rows", found: "\(count)")
        }
    }

    private static func float(_ json: JSONValue, _ key: String) throws(ExplorationError) -> Float {
        guard let number = json.number else { throw .invalid(key, expected: "numbers", found: json.kind) }
        return Float(number)
    }

    // MARK: What a model takes

    /// Beyond this no image's code lies, and a decoder's sums may overflow.
    private static let codeRange: ClosedRange<Float> = -10_000...10_000
    /// Pixels are 0 to 1; a decoder may go a little beyond, and its images are as good as others.
    private static let pixelRange: ClosedRange<Float> = -2...2

    /// The rows as codes.
    /// - Throws: `ExplorationError`.
    func codes(_ name: String, latent: Int) throws(ExplorationError) -> Rows {
        try checked(name, width: latent, "\(counted(latent, "value")), the latent dimensions", Self.codeRange)
    }

    /// The rows as images.
    /// - Throws: `ExplorationError`.
    func images(_ name: String, of shape: Shape) throws(ExplorationError) -> Rows {
        try checked(name, width: shape.count, "\(shape.count) values, an image \(shape),", Self.pixelRange)
    }

    private func checked(
        _ name: String, width: Int, _ expected: String, _ range: ClosedRange<Float>
    ) throws(ExplorationError) -> Rows {
        guard self.width == width else {
            throw .invalid(name, expected: "\(expected) in a row", found: "\(self.width)")
        }
        // A NaN is in no range.
        if let bad = values.first(where: { !range.contains($0) }) {
            let words = range == Self.pixelRange ? "pixel values from 0 to 1" : "values from -10000 to 10000"
            throw .invalid(name, expected: words, found: "\(bad)")
        }
        return self
    }
}
