import ArgumentParser
import MNISTData
import Models
import Tensors
import VAE

/// Where images come from.
enum ImageSource {
    /// A folder's set, or without a folder the MNIST that the program carries.
    static func load(folder: String?, _ split: ImageDataset.Split) throws -> ImageDataset {
        try requireMemory(folder: folder, split)
        return try folder.map { try ImageDataset.idx(folder: $0, split: split) } ?? ImageDataset.embeddedMNIST(split)
    }
}

extension ImageDataset.Split: ExpressibleByArgument {}

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Compute threads; one a core if left out. Results do not depend on it.")
    var threads = VariationalAutoencoder.defaultThreads

    func validate() throws {
        guard (1...ThreadPool.mostThreads).contains(threads) else {
            throw ValidationError("--threads: expected 1 to \(ThreadPool.mostThreads), found \(threads).")
        }
    }

    /// Says so where a training has more threads than work for them.
    func warn(batchSize: Int) {
        let lanes = Engine.lanes(batch: batchSize)
        if threads > lanes {
            Console.say(
                "Warning: a batch of \(batchSize) is work for \(lanes) threads at the most; training leaves "
                    + "\(threads - lanes) of \(threads) idle")
        }
    }
}
