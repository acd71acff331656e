import Figures
import Formats
import Models
import Settings
import Tensors

/// What is answered: as JSON, as raw numbers, or as a picture.
package protocol Answer: Sendable {
    /// Writes the members of the JSON object.
    func write(to json: inout JSONWriter)
    /// The main arrays, one after the other; nil for an answer that has no raw form.
    var floats: [[Float]]? { get }
    /// The images that a picture shows, [batch, height, width, channels]; nil for an answer without.
    var picture: Picture? { get }
}

/// Images as a sheet.
package struct Picture: Sendable {
    package let images: Tensor
    /// Images in a row; about as many as rows if left out.
    package var columns: Int?

    /// A contact sheet; one image alone is itself.
    /// - Throws: `ExplorationError` for images that PNG does not hold.
    package func png() throws -> [UInt8] {
        guard images.batch > 0, (1...4).contains(images.shape[3]) else {
            throw ExplorationError.invalid(
                "Accept", expected: "image/png for images of 1 to 4 channels", found: "\(images.shape)")
        }
        return try ContactSheet(columns: columns ?? SheetLayout.columns(of: images.batch)).png(images, quickly: true)
    }
}

extension Answer {
    package var floats: [[Float]]? { nil }
    package var picture: Picture? { nil }

    /// UTF-8, on one line.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { write(to: &$0) }
        return writer.output
    }

    /// Little-endian Float32; nil for an answer that has no raw form.
    package var octets: [UInt8]? {
        floats.map { arrays in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(4 * arrays.reduce(0) { $0 + $1.count })
            for array in arrays { bytes.append(littleEndian: array) }
            return bytes
        }
    }
}

extension JSONWriter {
    /// Writes a member that is an array of a shape's dimensions.
    package mutating func member(_ key: String, shape: Shape) {
        member(key, .array(shape.dimensions.map(JSONValue.integer)))
    }

    mutating func member(_ key: String, rows: Tensor?) {
        guard let rows else { return member(key, .null) }
        member(key, rows: rows.values, of: rows.shape.count / max(rows.batch, 1))
    }
}

extension Tensor {
    /// One image's shape of a batch.
    var imageShape: Shape { Shape(Array(shape.dimensions.dropFirst())) }
}
