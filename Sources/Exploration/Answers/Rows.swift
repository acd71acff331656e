import Datasets
import Formats
import Pictures
import Settings
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

    /// The most pixels of a picture: 16 million, decoded 50 MB.
    package static let mostPixels = 1 << 24

    /// Takes a picture file as one image.
    /// - Parameters:
    ///   - picture: PNG, JPEG or WebP, of any size.
    ///   - settings: How it becomes an image of the model's.
    ///   - shape: The model's images, [height, width, channels].
    ///   - name: What it is, for errors.
    /// - Throws: `ExplorationError`.
    package init(
        picture: [UInt8], as settings: PictureSettings, shape: Shape, name: String
    ) throws(ExplorationError) {
        do {
            let preparer = try PicturePreparer(settings)
            let file = try PictureFile(picture, source: name, maximumPixels: Self.mostPixels)
            let made = preparer.shape(of: file.outline)
            guard [made.height, made.width, made.channels] == shape.dimensions else {
                throw ExplorationError.invalid(
                    name, expected: "a model of pictures", found: "one of \(counted(shape[2], "channel"))")
            }
            let image = try [UInt8](unsafeUninitializedCapacity: made.count) { buffer, count in
                _ = try preparer.prepare(file, into: UnsafeMutableBufferPointer(rebasing: buffer[..<made.count]))
                count = made.count
            }
            self.init(values: image.map { ImageDataset.unitValues[Int($0)] }, width: shape.count)
        } catch let error as ExplorationError {
            throw error
        } catch {
            throw ExplorationError(.invalid, "\(error)")
        }
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
    package static let codeRange: ClosedRange<Float> = -10_000...10_000
    /// Pixels are 0 to 1, and a little more where a decoder that ends in a ReLU has painted them.
    ///
    /// Of 2,000 reconstructions one came above this. Below 0 there is nothing: pixels scaled to -1...1 would be taken for
    /// very normal images.
    package static let pixelRange: ClosedRange<Float> = 0...1.25

    /// The rows as codes.
    /// - Throws: `ExplorationError`.
    func codes(_ name: String, latent: Int) throws(ExplorationError) -> Rows {
        try checked(name, width: latent, "\(counted(latent, "value")), the latent dimensions", "values", Self.codeRange)
    }

    /// The rows as images.
    /// - Throws: `ExplorationError`.
    func images(_ name: String, of shape: Shape) throws(ExplorationError) -> Rows {
        try checked(
            name, width: shape.count, "\(shape.count) values, an image \(shape),", "pixel values", Self.pixelRange)
    }

    /// Without the point of a whole number.
    private static func words(_ bound: Float) -> String { Int(exactly: bound).map { "\($0)" } ?? "\(bound)" }

    private func checked(
        _ name: String, width: Int, _ expected: String, _ values: String, _ range: ClosedRange<Float>
    ) throws(ExplorationError) -> Rows {
        guard self.width == width else {
            throw .invalid(name, expected: "\(expected) in a row", found: "\(self.width)")
        }
        // A NaN is in no range.
        if let bad = self.values.first(where: { !range.contains($0) }) {
            throw .invalid(
                name, expected: "\(values) from \(Self.words(range.lowerBound)) to \(Self.words(range.upperBound))",
                found: "\(bad)")
        }
        return self
    }
}
