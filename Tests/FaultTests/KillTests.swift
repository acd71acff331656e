import Foundation
import Runs
import TestSupport
import Testing
import Training

/// Trainings killed at random moments, each kill followed by going on; the end must be that of one never killed.
///
/// `make soak` kills 200 times (`VAE_SOAK_KILLS`) and writes what it found into the file that `VAE_SOAK_REPORT` names.
@Suite struct KillTests {
    struct Tally {
        var kills = 0
        /// Kills before anything was saved.
        var early = 0
        /// Kills that left a file half written.
        var midWrite = 0
        /// Kills that left metrics ahead of the checkpoint.
        var metricsAhead = 0
        var trainings = 0
        var invalid = 0
        var different = 0
    }

    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    @Test func noKillLosesACheckpoint() throws {
        let kills = Self.environment["VAE_SOAK_KILLS"].flatMap { Int($0) } ?? 8
        let start = ContinuousClock.now
        var random = TestValues(seed: 11)
        var tally = Tally()
        while tally.kills < kills { try train(until: kills, &random, &tally) }
        #expect(tally.invalid == 0)
        #expect(tally.different == 0)
        let words = report(tally, seconds: start.duration(to: .now).seconds)
        print(words)
        if let path = Self.environment["VAE_SOAK_REPORT"] { try write(words, to: path) }
    }

    /// One training from its beginning to its end, through as many kills as come its way.
    private func train(until most: Int, _ random: inout TestValues, _ tally: inout Tally) throws {
        let scratch = Scratch()
        let run = scratch.path + "/run"
        while true {
            let options = ["--threads", "\(random.integer(1...3))", "--checkpoint-every", "1"]
            let arguments =
                scratch.exists("run/config.json")
                ? ["train", "--resume", "last", "--out", "run", "--no-figures"]
                : Reference.arguments + ["--out", "run"]
            let running = try Program.vae.start(arguments + options, in: scratch)
            var isKilled = false
            if tally.kills < most {
                wait(for: running.process, scratch, &random)
                isKilled = running.process.isRunning && kill(running.process.processIdentifier, SIGKILL) == 0
            }
            let outcome = try running.wait()
            if !isKilled || running.process.terminationReason == .exit {
                #expect(outcome.status == 0, "\(outcome.errors)")
                break
            }
            tally.kills += 1
            inspect(scratch, run, &tally)
        }
        tally.trainings += 1
        let same = try Reference.results(of: scratch) == Reference.results.get()
        if !same { tally.different += 1 }
        #expect(same)
        #expect(scratch.files("run").filter { $0.hasSuffix(".tmp") } == [])
    }

    /// Until a random moment: each fourth time soon after the start, else within or after a random checkpoint from now,
    /// and half of those times while a file is written, where most could break.
    ///
    /// Counted in checkpoints, since a busy machine takes seconds for what a quiet one does in one.
    private func wait(for process: Process, _ scratch: Scratch, _ random: inout TestValues) {
        var checkpoints = random.integer(0...3) == 0 ? 0 : random.integer(1...12)
        var last = file(scratch)
        while checkpoints > 0, process.isRunning {
            usleep(300)
            let now = file(scratch)
            if now != last { checkpoints -= 1 }
            last = now
        }
        guard last != 0, random.integer(0...1) == 0 else {
            usleep(UInt32(random.integer(0...(last == 0 ? 300_000 : 30_000))))
            return
        }
        while process.isRunning, !isWriting(scratch) {}
        usleep(UInt32(random.integer(0...1_500)))
    }

    /// Whether a file is half written now.
    private func isWriting(_ scratch: Scratch) -> Bool {
        scratch.files("run").contains { $0.hasSuffix(".tmp") }
    }

    /// Which file the last checkpoint is: each is a new one; 0 for none.
    private func file(_ scratch: Scratch) -> UInt64 {
        var status = stat()
        return stat(scratch.path + "/run/checkpoints/last.safetensors", &status) == 0 ? UInt64(status.st_ino) : 0
    }

    /// What a kill left.
    private func inspect(_ scratch: Scratch, _ run: String, _ tally: inout Tally) {
        if isWriting(scratch) { tally.midWrite += 1 }
        guard scratch.exists("run/checkpoints/last.safetensors") else {
            tally.early += 1
            return
        }
        do {
            let folder = try RunFolder(opening: run)
            for point in RunFolder.Point.always
            where FileManager.default.fileExists(atPath: folder.checkpointPath(point)) {
                _ = try folder.checkpoint(point)
            }
            let (epochs, state) = (try folder.metrics().map(\.epoch), try folder.checkpoint(.last).state)
            #expect(epochs.starts(with: 1..<state.epoch + 1))
            if epochs.count > state.epoch { tally.metricsAhead += 1 }
        } catch {
            tally.invalid += 1
            Issue.record("\(error)")
        }
    }

    private func report(_ tally: Tally, seconds: Double) -> String {
        """
        | what | count |
        |---|---|
        | SIGKILLs at random moments | \(tally.kills) |
        | … before the first checkpoint was written | \(tally.early) |
        | … that left a file half written beside the whole one | \(tally.midWrite) |
        | … between a line of metrics and its checkpoint | \(tally.metricsAhead) |
        | checkpoints found invalid | \(tally.invalid) |
        | trainings gone through from kill to kill | \(tally.trainings) |
        | … whose end differed from the uninterrupted one's | \(tally.different) |
        | seconds | \(Int(seconds.rounded())) |
        """
    }

    /// Puts the table between its two marks.
    private func write(_ words: String, to path: String) throws {
        let (from, to) = ("<!-- kills: begin -->\n", "<!-- kills: end -->\n")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let start = try #require(text.range(of: from)), end = try #require(text.range(of: to))
        let table = text[..<start.upperBound] + words + "\n" + text[end.lowerBound...]
        try String(table).write(toFile: path, atomically: true, encoding: .utf8)
    }
}
