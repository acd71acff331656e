import Datasets
import Figures
import Formats
import Tensors

/// A folder that TensorBoard's Embedding Projector opens: `tensors.tsv`, `metadata.tsv`, `sprite.png` and
/// `projector_config.pbtxt`.
///
/// Vectors are text, since the projector takes bytes that happen to be UTF-8 for text (TensorBoard 2.21.0); the labels
/// have two columns or more, of which none is ever empty, since it refuses the head of a single one and passes over
/// empty lines.
final class ProjectorFolder {
    private let path: String
    private let title: String
    private let classNames: [String]?
    private let tensors, metadata: OutputFile
    private var sprite: SpriteSheet?

    static let (tensorsName, metadataName) = ("tensors.tsv", "metadata.tsv")
    static let (spriteName, configurationName) = ("sprite.png", "projector_config.pbtxt")

    /// - Throws: `FileError`.
    init(_ path: String, title: String, _ images: ImageDataset, classNames: [String]?) throws {
        self.classNames = classNames
        (self.path, self.title) = (FileTree.trimmed(path), title)
        try FileTree.makeFolder(self.path)
        tensors = try OutputFile("\(self.path)/\(Self.tensorsName)")
        metadata = try OutputFile("\(self.path)/\(Self.metadataName)")
        sprite = SpriteSheet(of: images.count, height: images.height, width: images.width, channels: images.channels)
        var head = ["index", "label"]
        if images.fileNames != nil { head.append("name") }
        try metadata.append(Array((head.joined(separator: "\t") + "\n").utf8))
    }

    func append(_ range: Range<Int>, _ codes: Tensor, of images: ImageDataset) throws {
        let latent = codes.shape[1]
        var (vectors, words) = ("", "")
        for image in range {
            let start = (image - range.lowerBound) * latent
            vectors += codes.values[start..<start + latent].map { "\($0)" }.joined(separator: "\t") + "\n"
            let label = images.labels.map { $0[image] }
            var cells = ["\(image)", label.map { classNames?[$0] ?? "\($0)" } ?? ""]
            if let names = images.fileNames { cells.append(names[image]) }
            words += cells.map(Self.cell).joined(separator: "\t") + "\n"
        }
        try tensors.append(Array(vectors.utf8))
        try metadata.append(Array(words.utf8))
        sprite?.append(images.images(range))
    }

    /// One that is never empty, and holds neither tab nor line break.
    private static func cell(_ text: String) -> String {
        let text = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        return text.allSatisfy(\.isWhitespace) ? "-" : text
    }

    /// Ends the files.
    /// - Returns: Their paths.
    func finish() throws -> [String] {
        try tensors.finish()
        try metadata.finish()
        var names = [Self.tensorsName, Self.metadataName]
        if let sprite {
            try AtomicFile.write(try sprite.png(), to: "\(path)/\(Self.spriteName)")
            names.append(Self.spriteName)
        }
        try AtomicFile.write(Array(configuration.utf8), to: "\(path)/\(Self.configurationName)")
        return (names + [Self.configurationName]).map { "\(path)/\($0)" }
    }

    private var configuration: String {
        var lines = [
            "embeddings {", "  tensor_name: \(Self.quoted(title))", "  tensor_path: \"\(Self.tensorsName)\"",
            "  metadata_path: \"\(Self.metadataName)\"",
        ]
        if let sprite {
            lines += [
                "  sprite {", "    image_path: \"\(Self.spriteName)\"", "    single_image_dim: \(sprite.width)",
                "    single_image_dim: \(sprite.height)", "  }",
            ]
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    /// A string of Protobuf's text format: what is not plain ASCII as bytes in octal.
    private static func quoted(_ text: String) -> String {
        let characters = text.utf8.map { byte -> String in
            if (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                return String(UnicodeScalar(byte))
            }
            let octal = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        }
        return "\"" + characters.joined() + "\""
    }
}
