import Formats
import Settings
import Tensors
import YAMLText

/// A recipe as its file has it, before anybody knows the images that it is for.
///
/// `data` says which images to take; with their shape it becomes a `Recipe`.
package struct RecipeText: Sendable {
    /// What `name` says, or the file's own name without its end.
    package let name: String
    private let source: String
    private let document: YAMLDocument
    private let reader: RecipeReader

    /// Reads a text as far as it goes without images.
    /// - Parameter source: The file, named in errors.
    /// - Throws: `FormatError` with line and column.
    package init(parsing text: [UInt8], source: String) throws(FormatError) {
        let document = try YAMLDocument(parsing: text, source: source)
        reader = try document.placing(in: source) { () throws(SettingError) in
            var reader = RecipeReader()
            try reader.read(document.value)
            return reader
        }
        name = reader.name ?? Self.name(of: source)
        (self.source, self.document) = (source, document)
    }

    /// Which images it is for.
    package var data: RecipeData { reader.data }
    /// Of the training.
    package var seed: UInt64 { UInt64(reader.training.seed) }
    /// Whether it leaves height, width or channels of the images to the data.
    package var leavesShapeOpen: Bool { reader.image.contains(nil) }

    /// The recipe for images of a shape.
    /// - Parameter imageShape: [height, width, channels], for those that the recipe leaves open; nil where there is no
    ///   data yet.
    /// - Throws: `FormatError` with line and column.
    package func recipe(imageShape: Shape?) throws(FormatError) -> Recipe {
        let training = try document.placing(in: source) { () throws(SettingError) in
            try reader.configuration(name: name, dataShape: imageShape)
        }
        return Recipe(name: name, training: training, data: data)
    }

    /// The last part of a path without its end.
    private static func name(of source: String) -> String {
        let file = source.split(separator: "/").last.map(String.init) ?? source
        return file.split(separator: ".", omittingEmptySubsequences: false).first.map(String.init) ?? file
    }
}

extension YAMLDocument {
    /// Gives an error of a setting its place in the text.
    fileprivate func placing<Result>(
        in source: String, _ body: () throws(SettingError) -> Result
    ) throws(FormatError) -> Result {
        do throws(SettingError) { return try body() } catch {
            throw FormatError(source: source, position: position(ofNearest: error.path), reason: error.description)
        }
    }

    /// The place of the innermost part that a path leads to.
    private func position(ofNearest path: [ValueStep]) -> TextPosition? {
        for count in stride(from: path.count, through: 0, by: -1) {
            if let position = position(of: Array(path.prefix(count))) { return position }
        }
        return nil
    }
}
