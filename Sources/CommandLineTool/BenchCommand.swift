import ArgumentParser
import Settings
import VAE

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure training, encoding and decoding on this machine, beside its own peak.",
        discussion: "Speeds of a shared machine drift: compare only what was measured in one run.")

    @Option(
        parsing: .unconditional, help: "Images of a training step.",
        transform: Number.whole(1...TrainingConfiguration.mostInBatch))
    var batchSize = 64

    @OptionGroup
    var threads: ThreadOptions

    @Option(
        parsing: .unconditional,
        help: "Height and width of the images: 28, or more by a multiple of 4; others than 28 are noise.",
        transform: Number.whole(28...1024))
    var side = 28

    @Option(
        parsing: .unconditional, help: "Channels of the hidden layers; an even number.",
        transform: Number.whole(2...4096))
    var channels = 64

    @Option(help: "What the large layers multiply: 'f32' or 'bf16'.")
    var precision: Precision = .f32

    @Option(
        parsing: .unconditional, help: "Seconds that the measurement takes, about.",
        transform: Number.real("a number above 0, at most 3600") { $0 > 0 && $0 <= 3600 })
    var seconds = 10.0

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func validate() throws {
        guard side % 4 == 0 else { throw ValidationError("--side: expected a multiple of 4, found \(side)") }
        guard channels % 2 == 0 else { throw ValidationError("--channels: expected an even number, found \(channels)") }
    }

    func run() throws {
        var configuration = TrainingConfiguration.tutorial
        configuration.batchSize = batchSize
        configuration.precision = precision
        configuration.architecture = .tutorial(side: side, channels: channels)
        try configuration.validate()
        try precision.requireAvailable()
        let count = max(batchSize, 256)
        // Bytes, made from floats.
        if side != 28 { try MemoryBudget().require(count * side * side * (1 + MemoryLayout<Float>.stride)) }
        let images =
            side == 28 ? try ImageSource.load(folder: nil, .test) : .noise(count, side: side)
        try configuration.requireMemory(images: images, validation: nil, threads: threads.threads)
        threads.warn(batchSize: batchSize, .tutorial(side: side, channels: channels))
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
        let set = precision == .bf16 ? Precision.bf16Instructions ?? "" : speed.instructionSet.rawValue
        try Console.data("\(speed.precision), batch \(speed.batchSize), \(speed.threads) threads, \(set)")
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
        try Console.data(
            Self.columns(["layer, alone", "forward µs", "GFLOP/s", "of peak", "backward µs", "GFLOP/s", "of peak"]))
        for layer in speed.layers {
            func part(_ time: Double, _ gigaflops: Double) -> [String] {
                let share = "\(Int((gigaflops / speed.peakGigaflops * 100).rounded())) %"
                return [short(time)] + (gigaflops > 0 ? ["\(Int(gigaflops.rounded()))", share] : ["", ""])
            }
            try Console.data(
                Self.columns(
                    [layer.name] + part(layer.forward, layer.forwardGigaflops)
                        + part(layer.backward, layer.backwardGigaflops)))
        }
    }

    private static func columns(_ cells: [String]) -> String {
        let widths = [32, 11, 8, 8, 12, 8, 8]
        return zip(cells, widths).enumerated().map { i, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return i == 0 ? cell.0 + space : space + cell.0
        }.joined()
    }

    private func short(_ microseconds: Double) -> String { "\((microseconds * 100).rounded() / 100)" }
}
