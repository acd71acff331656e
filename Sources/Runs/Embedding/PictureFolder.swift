import Figures
import Formats
import Tensors

/// A new folder of pictures: a PNG each, nothing around it.
package final class PictureFolder {
    package let path: String
    private let digits: Int
    private var used: Set<String> = []
    private var count = 0

    /// Makes the folder.
    /// - Parameter count: How many pictures there will be.
    /// - Throws: `RunError.occupied` for one that holds something, `FileError`.
    package init(_ path: String, count: Int) throws {
        self.path = FileTree.trimmed(path)
        try Self.refuse(self.path)
        digits = max(4, "\(max(count - 1, 0))".count)
        try FileTree.makeFolder(self.path)
    }

    /// Refuses a path where something stands; changes nothing.
    package static func refuse(_ path: String) throws {
        guard try FileTree.exists(path) else { return }
        guard try FileTree.isFolder(path) else { throw RunError.occupied(path: path, by: "a file") }
        if let name = try FileTree.names(in: path).first { throw RunError.occupied(path: path, by: name) }
    }

    /// Writes pictures.
    /// - Parameters:
    ///   - images: Shape [batch, height, width, 1 or 3]; values are clamped to 0…1.
    ///   - names: What the files are called, as far as a file system takes it; nil for the picture's number.
    /// - Throws: `FileError`, `PictureError`.
    package func append(_ images: Tensor, names: [String]?) throws {
        let shape = images.shape
        let size = shape[1] * shape[2] * shape[3]
        for image in 0..<images.batch {
            let picture = Tensor(
                [1, shape[1], shape[2], shape[3]], Array(images.values[image * size..<(image + 1) * size]))
            let file = unused(names.map { Self.stem(of: $0[image]) } ?? "")
            try AtomicFile.write(try ContactSheet(columns: 1).png(picture), to: "\(path)/\(file).png")
            count += 1
        }
    }

    /// A name that no other file has, also where capitals are none.
    private func unused(_ stem: String) -> String {
        let number = "\(count)"
        let stem = stem.isEmpty ? String(repeating: "0", count: max(0, digits - number.count)) + number : stem
        var (name, next) = (stem, 2)
        while !used.insert(name.lowercased()).inserted {
            name = "\(stem)-\(next)"
            next += 1
        }
        return name
    }

    /// The last part of a path without its ending; what is neither letter, digit nor one of `-_.` becomes `_`.
    static func stem(of name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? ""
        let stem = last.lastIndex(of: ".").map { $0 == last.startIndex ? last : String(last[..<$0]) } ?? last
        let safe = stem.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            return isPlain || "-_.".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        var shown = String(safe.drop { $0 == "." || $0 == "-" })
        while shown.utf8.count > 200 { shown.removeLast() }
        return shown
    }
}
