import ArgumentParser
import VAE

/// A run, which of its weights, and its images.
struct RunOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @Option(
        help: """
            Which weights: 'last', 'best' by val_loss, 'previous', those of the whole epoch before, or 'epoch-0003' of \
            a run that keeps its epochs.
            """)
    var checkpoint: RunFolder.Point = .last

    @Option(
        help: ArgumentHelp(
            "A folder with MNIST's four IDX files; the run's own images if left out.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @OptionGroup
    var threads: ThreadOptions

    /// - Parameter images: How many the command makes at a time.
    func open(making images: Int = 0) throws -> (run: RunFolder, model: VariationalAutoencoder) {
        let run = try RunFolder(opening: path)
        try run.requireMemory(threads: threads.threads, images: images)
        let model = try run.model(checkpoint, threads: threads.threads)
        run.warn(of: model, from: checkpoint)
        return (run, model)
    }

    /// A whole set, of the size that the run's model takes.
    func images(_ split: ImageDataset.Split, for run: RunFolder) throws -> ImageDataset {
        let images = try ImageSource.load(folder: data ?? run.configuration.data.folder, split)
        try run.requireShape(of: images)
        return images
    }
}

extension RunFolder.Point: ExpressibleByArgument {}

extension RunFolder {
    /// Says so where weights are NaN or infinite: whatever is made from them is too.
    func warn(of model: VariationalAutoencoder, from point: Point = .last) {
        if let name = model.firstNotFinite {
            Console.say("Warning: \(checkpointPath(point)): \(name) holds a NaN or an infinity")
        }
    }
}

/// A picture's file: its form follows from its name.
struct PictureOptions: ParsableArguments {
    @Option(name: .customLong("out"), help: ArgumentHelp("The picture's file.", valueName: "file"), completion: .file())
    var path: String

    var isSVG: Bool { path.hasSuffix(".svg") }

    func validate() throws {
        guard isSVG || path.hasSuffix(".png") else {
            throw ValidationError("--out: expected a name that ends in .png or .svg, found '\(path)'.")
        }
    }

    /// Writes the one form that was asked for, whole or not at all.
    func write(png: () throws -> [UInt8], svg: () throws -> Figure) throws {
        try AtomicFile.write(isSVG ? Array(try svg().svg.utf8) : try png(), to: path)
        Console.say("wrote \(path)")
    }
}
