import Datasets
import Formats
import Foundation
import Graphs
import Ops
import Models
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// What is wrong with a run is found, whatever part of it is wrong.
@Suite struct VerificationTests {
    private let scratch = Scratch()
    private let run: RunFolder
    private var path: String { run.path }

    private static let images = ImageDataset(
        name: "noise", height: 6, width: 5, channels: 1, pixels: SmallModel.pixels(20).prefix(20 * 30).map { $0 },
        labels: Array(0..<20))
    private static let architecture = Architecture(
        name: "small", imageShape: [6, 5, 1], encoder: [.flatten, .dense(8, activation: .relu)],
        latent: 2,
        decoder: [.dense(30), .reshape([6, 5, 1])])

    /// Three epochs of three steps.
    init() async throws {
        let configuration = RunConfiguration(
            training: TrainingConfiguration(
                architecture: Self.architecture, objective: .tutorial, epochs: 3, batchSize: 8, seed: 2),
            data: DataSelection(), trainingImages: Self.images, validationImages: Self.images)
        let recorder = try RunRecorder.create("\(scratch.path)/run", configuration, overwrite: false)
        _ = try await Trainer(configuration.training, threads: 1)
            .fit(Self.images, validation: Self.images, from: nil, recorder: recorder)
        run = recorder.run
    }

    private func findings() throws -> [RunVerification.Finding] {
        try RunVerification(path) { _, _ in (Self.images, Self.images) }.findings
    }

    private func faults() throws -> [String] {
        try findings().filter { $0.status == .fault }.map { "\($0.part): \($0.words)".replacing("\(path)/", with: "") }
    }

    @Test func aSoundRunHasNoFinding() throws {
        #expect(try findings().allSatisfy { $0.status == .ok })
    }

    // MARK: metrics.jsonl

    /// A byte flipped, made a blank or a digit, taken away, doubled: found, wherever it stands.
    @Test func everyDamagedByteOfALineIsFound() throws {
        let line = try scratch.bytes("run/metrics.jsonl").prefix { $0 != UInt8(ascii: "\n") } + [UInt8(ascii: "\n")]
        try scratch.write(Array(line), to: "run/metrics.jsonl")
        let before = try run.metrics()
        #expect(before.map(\.epoch) == [1])
        var missed: [String] = []
        for place in line.indices {
            let byte = line[place]
            for change in [[byte ^ 1], [0x20], [0x30], [], [byte, byte]] where change != [byte] {
                try scratch.write(line[..<place] + change + line[(place + 1)...], to: "run/metrics.jsonl")
                if (try? run.metrics()) == before { missed.append("byte \(place): \(change)") }
            }
        }
        #expect(missed == [])
    }

    /// The same through everything that `verify` does, a byte of each kind of place.
    @Test func damagedMetricsAreFaults() throws {
        let whole = try scratch.bytes("run/metrics.jsonl")
        for place in stride(from: 0, to: whole.count, by: 7) {
            var bytes = whole
            bytes[place] ^= 2
            try scratch.write(bytes, to: "run/metrics.jsonl")
            #expect(try faults().contains { $0.hasPrefix("metrics.jsonl: ") }, "byte \(place)")
        }
    }

