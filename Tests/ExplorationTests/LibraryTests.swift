import Exploration
import Formats
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// What is listed, whatever lies among the runs.
@Suite struct LibraryTests {
    private let runs = SmallRuns()

    @Test func aRunIsDescribed() async throws {
        try await runs.train("a")
        let summary = try #require(try RunLibrary([runs.path]).runs().first)
        let last = try #require(try RunFolder(opening: runs.path + "/a").metrics().last)
        #expect(summary.id == "a" && summary.name == "a" && summary.state == .finished && summary.problem == nil)
        #expect(summary.epochsDone == 2 && summary.epochs == 2 && summary.latent == 3)
        #expect(summary.isVariational == true && summary.imageShape == [10, 9, 2])
        #expect(summary.validationLoss == last.validation?.loss)
        #expect(
            String(decoding: summary.json, as: UTF8.self).hasPrefix(
                #"{"id":"a","name":"a","state":"finished","problem":null,"epochs_done":2,"epochs":2,"latent":3,"#
                    + #""is_variational":true,"image_shape":[10,9,2],"val_loss":"#))
    }

    /// A writer holds the folder's lock; who only looks never keeps one out.
    @Test func theLockTellsTrainingFromInterrupted() throws {
        var recorder: RunRecorder? = try RunRecorder.create(
            runs.path + "/a", SmallRuns.configuration(), overwrite: false)
        let library = try RunLibrary([runs.path])
        #expect(library.runs().map(\.state) == [.training])
        #expect(recorder != nil)
        recorder = nil
        #expect(library.runs().map(\.state) == [.interrupted])
        for _ in 0..<200 {
            _ = library.runs()
            _ = try RunRecorder.create(runs.path + "/a", SmallRuns.configuration(), overwrite: true)
        }
    }

    /// As a child has it that another thread has forked, until it becomes a program of its own: the same open file.
    @Test func aLockEndsWhoeverElseHasItsFile() throws {
        let path = runs.path + "/a"
        var recorder: RunRecorder? = try RunRecorder.create(path, SmallRuns.configuration(), overwrite: false)
        let library = try RunLibrary([runs.path])
        var (lock, file) = (stat(), stat())
        #expect(stat(path + "/.lock", &lock) == 0)
        let copies = (0..<1024).filter {
            fstat($0, &file) == 0 && file.st_ino == lock.st_ino && file.st_dev == lock.st_dev
        }
        .map { dup($0) }
        defer { for copy in copies { close(copy) } }
        #expect(copies.count == 1)
        #expect(recorder != nil)
        #expect(library.runs().map(\.state) == [.training])
        recorder = nil
        #expect(library.runs().map(\.state) == [.interrupted])
        _ = try RunRecorder.create(path, SmallRuns.configuration(), overwrite: true)
    }

    /// Hostile folders: each is listed as what it is, and none ends the listing.
    @Test func nothingEndsTheListing() async throws {
        try await runs.train("a")
        try await runs.train("z")
        let scratch = runs.scratch
        try scratch.write("{\"format\":\"another program's\"}", to: "runs/foreign/config.json")
        try scratch.write("{\"format\":\"swift-vae run\",\"version\":9}", to: "runs/newer/config.json")
        try scratch.write(String(repeating: "[", count: 100_000), to: "runs/deep/config.json")
        try scratch.write("", to: "runs/half/.lock")
        try scratch.copy(scratch, "runs/a", as: "runs/broken-metrics")
        try scratch.write("{}\n", to: "runs/broken-metrics/metrics.jsonl")
        try scratch.write("", to: "runs/<script>alert(1)</script>".replacing("/script", with: "script") + "/x")
        try scratch.write("a file", to: "runs/file")
        let manager = FileManager.default
        try manager.createDirectory(atPath: runs.path + "/folder/config.json", withIntermediateDirectories: true)
        try manager.createSymbolicLink(atPath: runs.path + "/loop", withDestinationPath: runs.path + "/loop")
        try manager.createSymbolicLink(atPath: runs.path + "/parent", withDestinationPath: runs.path)
        try manager.createDirectory(atPath: runs.path + "/pipe", withIntermediateDirectories: true)
        #expect(mkfifo(runs.path + "/pipe/config.json", 0o600) == 0)
        try scratch.copy(scratch, "runs/a", as: "runs/pipe-metrics")
        try manager.removeItem(atPath: runs.path + "/pipe-metrics/metrics.jsonl")
        #expect(mkfifo(runs.path + "/pipe-metrics/metrics.jsonl", 0o600) == 0)

        let list = try RunLibrary([runs.path]).runs()
        let problems = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.problem ?? $0.state.rawValue) })
        #expect(
            problems == [
                "a": "finished", "z": "finished",
                "<script>alert(1)<script>":
                    "<script>alert(1)<script>: expected a run folder, found no config.json in it",
                "broken-metrics":
                    "broken-metrics/metrics.jsonl, byte 0: expected an epoch's metrics, found {}: no epoch",
                "deep": "deep/config.json, byte 64: expected JSON nested at most 64 deep, found a deeper value",
                "folder": "folder/config.json: expected a file, found a folder",
                "foreign": "foreign/config.json: expected the format \"swift-vae run\", found another program's",
                "half": "half: expected a run folder, found no config.json in it",
                "loop": "loop: expected a run folder, found a link that leads nowhere",
                "newer": "newer/config.json: expected run version 2 or older, found version 9",
                "parent": "parent: expected a run folder, found no config.json in it",
                "pipe": "pipe/config.json: expected a file, found a device or pipe",
                "pipe-metrics": "pipe-metrics/metrics.jsonl: expected a file, found a device or pipe",
            ])
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        for run in list { #expect(!run.id.isEmpty && run.id.allSatisfy(allowed.contains) && run.id.first != ".") }
        #expect(Set(list.map(\.id)).count == list.count)
        #expect(list.first { $0.name.hasPrefix("<") }?.id == "-script-alert-1--script-")
    }

    @Test func whatIsMendedIsListedAnew() async throws {
        try await runs.train("a")
        let library = try RunLibrary([runs.path])
        let configuration = try runs.scratch.bytes("runs/a/config.json")
        try runs.scratch.write("{", to: "runs/a/config.json")
        #expect(library.runs().map(\.state) == [.unreadable])
        try runs.scratch.write(configuration, to: "runs/a/config.json")
        #expect(library.runs().map(\.state) == [.finished])
        try FileManager.default.removeItem(atPath: runs.path + "/a")
        #expect(library.runs() == [])
        let error = #expect(throws: ExplorationError.self) { _ = try library.folder(of: "a") }
        #expect(error?.kind == .unknown)
    }

    @Test func runsOfSeveralFoldersHaveIdsOfTheirOwn() async throws {
        try await runs.train("a")
        for folder in ["other", "runs/deeper"] { try runs.scratch.copy(runs.scratch, "runs/a", as: "\(folder)/a") }
        let path = runs.scratch.path
        let library = try RunLibrary([runs.path + "/a/", path + "/other", path + "/runs/deeper/a", runs.path + "/a"])
        #expect(library.runs().map(\.id) == ["a", "a-2", "a-3"])
        #expect(try library.folder(of: "a-2").path == path + "/other/a")
        #expect(try library.folder(of: nil).path == runs.path + "/a")
        for id in ["", "..", "a/../a", "/etc/passwd", "a-4", "\u{0}"] {
            #expect(throws: ExplorationError.self) { _ = try library.folder(of: id) }
        }
    }

    @Test func aPathWithoutAFolderIsRefused() throws {
        #expect(throws: RunError.missing(path: "/nowhere")) { _ = try RunLibrary(["/nowhere"]) }
        try runs.scratch.write("", to: "runs/file")
        #expect(throws: RunError.self) { _ = try RunLibrary([runs.path + "/file"]) }
        let library = try RunLibrary([runs.path])
        #expect(library.runs() == [])
        let error = #expect(throws: ExplorationError.self) { _ = try library.folder(of: nil) }
        #expect(error?.description == "there is no run yet")
    }

    /// The second listing asks for nothing but stamps: far less than the first takes.
    @Test func aThousandRunsStayQuick() async throws {
        try await runs.train("run")
        for number in 1..<1000 {
            try FileManager.default.createSymbolicLink(
                atPath: "\(runs.path)/run-\(number)", withDestinationPath: runs.path + "/run")
        }
        let library = try RunLibrary([runs.path])
        #expect(library.runs().count { $0.state == .finished } == 1000)
        let times = (0..<5).map { _ in ContinuousClock().measure { _ = library.runs() } }
        #expect(try #require(times.min()) < .milliseconds(200), "\(times)")
    }
}
