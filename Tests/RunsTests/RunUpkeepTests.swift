import Formats
import Foundation
import TestSupport
import Testing

@testable import Runs

/// Tags, removal and comparison of runs.
@Suite struct RunUpkeepTests {
    private let scratch = Scratch()

    // MARK: Tags

    @Test func tagsAreAddedAndRemoved() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        #expect(try RunTags(of: run).tags == [])
        #expect(try RunTags.change(of: run, adding: ["b", "a", "b"], removing: ["c"]).tags == ["a", "b"])
        #expect(
            try scratch.text("a/.vae-tags.json") == #"{"format":"swift-vae tags","version":1,"tags":["a","b"]}"# + "\n")
        // What is taken away and given in one is given.
        #expect(try RunTags.change(of: run, adding: ["c"], removing: ["a", "b", "c"]).tags == ["c"])
        #expect(try RunTags(of: run).tags == ["c"])
        #expect(try RunTags.change(of: run, adding: [], removing: ["c"]).tags == [])
        #expect(!scratch.exists("a/.vae-tags.json"))
    }

    @Test func nothingElseOfTheRunChanges() async throws {
        let run = try await SmallListedRun.make("a", in: scratch)
        func contents() throws -> [String: [UInt8]] {
            try Dictionary(
                uniqueKeysWithValues: scratch.files("a").filter { $0 != ".vae-tags.json" }
                    .map { ($0, try scratch.bytes("a/\($0)")) })
        }
        let before = try contents()
        _ = try RunTags.change(of: run, adding: ["best"], removing: [])
        #expect(try contents() == before)
        // A run under training, too.
        let recorder = try RunRecorder.resume(run)
        _ = try RunTags.change(of: run, adding: ["live"], removing: [])
        #expect(try RunTags(of: run).tags == ["best", "live"])
        withExtendedLifetime(recorder) {}
        #expect(
            try RunVerification(run.path) { _, _ in throw RunError.missing(path: "") }.findings
                .allSatisfy { $0.status == .ok || $0.part == "images" })
    }

    @Test func severalProcessesTakeTurns() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for tag in 0..<20 {
                group.addTask { _ = try RunTags.change(of: run, adding: ["t\(tag)"], removing: []) }
            }
            try await group.waitForAll()
        }
        #expect(try RunTags(of: run).tags.count == 20)
        #expect(throws: RunError.tooManyTags(path: run.path, most: 100)) {
            _ = try RunTags.change(of: run, adding: (0..<81).map { "u\($0)" }, removing: [])
        }
        #expect(try RunTags(of: run).tags.count == 20)
    }

    @Test(arguments: [
        ("", "byte 0: expected a JSON value, found the end"),
        ("[]", "expected the format \"swift-vae tags\", found none"),
        (#"{"format":"swift-vae tags","version":2,"tags":[]}"#, "expected tags of version 1, found version 2"),
        (#"{"format":"swift-vae tags","tags":[]}"#, "expected tags of version 1, found none"),
        (
            #"{"format":"swift-vae tags","version":1,"tags":["a b"]}"#,
            "expected at most 100 tags, of 1 to 64 letters, digits and -_.:/ each, found others"
        ),
        (
            #"{"format":"swift-vae tags","version":1,"tags":7}"#,
            "expected at most 100 tags, of 1 to 64 letters, digits and -_.:/ each, found others"
        ),
    ])
    func otherFilesAreNoTags(_ text: String, _ words: String) async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        try scratch.write(text, to: "a/.vae-tags.json")
        let error = #expect(throws: FormatError.self) {
            _ = try RunTags.change(of: run, adding: ["x"], removing: [])
        }
        #expect("\(try #require(error))".contains(words), "\(error!)")
        #expect(try scratch.text("a/.vae-tags.json") == text)
    }

    @Test func aTagIsAWord() {
        for tag in ["a", "A-b_c.d:e/f", String(repeating: "x", count: 64), "7"] { #expect(RunTags.isTag(tag)) }
        for tag in ["", "-a", "a b", "a,b", "é", "a\n", String(repeating: "x", count: 65)] {
            #expect(!RunTags.isTag(tag))
        }
    }

    // MARK: Removal

    @Test func aRunIsRemovedWhole() async throws {
        let run = try await SmallListedRun.make("a", in: scratch)
        _ = try RunTags.change(of: run, adding: ["x"], removing: [])
        try scratch.write("left by a kill", to: "a/checkpoints/.last.safetensors.1-2.tmp")
        try scratch.write("left by a kill", to: "a/.new-run/config.json")
        let removal = try RunRemoval(of: run.path + "/")
        #expect(removal.files.contains("config.json") && removal.files.contains(".vae-tags.json"))
        #expect(try removal.remove() == nil)
        #expect(!scratch.exists("a"))
        #expect(throws: RunError.missing(path: run.path)) { _ = try RunRemoval(of: run.path) }
    }

    @Test func whatNoRunWroteStays() async throws {
        let run = try await SmallListedRun.make("a", in: scratch)
        try scratch.write("mine", to: "a/notes.txt")
        try scratch.write("mine", to: "a/figures/mine.png")
        let disk = scratch.path + "/disk"
        try FileManager.default.moveItem(atPath: run.path + "/checkpoints", toPath: disk)
        try FileManager.default.createSymbolicLink(atPath: run.path + "/checkpoints", withDestinationPath: disk)
        #expect(try RunRemoval(of: run.path).remove() == ["checkpoints", "figures", "notes.txt"])
        #expect(scratch.files("a") == ["checkpoints", "figures/mine.png", "notes.txt"])
        #expect(scratch.files("disk") == [])
    }

    @Test func whatALinkLeadsToStays() async throws {
        _ = try await SmallListedRun.make("a", in: scratch)
        let before = scratch.files("a")
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: "a")
        let error = #expect(throws: FormatError.self) { try RunRemoval(of: scratch.path + "/link") }
        #expect(error?.found == "a link to one: name the run itself, or remove the link")
        #expect(scratch.files("a") == before)
    }

    @Test func aRunUnderTrainingIsRefused() async throws {
        let recorder = try RunRecorder.create(
            scratch.path + "/a", SmallListedRun.configuration(), overwrite: false)
        #expect(throws: RunError.locked(path: scratch.path + "/a")) { _ = try RunRemoval(of: scratch.path + "/a") }
        withExtendedLifetime(recorder) {}
        #expect(scratch.exists("a/config.json"))
    }

    /// One that begins between the look and the removal is left alone.
    @Test func aRunThatBeginsMeanwhileIsLeftAlone() async throws {
        let run = try await SmallListedRun.make("a", in: scratch)
        let (removal, before) = (try RunRemoval(of: run.path), scratch.files("a"))
        let recorder = try RunRecorder.resume(run)
        #expect(throws: RunError.locked(path: run.path)) { _ = try removal.remove() }
        withExtendedLifetime(recorder) {}
        #expect(scratch.files("a") == before)
    }

    @Test func onlyRunsAreRemoved() throws {
        try scratch.write("x", to: "plain/x")
        try scratch.write("{}", to: "foreign/config.json")
        try scratch.write("weights", to: "theirs/checkpoints/last.safetensors")
        try scratch.write("", to: "theirs/.lock")
        for (name, words) in [
            ("plain", "expected a run folder, found no config.json in it"),
            ("theirs", "expected a run folder, found no config.json in it"),
            ("foreign", "expected a run's config.json, found another program's"),
        ] {
            let error = #expect(throws: (any Error).self) { _ = try RunRemoval(of: "\(scratch.path)/\(name)") }
            #expect("\(try #require(error))".hasSuffix(words))
        }
        #expect(scratch.exists("plain/x") && scratch.exists("theirs/checkpoints/last.safetensors"))
    }

    /// What a process killed at its start leaves, and a run of a newer program, whose files of known names go.
    @Test func halfARunAndANewerOneAreRemoved() throws {
        try scratch.write("", to: "half/.lock")
        #expect(try RunRemoval(of: scratch.path + "/half").remove() == nil)
        try scratch.write(#"{"format":"swift-vae run","version":9}"#, to: "newer/config.json")
        try scratch.write("x", to: "newer/unknown.bin")
        #expect(try RunRemoval(of: scratch.path + "/newer").remove() == ["unknown.bin"])
        #expect(!scratch.exists("half") && !scratch.exists("newer/config.json"))
    }

    // MARK: Comparison

    @Test func runsDifferInSettingsDataAndMetrics() async throws {
        let one = try await SmallListedRun.make("a", in: scratch)
        let same = RunComparison(ListedRun(at: one.path), ListedRun(at: one.path))
        #expect(same.settings.isEmpty && same.data.isEmpty && same.metrics.isEmpty)
        var configuration = SmallListedRun.configuration(epochs: 2, latent: 3)
        configuration.data.limit = 20
        let other = try await SmallListedRun.make("b", in: scratch, configuration)
        let comparison = RunComparison(ListedRun(at: one.path), ListedRun(at: other.path))
        #expect(comparison.settings.map(\.name) == ["latent", "epochs"])
        #expect(comparison.settings[0].first == 2 && comparison.settings[0].second == 3)
        #expect(comparison.data.map(\.name) == ["limit"])
        #expect(comparison.data[0].first == nil && comparison.data[0].second == 20)
        #expect(Set(comparison.metrics.map(\.name)).isSuperset(of: ["epoch", "val_loss", "best_val_loss"]))
    }

    @Test func layersOfOneNameThatDifferAreToldOf() async throws {
        let one = try await SmallListedRun.make("a", in: scratch, trains: false)
        var configuration = SmallListedRun.configuration()
        configuration.training.architecture.encoder = [.flatten, .dense(5, activation: .relu)]
        let other = try await SmallListedRun.make("b", in: scratch, configuration, trains: false)
        let comparison = RunComparison(ListedRun(at: one.path), ListedRun(at: other.path))
        #expect(comparison.settings.map(\.name) == ["model"])
        #expect(comparison.settings[0].second == "small, changed")
    }
}
