import ArgumentParser
import Datasets
import MNISTData
import Settings
import VAE

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure training, encoding and decoding on this machine, beside its own peak.",
        discussion: """
            vae bench                          the tutorial's model
            vae bench mine.yaml                a recipe's
            vae bench resnet --image 64,64,3   a preset's, for images of this shape

            Images of 28,28,1 are MNIST's, others noise. Speeds of a shared machine drift: compare only what was \
            measured in one run.
            """)

    @Argument(
        help: ArgumentHelp(
            "A recipe's file or a preset's name; the tutorial if left out.", valueName: "file|preset"),
        completion: .file(extensions: ["yaml", "yml"]))
    var recipe: RecipeName?

    @OptionGroup
    var image: ImageOption

    @Option(
        parsing: .unconditional, help: "Images of a training step; the recipe's if left out.",
        transform: Number.whole(1...TrainingConfiguration.mostInBatch))
    var batchSize: Int?

    @OptionGroup
    var threads: ThreadOptions

    @Option(
        parsing: .unconditional,
        help: "Height and width of the tutorial's images: 28, or more by a multiple of 4.",
        transform: Number.whole(28...1024))
    var side: Int?

    @Option(
        parsing: .unconditional, help: "Channels of the tutorial's hidden layers: 64, or another even number.",
        transform: Number.whole(2...4096))
    var channels: Int?

    @Option(help: "What the large layers multiply: 'f32' or 'bf16'; the recipe's if left out.")
    var precision: Precision?

    @Option(
        parsing: .unconditional, help: "Seconds that the measurement takes, about.",
        transform: Number.real("a number above 0, at most 3600") { $0 > 0 && $0 <= 3600 })
    var seconds = 10.0

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func validate() throws {
        if let side, side % 4 != 0 { throw ValidationError("--side: expected a multiple of 4, found \(side)") }
        if let channels, channels % 2 != 0 {
            throw ValidationError("--channels: expected an even number, found \(channels)")
        }
        if side ?? channels != nil, recipe ?? .tutorial != .tutorial || image.image != nil {
            throw ValidationError("--side and --channels are the tutorial's: leave recipe and --image out.")
        }
    }

    func run() throws {
        let recipe = try (recipe ?? .tutorial).read()
        var configuration = try image.configuration(of: recipe)
        if side ?? channels != nil {
            configuration.architecture = .tutorial(side: side ?? 28, channels: channels ?? 64)
        }
        if let batchSize { configuration.batchSize = batchSize }
        if let precision { configuration.precision = precision }
        try configuration.validate()
        try configuration.precision.requireAvailable()
        let images = try images(for: configuration)
        try configuration.requireMemory(images: images, validation: nil, threads: threads.threads)
        threads.warn(batchSize: configuration.batchSize, configuration.architecture)
        let speed = try SpeedMeasurement.run(configuration, images: images, threads: threads.threads, seconds: seconds)
        if json {
            try Console.data(try JSONValue(parsing: try JSONCoding.encode(speed), source: "speed"))
            return
        }
        func row(_ name: String, _ value: Double, _ unit: String) throws {
            let number = "\(Int(value.rounded()))"
            let space = String(repeating: " ", count: max(1, 36 - name.count - number.count))
            try Console.data("\(name)\(space)\(number) \(unit)")
        }
        let architecture = configuration.architecture
        let set = speed.precision == .bf16 ? Precision.bf16Instructions ?? "" : speed.instructionSet.rawValue
        try Console.data(
            "\(printable(architecture.name)), images \(architecture.imageShape), \(speed.precision), "
                + "batch \(speed.batchSize), \(counted(speed.threads, "thread")), \(set)")
        try row("train", speed.trainImagesPerSecond, "images/s")
        try row("encode", speed.encodeImagesPerSecond, "images/s")
        try row("decode", speed.decodeImagesPerSecond, "images/s")
        try row("decode one code, median", speed.decodeLatency, "µs")
        try row("decode one code, p99", speed.decodeLatencyP99, "µs")
        try row("  on one thread, median", speed.oneThreadDecodeLatency, "µs")
        try row("  on one thread, p99", speed.oneThreadDecodeLatencyP99, "µs")
        try row("useful work in training", speed.trainGigaflops, "GFLOP/s")
        try row("peak, all threads", speed.peakGigaflops, "GFLOP/s")
        try row("share of peak", speed.shareOfPeak * 100, "%")
        try Console.data("")
        for line in StepTable(speed.layers, peak: speed.peakGigaflops).lines { try Console.data(line) }
    }

    /// MNIST's test images where they are of the model's shape, and noise elsewhere: for small ones 256 at least.
    private func images(for configuration: TrainingConfiguration) throws -> ImageDataset {
        let shape = configuration.architecture.imageShape
        let images = try CommandImages(DataSelection(), threads: 1)
        if try shape == images.source.outline(.test).shape { return try images.load(.test) }
        let count = max(configuration.batchSize, min(256, Self.mostNoise / shape.count))
        // Bytes, made from floats.
        let needed = count.multipliedReportingOverflow(by: shape.count * (1 + MemoryLayout<Float>.stride))
        try MemoryBudget().require(needed.overflow ? .max : needed.partialValue)
        return .noise(count, shape)
    }

    /// Values of all images of noise, beyond a batch.
    private static let mostNoise = 1 << 26
}