    /// Lines that somebody wrote anew, without the checksum: each field that can be judged is.
    @Test(arguments: [
        (#""loss":"#, "null"), (#""loss":"#, "1.5"), (#""val_loss":"#, "1.5"), (#""kl_loss":"#, "1.5"),
        (#""val_kl_nats":"#, "99"), (#""kl_nats":"#, "99"), (#""images":"#, "19"), (#""val_images":"#, "21"),
        (#""step":"#, "7"), (#""step":"#, "6.5"), (#""epoch":"#, "1"), (#""epoch":"#, "3"),
        (#""warm_up_factor":"#, "0.5"),
        (#""seconds":"#, "-1"), (#""images_per_second":"#, "-1"), (#""images_per_second":"#, "\"fast\""),
        (#""val_reconstruction_loss":"#, "null"),
    ])
    func aFieldThatDoesNotFitIsFound(_ key: String, _ value: String) throws {
        var lines = try scratch.text("run/metrics.jsonl").replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
            .split(separator: "\n").map(String.init)
        let start = try #require(lines[1].firstRange(of: key)).upperBound
        let end = try #require(lines[1][start...].firstIndex { ",}".contains($0) })
        lines[1].replaceSubrange(start..<end, with: value)
        try scratch.write(lines.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
        #expect(try faults().contains { $0.hasPrefix("metrics.jsonl: ") })
    }

    @Test(arguments: [
        (#""epoch":2,"#, ""), (#""loss":[^,]*,"#, ""), (#""val_images":[^,]*,"#, ""), (#""seconds""#, #""second""#),
        (#""epoch":2,"#, #""epoch":2,"epoch":2,"#), (#""epoch":2,"#, #""epoch":2,"note":1,"#),
        // A term that the objective has not, and one whose name it is not.
        (#""epoch":2,"#, #""epoch":2,"norm_loss":0,"norm_value":0,"#),
        (#""kl_loss":([^,]*),"kl_nats""#, #""norm_loss":1,"norm_nats""#),
    ])
    func aKeyThatIsMissingOrTooManyIsFound(_ pattern: String, _ replacement: String) throws {
        var lines = try scratch.text("run/metrics.jsonl").replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
            .split(separator: "\n").map(String.init)
        let before = lines[1]
        lines[1].replace(try Regex(pattern), with: replacement)
        #expect(lines[1] != before)
        try scratch.write(lines.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
        #expect(try faults().contains { $0.hasPrefix("metrics.jsonl: ") })
    }

    @Test func aDivergenceBelowZeroIsFoundWhateverItsSums() throws {
        var lines = try scratch.text("run/metrics.jsonl").replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
            .split(separator: "\n").map(String.init)
        var line = try JSONCoding.decode(EpochMetrics.self, from: Array(lines[1].utf8), source: "a line", "an epoch")
        let terms = line.training
        line.training = LossTerms(
            reconstruction: terms.reconstruction, kl: -2 * terms.kl / terms.klNats, klNats: -2, images: terms.images)
        lines[1] = String(decoding: try JSONCoding.encode(line), as: UTF8.self)
        try scratch.write(lines.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
        #expect(try faults().contains { $0.contains("kl_nats") && $0.contains("0 or more") })
    }

    @Test func linesThatAreDoubledSwappedOrMissingAreFound() throws {
        let lines = try scratch.text("run/metrics.jsonl").split(separator: "\n")
        for order in [[0, 1], [0, 1, 1, 2], [1, 0, 2], [0, 2], [1, 2], []] {
            try scratch.write(order.map { lines[$0] + "\n" }.joined(), to: "run/metrics.jsonl")
            #expect(try faults().contains { $0.hasPrefix("metrics.jsonl: ") }, "\(order)")
        }
    }

    @Test func linesOfOlderProgramsHaveNoChecksum() throws {
        let text = try scratch.text("run/metrics.jsonl")
        try scratch.write(text.replacing(/,"crc32":"[0-9a-f]{8}"/, with: ""), to: "run/metrics.jsonl")
        #expect(try findings().allSatisfy { $0.status == .ok })
    }

    // MARK: Checkpoints with a hash that is right

    private func reseal(_ change: (inout Checkpoint) throws -> Void) throws {
        var checkpoint = try run.checkpoint(.last)
        try change(&checkpoint)
        try scratch.write(try checkpoint.serialized(), to: "run/checkpoints/last.safetensors")
    }

    @Test func weightsAndMomentsThatAreNotFiniteAreFaults() throws {
        let parameter = try #require(try run.checkpoint(.last).parameters.layout.parameters.last)
        for value in [Float.nan, .infinity, -.infinity] {
            try reseal { checkpoint in
                var values = checkpoint.parameters.tensor(parameter).values
                values[0] = value
                checkpoint.parameters.set(parameter, values)
            }
            #expect(try faults().contains { $0.contains("found a NaN or an infinity in \(parameter.name)") })
            try reseal { checkpoint in
                checkpoint.parameters.set(parameter, checkpoint.parameters.tensor(parameter).values.map { _ in 0 })
                checkpoint.adam.v.set(parameter, checkpoint.adam.v.tensor(parameter).values.map { _ in value })
            }
            #expect(try faults().contains { $0.contains("in adam/v/\(parameter.name)") })
            try reseal { $0.adam.v.set(parameter, $0.adam.v.tensor(parameter).values.map { _ in 0 }) }
        }
    }

    struct Position: Sendable, CustomTestStringConvertible {
        let expected: String
        let change: @Sendable (inout TrainingState) -> Void
        var testDescription: String { expected }

        init(_ expected: String, _ change: @escaping @Sendable (inout TrainingState) -> Void) {
            (self.expected, self.change) = (expected, change)
        }
    }

    @Test(arguments: [
        Position("at most 3 epochs, found 4") { $0.epoch = 4 },
        Position("step 0 to 3 of epoch 3, found 5000") { ($0.epoch, $0.stepInEpoch) = (2, 5000) },
        Position("step 0 to 0 of epoch 4, found 1") { $0.stepInEpoch = 1 },
        Position("step 9 after 3 epochs and 0 steps, found 8") { $0.step = 8 },
        Position("step 7 after 2 epochs and 1 step, found 9") { ($0.epoch, $0.stepInEpoch) = (2, 1) },
        Position("sums over the 8 images of the epoch under way, found over 0") {
            ($0.epoch, $0.stepInEpoch, $0.step) = (2, 1, 7)
        },
        Position("a best epoch of 1 to 3, found 4") { $0.best?.epoch = 4 },
        Position("a best epoch of 1 to 3, found 0") { $0.best = nil },
        Position("sums of 0 before an epoch's first image, found 0.0, 5.0, 0.0") {
            $0.running = LossSum(LossTerms(reconstruction: 0, kl: 5, klNats: 0, images: 0))
        },
    ])
    func aPositionThatCannotBeIsAFault(_ position: Position) throws {
        let (words, change) = (position.expected, position.change)
        try reseal { change(&$0.state) }
        #expect(try faults().first == "checkpoints/last.safetensors: checkpoints/last.safetensors: expected \(words)")
        // Nor does a training go on from there.
        let error = #expect(throws: FormatError.self) { _ = try RunRecorder.resume(run) }
        #expect(error?.description.hasSuffix("expected \(words)") ?? false)
    }

    @Test func aBestThatIsNotTheBestIsAFault() throws {
        try reseal { $0.state.best?.value += 1 }
        #expect(try faults().contains { $0.hasPrefix("metrics.jsonl: epoch ") && $0.contains(" scored ") })
        let error = #expect(throws: FormatError.self) { _ = try RunRecorder.resume(run) }
        #expect(error?.found.contains(" scored ") ?? false)
        let scores = try run.metrics().map { $0.validation?.loss ?? 0 }
        let worst = try #require(scores.indices.max { scores[$0] < scores[$1] })
        try reseal { $0.state.best = .init(epoch: worst + 1, value: scores[worst]) }
        #expect(try faults().contains { $0.contains("has the lowest score") })
        #expect(throws: FormatError.self) { _ = try RunRecorder.resume(run) }
    }

    @Test func aNegativeMeanOfSquaresIsAFaultAndNothingToGoOnFrom() throws {
        let parameter = try #require(try run.checkpoint(.last).parameters.layout.parameters.last)
        try reseal { $0.adam.v.set(parameter, $0.adam.v.tensor(parameter).values.map { _ in -1 }) }
        let words = "expected means of squares, found a negative one in adam/v/\(parameter.name)"
        #expect(try faults().contains { $0.hasSuffix(words) })
        let error = #expect(throws: FormatError.self) { _ = try RunRecorder.resume(run) }
        #expect(error?.description.hasSuffix(words) ?? false)
    }

    // MARK: Figures and report

    private func report() throws {
        let judged = RunImages(images: Self.images, part: .test, areTheRuns: true)
        try RunReport(run, training: Self.images, judged: judged, threads: 1).write()
    }

    @Test func figuresAndReportAreJudged() throws {
        try report()
        let sound = try findings()
        #expect(sound.allSatisfy { $0.status == .ok })
        #expect(sound.contains { $0.part == "report.html" } && sound.contains { $0.part == "figures/grid.png" })
        let names = scratch.files("run/figures").map { "figures/\($0)" } + ["report.html"]
        #expect(names.count == 9)
        for name in names {
            let whole = try scratch.bytes("run/\(name)")
            for bytes in [[], Array(whole.dropLast(20)), Array(whole.dropFirst()), whole + whole] {
                try scratch.write(bytes, to: "run/\(name)")
                #expect(try faults().contains { $0.hasPrefix("\(name): ") }, "\(name), \(bytes.count) bytes")
            }
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            #expect(try findings().contains { $0.part == name && $0.status != .ok }, "\(name)")
            try scratch.write(whole, to: "run/\(name)")
        }
        #expect(try findings().allSatisfy { $0.status == .ok })
    }

    /// A digit of a curve, a picture of another run, a file that is not there.
    @Test func aReportThatShowsOtherFiguresIsAFault() throws {
        try report()
        for name in ["losses", "scatter", "grid", "reconstructions", "samples"] {
            let whole = try scratch.text("run/figures/\(name).svg")
            let drawing = try #require(whole.firstRange(of: "<g transform")?.upperBound)
            let start = try #require(whole[drawing...].firstRange(of: /\ (d="M|x=")/)?.upperBound)
            let place = try #require(whole[start...].firstIndex { "1234567".contains($0) })
            try scratch.write(
                whole[..<place] + "8" + whole[whole.index(after: place)...], to: "run/figures/\(name).svg")
            #expect(
                try faults() == ["figures/\(name).svg: is not what report.html shows: vae report makes both anew"],
                "\(name)")
            try scratch.write(whole, to: "run/figures/\(name).svg")
        }
        let losses = try scratch.text("run/figures/losses.svg")
        for (old, new) in [("font-size:12px", "font-size:13px"), ("</title>", "!</title>"), ("</desc>", "!</desc>")] {
            #expect(losses.contains(old))
            try scratch.write(losses.replacing(old, with: new), to: "run/figures/losses.svg")
            #expect(try faults().count == 1, "\(new)")
        }
        try scratch.write(losses, to: "run/figures/losses.svg")
        let page = try scratch.text("run/report.html")
        try scratch.write(
            page.replacing("</footer>", with: "<a href=\"figures/none.svg\">x</a></footer>"), to: "run/report.html")
        #expect(try faults() == ["report.html: report.html: expected the file figures/none.svg beside it, found none"])
    }
}
