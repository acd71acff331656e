import Datasets
import Formats
import Graphs
import Models
import Tensors

/// What a model makes of a set of images, as files that others read: codes, and what each image comes to.
///
/// Some images at a time, so that memory does not grow with the set.
package struct Embedding: Sendable {
    /// Which file.
    package enum Format: String, CaseIterable, Sendable {
        /// Text: a row an image.
        case csv
        /// NumPy's archive: an array a name.
        case npz
        /// Apache Parquet: a row an image.
        case parquet
        /// A folder for TensorBoard's Embedding Projector: vectors, labels and a sheet of the images.
        case projector

        /// The form of a table; nil for a folder.
        var table: TableFormat? { TableFormat(rawValue: rawValue) }
    }

    /// What the projector's folder holds.
    package static let projectorFiles = [
        ProjectorFolder.tensorsName, ProjectorFolder.metadataName, ProjectorFolder.spriteName,
        ProjectorFolder.configurationName,
    ]

    /// Whether a path is a folder, or may become one.
    package static func canBeFolder(_ path: String) -> Bool {
        do { return try FileKind(of: path, followsLinks: true).map { $0 == .folder } ?? true } catch { return true }
    }

    private let images: ImageDataset
    private let classNames: [String]?
    private let model: VariationalAutoencoder
    private let terms: [Program.Term]

    /// - Parameter classNames: What the labels stand for, where the images do not say it themselves.
    package init(
        of images: ImageDataset, by model: VariationalAutoencoder, classNames: [String]? = nil
    ) throws(GraphError) {
        self.images = images
        let most = images.labels?.max() ?? 0
        self.classNames = images.classNames ?? classNames.flatMap { most < $0.count ? $0 : nil }
        self.model = model
        terms = try model.architecture.program(model.objective).terms
    }

    /// Writes the file or folder.
    /// - Parameter title: What the projector calls it.
    /// - Returns: The paths that were written.
    /// - Throws: `FileError`, `FormatError` for more than the format holds, `PictureError`.
    package func write(_ format: Format, to path: String, title: String) throws -> [String] {
        guard let table = format.table else {
            let folder = try ProjectorFolder(path, title: title, images, classNames: classNames)
            try forEachPart { range, codes, _ in try folder.append(range, codes.mean, of: images) }
            return try folder.finish()
        }
        let texts = fields.filter { $0.kind == .text }.map { field in
            (field.name == Self.name ? images.fileNames : classNames) ?? []
        }
        let widths = texts.map { $0.reduce(0) { max($0, $1.unicodeScalars.count) } }
        let writer = try table.writer(to: path, fields, count: images.count, textWidth: widths)
        try forEachPart { try writer.append(values(of: $0, $1, $2)) }
        try writer.finish()
        return [path]
    }

    /// So many images become floats at a time as stay within a few caches.
    private func forEachPart(_ body: (Range<Int>, _ codes: DiagonalGaussian, _ terms: [Float]) throws -> Void) throws {
        let most = min(1000, max(8, (1 << 22) / images.imageSize))
        for first in stride(from: 0, to: images.count, by: most) {
            let range = first..<min(first + most, images.count)
            let (codes, terms) = model.values(of: images.images(range))
            try body(range, codes, terms)
        }
    }

    // MARK: A row of the table

    private static let (name, classes) = ("name", "class")

    private var fields: [TableField] {
        var fields = [TableField("index", .integer)]
        if images.fileNames != nil { fields.append(TableField(Self.name, .text)) }
        if images.labels != nil { fields.append(TableField("label", .integer)) }
        if images.labels != nil, classNames != nil { fields.append(TableField(Self.classes, .text)) }
        let latent = model.architecture.latent
        fields.append(TableField("mean", .reals(latent)))
        if model.architecture.isVariational { fields.append(TableField("sigma", .reals(latent))) }
        fields += terms.map { TableField($0.name + "_loss", .real) }
        return fields + [TableField("loss", .real), TableField("score", .real)]
    }

    private func values(of range: Range<Int>, _ codes: DiagonalGaussian, _ flat: [Float]) -> [TableValues] {
        let made = terms.indices.map { Array(flat[$0 * range.count..<($0 + 1) * range.count]) }
        var values = [TableValues.integers(Array(range))]
        if let names = images.fileNames { values.append(.texts(Array(names[range]))) }
        if let labels = images.labels {
            values.append(.integers(Array(labels[range])))
            if let names = classNames { values.append(.texts(labels[range].map { names[$0] })) }
        }
        values.append(.vectors(codes.mean))
        if model.architecture.isVariational { values.append(.vectors(codes.standardDeviation)) }
        let losses = zip(terms, made).map { term, values in values.map { term.weight * Double($0) } }
        values += losses.map { .reals($0.map { Float($0) }) }
        func sums(_ terms: [[Double]]) -> TableValues {
            .reals(range.indices.map { image in Float(terms.reduce(0) { $0 + $1[image - range.lowerBound] }) })
        }
        return values + [sums(losses), sums(made.map { $0.map(Double.init) })]
    }
}
