import Exploration
import Formats
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// What a watcher tells of runs that grow.
@Suite struct WatcherTests {
    private let runs = SmallRuns()

    private static func words(_ events: [RunEvent]) -> [String] {
        events.map { event in
            switch event {
            case .run(let run): "\(run.id) \(run.state)"
            case .epoch(let run, let metrics): "\(run) epoch \(metrics.epoch)"
            case .checkpoint(let run, let point, let epoch): "\(run) \(point.rawValue) \(epoch)"
            }
        }
    }

    @Test func aTrainingIsFollowedToItsEnd() async throws {
        try await runs.train("old")
        let explorer = try runs.explorer()
        let seen = Task {
            var events: [RunEvent] = []
            for await event in explorer.events(every: .milliseconds(2)) {
                events.append(event)
                if case .run(let run) = event, run.id == "new", run.state == .finished { break }
                // It is watched now: what happens from here on is news.
                if case .run(let run) = event, run.id == "first", !runs.scratch.exists("runs/new") {
                    try await runs.train(
                        try RunRecorder.create(
                            runs.path + "/new", SmallRuns.configuration(epochs: 3), overwrite: false))
                }
            }
            return Self.words(events)
        }
        // Made over and over until the watcher, which may not have begun yet, has seen one of them appear.
        while !seen.isCancelled {
            _ = try? RunRecorder.create(runs.path + "/first", SmallRuns.configuration(), overwrite: true)
            if runs.scratch.exists("runs/new/checkpoints/last.safetensors") { break }
            try await Task.sleep(for: .milliseconds(20))
            try? FileManager.default.removeItem(atPath: runs.path + "/first")
            try await Task.sleep(for: .milliseconds(20))
        }
        let words = try await seen.value.filter { $0.hasPrefix("new ") }
        #expect(words.last == "new finished" || words.contains("new finished"))
        let all = try RunFolder(opening: runs.path + "/new")
        #expect(try all.metrics().map(\.epoch) == [1, 2, 3])
        #expect(!words.contains { $0.hasPrefix("old") })
    }

    /// Step by step, so that nothing depends on time.
    @Test func eachChangeIsToldOnce() async throws {
        let recorder = try RunRecorder.create(
            runs.path + "/a", SmallRuns.configuration(epochs: 3), overwrite: false)
        let loop = try TrainingLoop(
            recorder.run.configuration.training, images: SmallRuns.train, validation: nil, threads: 1)
        var epochs: [(EpochMetrics, Checkpoint)] = []
        _ = try loop.run(
            shouldStop: { false }, onStep: { _ in },
            onEpoch: { epochs.append(($0, try Checkpoint(parsing: loop.checkpoint.serialized(), source: "memory"))) })

        var changes = RunChanges(in: try RunLibrary([runs.path]))
        func look() -> [String] { Self.words(changes.look()) }
        #expect(look() == [])
        try recorder.record(epochs[0].0, epochs[0].1)
        #expect(look() == ["a epoch 1", "a last 1", "a best 1", "a epoch-0001 1"])
        #expect(look() == [])

        // A line that is being written waits for its end.
        let line = try runs.scratch.text("runs/a/metrics.jsonl").replacing("\"epoch\":1,", with: "\"epoch\":2,")
            .replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: runs.path + "/a/metrics.jsonl"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8.prefix(40)))
        #expect(look() == [])
        try file.write(contentsOf: Data(line.utf8.dropFirst(40)))
        #expect(look() == ["a epoch 2"])

        // Cut off and gone on with: the epoch is done anew.
        let lines = try runs.scratch.text("runs/a/metrics.jsonl").split(separator: "\n")
        try AtomicFile.write(Array((lines[0] + "\n").utf8), to: runs.path + "/a/metrics.jsonl")
        #expect(look() == ["a training"])
        try recorder.record(epochs[1].0, epochs[1].1)
        let second = look()
        #expect(second.first == "a epoch 2")
        #expect(Set(second.dropFirst()).isSuperset(of: ["a last 2", "a previous 1", "a epoch-0002 2"]))

        try runs.scratch.write("{", to: "runs/a/config.json")
        #expect(look() == ["a unreadable"])
    }

    @Test func watchingEndsWithItsTask() async throws {
        try await runs.train("a")
        let explorer = try runs.explorer()
        let task = Task {
            var count = 0
            for await _ in explorer.events(every: .seconds(3600)) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(await task.value == 0)
    }
}
