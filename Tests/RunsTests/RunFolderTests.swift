import Datasets
import Formats
import Foundation
import Models
import Runs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct RunFolderTests {
    private let scratch = Scratch()
    private let images = ImageDataset(
        name: "noise", height: 28, width: 28, channels: 1,
        pixels: (0..<20 * 784).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }, labels: Array(0..<20))

    private var path: String { scratch.path + "/deep/run" }

    private func configuration(epochs: Int = 2) -> RunConfiguration {
        var training = TrainingConfiguration.tutorial
        training.epochs = epochs
        training.seed = .max
        return RunConfiguration(
            training: training, data: DataSelection(limit: 20), trainingImages: images, validationImages: images)
    }

    private func train(_ recorder: RunRecorder) async throws {
        _ = try await Trainer(recorder.run.configuration.training, threads: 1)
            .fit(images, validation: images, from: nil, recorder: recorder)
    }

    @Test func whatIsWrittenIsRead() async throws {
        try await train(try RunRecorder.create(path, configuration(), overwrite: false))
        try expectRun()
    }

    private func expectRun() throws {
        let run = try RunFolder(opening: path + "//")
        #expect(run.path == path)
        #expect(run.name == "run")
        #expect(run.configuration == configuration())
        #expect(try run.metrics().map(\.epoch) == [1, 2])
        #expect(try run.checkpoint(.last).state.epoch == 2)
        let best = try #require(try run.checkpoint(.last).state.best)
        #expect(try run.checkpoint(.best).state.epoch == best.epoch)
        #expect(try run.metrics()[best.epoch - 1].validation?.loss == best.value)
        #expect(try run.model(threads: 1).architecture == .tutorial)
    }

    @Test func bestStaysWhenLaterEpochsAreWorse() throws {
        let recorder = try RunRecorder.create(path, configuration(), overwrite: false)
        let loop = try TrainingLoop(configuration().training, images: images, validation: nil, threads: 1)
        for (epoch, best) in [(1, 1), (2, 2), (3, 2)] {
            var checkpoint = loop.checkpoint
            checkpoint.state.epoch = epoch
            checkpoint.state.best = .init(epoch: best, value: epoch == best ? 0 : -1)
            try recorder.record(Self.metrics(epoch), checkpoint)
        }
        #expect(try recorder.run.checkpoint(.best).state.epoch == 2)
        #expect(try recorder.run.checkpoint(.last).state.epoch == 3)
    }

    @Test func oneWriterAtATime() throws {
        let first = try RunRecorder.create(path, configuration(), overwrite: false)
        #expect(throws: RunError.locked(path: path)) {
            _ = try RunRecorder.create(path, configuration(), overwrite: true)
        }
        #expect(throws: RunError.locked(path: path)) { _ = try RunRecorder.resume(first.run) }
    }

    @Test func theLockEndsWithItsHolder() throws {
        do {
            let first = try RunRecorder.create(path, configuration(), overwrite: false)
            #expect(throws: RunError.locked(path: path)) {
                _ = try RunRecorder.create(path, configuration(), overwrite: true)
            }
            withExtendedLifetime(first) {}
        }
        let second = try RunRecorder.create(path, configuration(epochs: 3), overwrite: true)
        #expect(try RunFolder(opening: path).configuration == second.run.configuration)
        #expect(second.run.configuration.training.epochs == 3)
    }

    @Test func onlyARunIsReplaced() throws {
        _ = try RunRecorder.create(path, configuration(), overwrite: false)
        #expect(throws: RunError.exists(path: path)) {
            _ = try RunRecorder.create(path, configuration(), overwrite: false)
        }
        let parent = scratch.path + "/deep"
        #expect(throws: RunError.occupied(path: parent, by: "run")) {
            _ = try RunRecorder.create(parent, configuration(), overwrite: true)
        }
        #expect(try RunFolder(opening: path).configuration == configuration())
    }

    @Test func whatLiesWhereALinkInARunLeadsStaysItsOwners() throws {
        let outside = scratch.path + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try AtomicFile.write([1], to: outside + "/kept")
        _ = try RunRecorder.create(path, configuration(), overwrite: false)
        try FileManager.default.removeItem(atPath: path + "/figures")
        try FileManager.default.createSymbolicLink(atPath: path + "/figures", withDestinationPath: outside)
        _ = try RunRecorder.create(path, configuration(epochs: 3), overwrite: true)
        #expect(try FileBytes.read(outside + "/kept", limit: 10) == [1])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path + "/figures") == outside)
        #expect(try RunFolder(opening: path).configuration.training.epochs == 3)
    }

    @Test func resumingDropsMetricsBeyondTheCheckpoint() async throws {
        do {
            let recorder = try RunRecorder.create(path, configuration(), overwrite: false)
            try await train(recorder)
            // As a kill between the third epoch's metrics and its checkpoint leaves them, with a line cut off.
            let file = path + "/metrics.jsonl"
            let lines = try FileBytes.read(file, limit: 1 << 20)
            let first = lines.prefix { $0 != UInt8(ascii: "\n") }
            let third = String(decoding: first, as: UTF8.self).replacing("\"epoch\":1,", with: "\"epoch\":3,")
                .replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
            try AtomicFile.write(lines + Array((third + "\n{\"epoch\":4,").utf8), to: file)
            #expect(try recorder.run.metrics().map(\.epoch) == [1, 2, 3])
        }
        let resumption = try RunRecorder.resume(try RunFolder(opening: path))
        let (recorder, checkpoint) = (resumption.recorder, try #require(resumption.checkpoint))
        #expect(checkpoint.state.epoch == 2)
        #expect(resumption.remarks == [])
        #expect(try recorder.run.metrics().map(\.epoch) == [1, 2])
        try recorder.record(Self.metrics(3), checkpoint)
        #expect(try recorder.run.metrics().map(\.epoch) == [1, 2, 3])
    }

    /// Process 1 always lives; no process has the largest number.
    @Test func leftoversOfDeadProcessesGoAndFilesUnderWayStay() throws {
        _ = try RunRecorder.create(path, configuration(), overwrite: false)
        let (dead, living) = ("2147483647-1.tmp", "1-1.tmp")
        let gone = [
            ".report.html.\(dead)", ".metrics.jsonl.\(living)", "figures/.a.svg.\(dead)",
            "checkpoints/.last.safetensors.\(living)", "nan/.step-1.npz.\(dead)",
        ]
        let kept = [".report.html.\(living)", "figures/.a.svg.\(living)", "figures/mine.tmp", "notes.txt"]
        for name in gone + kept { try scratch.write("x", to: "deep/run/\(name)") }
        _ = try RunRecorder.resume(try RunFolder(opening: path))
        #expect(gone.filter { scratch.exists("deep/run/\($0)") } == [])
        #expect(kept.filter { !scratch.exists("deep/run/\($0)") } == [])
    }

    @Test func aBrokenLineOfMetricsIsNamed() throws {
        let recorder = try RunRecorder.create(path, configuration(), overwrite: false)
        try AtomicFile.write(Array("{\"epoch\":1}\n".utf8), to: path + "/metrics.jsonl")
        #expect {
            _ = try recorder.run.metrics()
        } throws: { error in
            (error as? FormatError)?.description
                == "\(path)/metrics.jsonl, byte 0: expected an epoch's metrics, found {\"epoch\":1}: no step"
        }
    }

    @Test(arguments: [
        ("{}", "expected the format \"swift-vae run\", found none"),
        ("{\"format\":\"swift-vae run\",\"version\":9}", "expected run version 2 or older, found version 9"),
        ("{\"format\":\"swift-vae run\",\"version\":1}", "expected a run's configuration, found no training"),
        ("{\"format\":", ", byte 10: expected a JSON value, found the end"),
    ])
    func aBrokenConfigurationIsRefused(_ text: String, _ message: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try AtomicFile.write(Array(text.utf8), to: path + "/config.json")
        #expect {
            _ = try RunFolder(opening: path)
        } throws: { error in
            "\(error)".hasPrefix("\(path)/config.json") && "\(error)".hasSuffix(message)
        }
    }

    @Test func anotherRunsCheckpointIsRefused() async throws {
        let recorder = try RunRecorder.create(path, configuration(), overwrite: false)
        try await train(recorder)
        let other = scratch.path + "/other"
        var changed = configuration()
        changed.training.optimizer.learningRate = 0.01
        _ = try RunRecorder.create(other, changed, overwrite: false)
        try FileManager.default.copyItem(
            atPath: path + "/checkpoints/last.safetensors", toPath: other + "/checkpoints/last.safetensors")
        let error = #expect(throws: FormatError.self) { _ = try RunFolder(opening: other).checkpoint(.last) }
        #expect(error?.found == "another configuration's (learning_rate 0.001)")
    }

    private static func metrics(_ epoch: Int) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, step: epoch, training: LossTerms(reconstruction: 0, kl: 0, klNats: 0, images: 0),
            validation: nil, warmUpFactor: 1, imagesPerSecond: 1,
            seconds: 1, collapse: nil)
    }
}
