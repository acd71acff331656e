import ArgumentParser
import VAE

/// A run, which of its weights, and its images.
struct RunOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .directory)
    var path: String

    @OptionGroup
    var weights: WeightOptions

    @Option(
        help: ArgumentHelp(
            "A folder with IDX files as MNIST's; the run's own images if left out.", valueName: "dir"),
        completion: .directory)
    var data: String?

    /// - Parameter images: How many the command makes at a time.
    func open(making images: Int = 0) throws -> (run: RunFolder, model: VariationalAutoencoder) {
        let run = try RunFolder(opening: path)
        return (run, try weights.model(of: run, making: images))
    }

    /// The same with images, which are judged before the model takes memory.
    /// - Parameter limit: Only the first images of the set; nil for all.
    func open(
        _ part: ImagePart, limit: Int? = nil
    ) throws -> (run: RunFolder, set: RunImages, model: VariationalAutoencoder) {
        let run = try RunFolder(opening: path)
        let set = try images(part, for: run, limit: limit)
        return (run, set, try weights.model(of: run))
    }

    /// One of the run's sets of images.
    /// - Parameter limit: Only the first images of the set; nil for all.
    func images(_ part: ImagePart, for run: RunFolder, limit: Int? = nil) throws -> RunImages {
        try run.images(part, from: data, limit: limit)
    }
}

/// Which of a run's weights, and how many threads compute with them.
struct WeightOptions: ParsableArguments {
    @Option(
        help: """
            Which weights: 'last', 'best' by val_loss, 'previous', those of the whole epoch before, or 'epoch-0003' of \
            a run that keeps this epoch.
            """,
        transform: Number.parsed("'last', 'best', 'previous' or an epoch as in 'epoch-0003'"))
    var checkpoint: RunFolder.Point = .last

    @OptionGroup
    var threads: ThreadOptions

    /// - Parameter images: How many the command makes at a time.
    func model(of run: RunFolder, making images: Int = 0) throws -> VariationalAutoencoder {
        try run.requireMemory(threads: threads.threads, images: images)
        do {
            let model = try run.model(checkpoint, threads: threads.threads)
            run.warn(of: model, from: checkpoint)
            return model
        } catch let error as FileError where error.isMissing {
            let points = try run.points.map(\.rawValue)
            if !points.isEmpty { Console.say("checkpoints of this run: \(points.joined(separator: ", "))") }
            throw error
        }
    }
}

extension RunFolder.Point: ExpressibleByArgument {}

extension RunFolder {
    /// Says so where weights are NaN or infinite: whatever is made from them is too.
    func warn(of model: VariationalAutoencoder, from point: Point = .last) {
        if let name = model.firstNotFinite {
            Console.say("Warning: \(printable(checkpointPath(point))): \(name) holds a NaN or an infinity")
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
            throw ValidationError("--out: expected a name that ends in .png or .svg, found '\(printable(path))'.")
        }
        if let refusal = Output.refusal(of: path) { throw ValidationError(refusal) }
    }

    /// Writes the one form that was asked for, whole or not at all.
    /// - Parameter words: What is to be seen, which a PNG cannot say.
    func write(_ words: String, png: () throws -> [UInt8], svg: () throws -> Figure) throws {
        try AtomicFile.write(isSVG ? Array(try svg().svg.utf8) : try png(), to: path)
        Console.say("wrote \(printable(path)): \(words)")
    }
}
