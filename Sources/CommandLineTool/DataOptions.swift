import ArgumentParser
import MNISTData
import VAE

/// Where images come from.
enum ImageSource {
    /// A folder's set, or without a folder the MNIST that the program carries.
    static func load(folder: String?, _ split: ImageDataset.Split) throws -> ImageDataset {
        try folder.map { try ImageDataset.idx(folder: $0, split: split) } ?? ImageDataset.embeddedMNIST(split)
    }
}

extension ImageDataset.Split: ExpressibleByArgument {}

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Compute threads; one a core if left out. Results do not depend on it.")
    var threads = VariationalAutoencoder.defaultThreads

    func validate() throws {
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads: expected 1 to 1024, found \(threads).")
        }
    }
}
