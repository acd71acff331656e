import ArgumentParser
import Datasets
import Models
import Tensors
import VAE

extension ImageDataset.TrainingSet: ExpressibleByArgument {}

extension RunFolder {
    /// One of the run's sets of images, of the size that its model takes; says so where they are not what they seem.
    /// - Parameter data: Where to read them from instead of the run's own.
    func images(_ part: ImagePart, from data: String?, limit: Int? = nil) throws -> RunImages {
        let taken = try CommandImages(configuration.data, at: data, threads: VariationalAutoencoder.defaultThreads)
        let found = try images(part, limit: limit) { split, limit in
            try taken.load(split, limit: limit) { try requireShape($0, of: $1) }
        }
        if found.part != part {
            Console.say("There is no test set: taking the images that were set apart for validation")
        }
        if found.areTheRuns == false {
            let verb = found.part == .training ? "learned from" : "was validated on"
            Console.say(
                "Warning: \(found.images.name): these are not the images, with their labels, that the run \(verb)")
        }
        return found
    }
}

extension RunFolder {
    /// The images that figures and report judge the run by: of a run of fewer images no more than anybody can tell apart
    /// in a picture.
    func judgedImages(from data: String?) throws -> RunImages {
        let limit = configuration.data.limit.map { max($0, 10_000) }
        return try images(.test, from: data, limit: limit)
    }
}

/// Which of a run's sets of images.
struct SplitOption: ParsableArguments {
    @Option(
        help: """
            Which set: 'training', the images that the run learned from; 'validation', those that it was validated on; \
            'test', all of the test set or, where there is none, 'validation'.
            """)
    var split: ImagePart = .test
}

extension ImagePart: ExpressibleByArgument {
    /// Its name, or `train` for the training images.
    public init?(argument: String) {
        self.init(word: argument)
    }
}

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Compute threads; one a core if left out. Results do not depend on it.",
        transform: Number.whole(1...ThreadPool.mostThreads))
    var threads = VariationalAutoencoder.defaultThreads

    /// Says so where a training has more threads than work for them.
    func warn(batchSize: Int, _ architecture: Architecture) {
        guard let lanes = try? ModelEngine.lanes(batch: batchSize, architecture) else { return }
        if threads > lanes {
            Console.say(
                "Warning: a batch of \(batchSize) is work for \(lanes) threads at the most; training leaves "
                    + "\(threads - lanes) of \(threads) idle")
        }
    }
}
