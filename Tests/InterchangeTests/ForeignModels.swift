import Datasets
import Formats
import Foundation
import Recipes
import Settings
import Training

@testable import Interchange

/// Models that Keras and PyTorch saved, and what each said of them: `Interop/import_goldens.py` makes them.
enum ForeignModels {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens").path

    /// A file's bytes, out of gzip where it is kept so.
    static func bytes(_ name: String) throws -> [UInt8] {
        if let packed = try? FileBytes.read("\(folder)/\(name).gz", limit: 1 << 20) {
            return try Gzip.inflate(packed, source: name, limit: 1 << 20)
        }
        return try FileBytes.read("\(folder)/\(name)", limit: 1 << 20)
    }

    static func images() throws -> ImageDataset { try ImageDataset.idx(folder: folder, split: .test) }

    /// The losses that the framework computed, by file.
    static let losses: [String: JSONValue] = {
        var losses: [String: JSONValue] = [:]
        for framework in ["keras", "torch"] {
            let path = "\(folder)/losses-\(framework).json"
            let table = try! JSONValue(parsing: FileBytes.read(path, limit: 1 << 20), source: path)
            for member in table.object! { losses[member.key] = member.value }
        }
        return losses
    }()

    /// The Keras documentation's example, small.
    static let example = """
        image: [8, 8, 1]
        encoder:
          - conv2d: {channels: 4, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d: {channels: 6, kernel: 3, stride: 2, padding: same, activation: relu}
          - flatten
          - dense: {units: 5, activation: relu}
        latent: 2
        decoder:
          - dense: {units: 24, activation: relu}
          - reshape: [2, 2, 6]
          - conv2d_transpose: {channels: 6, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d_transpose: {channels: 4, kernel: 3, stride: 2, padding: same, activation: relu}
          - conv2d_transpose: {channels: 1, kernel: 3, padding: same}
        objective: {likelihood: bernoulli}
        """

    /// The tutorial, small.
    static let tutorial = """
        image: [8, 8, 1]
        encoder:
          - conv2d: {channels: 4, kernel: 3, activation: relu}
          - max_pooling2d
          - flatten
          - dense: 7
        latent: 2
        decoder:
          - dense: 8
          - reshape: [1, 1, 8]
          - conv2d_transpose: {channels: 3, kernel: 3, activation: relu}
          - up_sampling2d
          - conv2d_transpose: {channels: 1, kernel: 3, activation: relu}
        objective: {likelihood: squared_error, divergence: mean}
        """

    static func configuration(_ recipe: String) throws -> TrainingConfiguration {
        try RecipeText(parsing: Array(recipe.utf8), source: "small.yaml").recipe(imageShape: nil).training
    }
}
