import Formats
import Interchange
import Models
import Tensors
import Training

/// Whatever the structure says, a dataset has no more values than the file has bytes.
func hdf5(_ bytes: [UInt8]) throws {
    let file = try HDF5File(parsing: bytes, source: "a")
    for dataset in file.datasets {
        guard let tensor = try? file.tensor(dataset) else { continue }
        require(tensor.shape.dimensions == dataset.shape, "a shape comes back")
        require(tensor.values.count <= bytes.count, "no more values than bytes")
    }
}

/// The pickle of a state dict whose one storage has 64 bytes.
func pickle(_ bytes: [UInt8]) throws {
    let storage = (0..<64).map { UInt8($0) }
    let file = try PyTorchFile(parsing: Zip.archive([("m/data.pkl", bytes), ("m/data/0", storage)]), source: "a")
    for entry in file.entries {
        guard let tensor = try? file.tensor(entry) else { continue }
        require(tensor.shape.dimensions == entry.shape, "a shape comes back")
        require(tensor.values.count <= storage.count, "no more values than the storage has")
    }
}

/// Weights of any kind for a small model: what fits is finite, and what does not fit is said.
func weights(_ bytes: [UInt8]) throws {
    let architecture = Architecture(
        name: "a", imageShape: [2, 2, 1], encoder: [.conv2D(2, kernel: 1), .flatten], latent: 1,
        decoder: [.dense(4), .reshape([2, 2, 1])])
    var answers = WeightImport.Answers()
    for place in WeightImport.Place.allCases {
        answers.batchNorm = place
        let imported = try WeightImport(
            parsing: bytes, source: "a",
            into: TrainingConfiguration(architecture: architecture, objective: .tutorial, epochs: 1), answers)
        require(imported.parameters.firstNotFinite == nil, "weights are finite")
        require(imported.layers.count == 4, "every layer has its weights")
    }
}
