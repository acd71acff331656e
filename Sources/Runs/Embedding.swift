import Datasets
import Evaluation
import Formats
import Models
import Tensors

/// The codes of a set of images with their labels, as files that others read.
package struct Embedding: Sendable {
    /// Which file.
    package enum Format: String, CaseIterable, Sendable {
        /// A row an image: index, label, mean_0 …, log_variance_0 ….
        case csv
        /// NumPy's archive: mean and log_variance in float32, labels in int64.
        case npz
        /// TensorBoard's Embedding Projector: vectors, and beside them the labels.
        case projector

        /// The files that it makes, beginning with the one that was named.
        package func paths(from path: String) -> [String] {
            guard self == .projector else { return [path] }
            return [path, (path.hasSuffix(".tsv") ? String(path.dropLast(4)) : path) + "-labels.tsv"]
        }
    }

    package let codes: DiagonalGaussian
    package let labels: [Int]?

    package init(of images: ImageDataset, by model: VariationalAutoencoder) {
        codes = model.encode(images)
        labels = images.labels
    }

    /// Writes the file, or for the projector two of them.
    /// - Returns: The paths that were written.
    /// - Throws: `FileError`.
    package func write(_ format: Format, to path: String) throws -> [String] {
        let paths = format.paths(from: path)
        switch format {
        case .csv: try AtomicFile.write(Array(csv.utf8), to: path)
        case .npz: try AtomicFile.write(npz, to: path)
        case .projector:
            try AtomicFile.write(Array(vectors.utf8), to: path)
            try AtomicFile.write(Array(metadata.utf8), to: paths[1])
        }
        return paths
    }

    private var latent: Int { codes.mean.shape[1] }

    private func row(_ values: Tensor, _ image: Int) -> ArraySlice<Float> {
        values.values[image * latent..<(image + 1) * latent]
    }

    private var csv: String {
        let tensors = [("mean", codes.mean)] + (codes.logVariance.map { [("log_variance", $0)] } ?? [])
        let names = tensors.flatMap { name, _ in (0..<latent).map { "\(name)_\($0)" } }
        var text = (["index", "label"] + names).joined(separator: ",") + "\n"
        for image in 0..<codes.mean.batch {
            let values = tensors.flatMap { row($0.1, image).map { "\($0)" } }
            text += (["\(image)", labels.map { String($0[image]) } ?? ""] + values).joined(separator: ",") + "\n"
        }
        return text
    }

    private var npz: [UInt8] {
        var arrays = [(name: "mean", array: NPY.Array.float32(codes.mean))]
        if let logVariance = codes.logVariance { arrays.append(("log_variance", .float32(logVariance))) }
        if let labels { arrays.append(("labels", .int64(labels))) }
        return NPZ.serialized(arrays)
    }

    private var vectors: String {
        (0..<codes.mean.batch).map { image in
            row(codes.mean, image).map { "\($0)" }.joined(separator: "\t") + "\n"
        }.joined()
    }

    /// The projector wants a header for two columns or more.
    private var metadata: String {
        "index\tlabel\n"
            + (0..<codes.mean.batch).map { image in
                "\(image)\t\(labels.map { "\($0[image])" } ?? "")\n"
            }.joined()
    }
}
