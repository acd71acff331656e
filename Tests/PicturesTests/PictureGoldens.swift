import Formats
import Foundation
import Tensors

/// Pictures and arrays that Pillow and Keras made of them; `Interop/picture_goldens.py` says how.
struct PictureGoldens: Sendable {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens").path
    static let pillow = PictureGoldens("pillow")
    static let keras = PictureGoldens("keras")

    private let arrays: [String: Tensor]

    private init(_ name: String) {
        let path = "\(Self.folder)/\(name).npz"
        do {
            let read = try NPZ.parse(FileBytes.read(path, limit: 1 << 20), source: path, limit: 1 << 24)
            arrays = Dictionary(uniqueKeysWithValues: read.map { ($0.name, $0.tensor) })
        } catch {
            fatalError("\(error)")
        }
    }

    /// Every array's name with this beginning, sorted, as the words between its slashes.
    func names(_ beginning: String = "") -> [[String]] {
        arrays.keys.filter { $0.hasPrefix(beginning) }.sorted().map { $0.split(separator: "/").map(String.init) }
    }

    /// [height, width, channels] and bytes.
    subscript(words: [String]) -> Image {
        let name = words.joined(separator: "/")
        guard let array = arrays[name] else { fatalError("no golden array \(name)") }
        return Image(shape: array.shape.dimensions, bytes: array.values.map { UInt8($0) })
    }

    /// A picture file of the goldens.
    static func file(_ name: String) throws -> PictureFile {
        try PictureFile(contentsOf: "\(folder)/pictures/\(name)")
    }
}

/// Bytes with their shape.
struct Image: Equatable {
    let shape: [Int]
    let bytes: [UInt8]

    init(shape: [Int], bytes: [UInt8]) { (self.shape, self.bytes) = (shape, bytes) }

    init(_ picture: StoredPicture) {
        self.init(shape: [picture.height, picture.width, picture.channels], bytes: picture.pixels)
    }

    /// The largest difference of two bytes; nil where the shapes differ.
    func largestDifference(from other: Image) -> Int? {
        guard shape == other.shape else { return nil }
        return zip(bytes, other.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }
}
