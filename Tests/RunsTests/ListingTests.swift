import Formats
import Foundation
import Models
import Settings
import TestSupport
import Testing
import Training

@testable import Runs

/// What is listed, and how it is chosen and put in order.
@Suite struct ListingTests {
    private let scratch = Scratch()

    private func list() throws -> [ListedRun] {
        try ListedRun.all(in: [scratch.path], threads: 2) { $0 }
    }

    // MARK: What lies among runs

    /// Each strange folder is what it is, and none ends the listing.
    @Test func nothingEndsTheListing() async throws {
        try await SmallListedRun.make("a", in: scratch)
        try await SmallListedRun.make("begun", in: scratch, trains: false)
        let manager = FileManager.default
        try scratch.write("a file", to: "file")
        try scratch.write("x", to: "plain/x")
        try scratch.write("", to: "half/.lock")
        try scratch.write("{}", to: "foreign/config.json")
        try scratch.write(#"{"format":"swift-vae run","version":9}"#, to: "newer/config.json")
        try scratch.copy(scratch, "a", as: "bad-metrics")
        try scratch.write("{}\n", to: "bad-metrics/metrics.jsonl")
        try scratch.copy(scratch, "a", as: "bad-tags")
        try scratch.write("[]", to: "bad-tags/.vae-tags.json")
        try manager.createSymbolicLink(atPath: scratch.path + "/loop", withDestinationPath: "loop")
        try manager.createSymbolicLink(atPath: scratch.path + "/nowhere", withDestinationPath: "gone")
        try manager.createSymbolicLink(atPath: scratch.path + "/to-a", withDestinationPath: "a")
        try manager.createSymbolicLink(atPath: scratch.path + "/to-file", withDestinationPath: "file")
        try manager.createDirectory(atPath: scratch.path + "/.hidden", withIntermediateDirectories: true)
        let isListedAsBytes = mkdir(scratch.path + "/bad-", 0o777) == 0 && rawRename("bad-", to: [0x62, 0xFF])

        let found = try list().map { run in
            (run.name, run.problem?.replacing(scratch.path + "/", with: "") ?? run.state.rawValue)
        }
        var expected = [
            "a": "finished", "begun": "interrupted", "to-a": "finished",
            "bad-metrics": "bad-metrics/metrics.jsonl, byte 0: expected an epoch's metrics, found {}: no epoch",
            "bad-tags": "bad-tags/.vae-tags.json: expected the format \"swift-vae tags\", found none",
            "foreign": "foreign/config.json: expected the format \"swift-vae run\", found none",
            "half": "half: expected a run folder, found no config.json in it",
            "loop": "loop: expected a run folder, found a link that leads nowhere",
            "newer": "newer/config.json: expected run version 2 or older, found version 9",
            "nowhere": "nowhere: expected a run folder, found a link that leads nowhere",
            "plain": "plain: expected a run folder, found no config.json in it",
        ]
        // Some file systems take no such name.
        if isListedAsBytes { expected["b\u{FFFD}"] = "b\u{FFFD}: expected a name in UTF-8, found other bytes in it" }
        #expect(Dictionary(uniqueKeysWithValues: found) == expected)
        #expect(found.map(\.0) == found.map(\.0).sorted())
    }

    private func rawRename(_ name: String, to bytes: [UInt8]) -> Bool {
        let target = Array(scratch.path.utf8) + [UInt8(ascii: "/")] + bytes + [0]
        return target.withUnsafeBufferPointer { target in
            target.withMemoryRebound(to: CChar.self) { rename(scratch.path + "/" + name, $0.baseAddress!) == 0 }
        }
    }

    @Test func aPathWithoutAFolderIsRefused() throws {
        #expect(throws: RunError.missing(path: "nowhere")) { try ListedRun.all(in: ["nowhere/"], threads: 1) { $0 } }
        try scratch.write("x", to: "file")
        let path = scratch.path + "/file"
        #expect(throws: RunError.missing(path: path)) { try ListedRun.all(in: [path], threads: 1) { $0 } }
    }

    // MARK: Values

    @Test func columnsAreSettingsAndMetrics() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, SmallListedRun.configuration(latent: 3))
        let metrics = try run.metrics()
        let columns = try #require(try list().first).columns()
        func value(_ name: String) -> JSONValue? { columns.first { $0.name == name }?.value }
        #expect(Set(columns.map(\.name)).count == columns.count)
        #expect(value("name") == "a" && value("state") == "finished" && value("model") == "small")
        #expect(value("latent") == 3 && value("epochs") == 3 && value("epoch") == 3 && value("batch_size") == 8)
        #expect(value("plain_autoencoder") == false && value("learning_rate") == 0.001)
        #expect(value("val_loss")?.number == metrics[2].validation?.loss)
        #expect(value("kl_nats")?.number == metrics[2].training.klNats)
        let best = try #require(metrics.min { $0.score < $1.score })
        #expect(value("best_epoch")?.integer == best.epoch)
        #expect(value("best_val_kl_loss")?.number == best.validation?.kl)
        #expect(value("collapse") == metrics[2].collapse.map { .string($0.rawValue) })
        let files = try RunPart.parts(in: run.path).map { try scratch.bytes("a/\($0)").count }
        #expect(value("size")?.integer == files.reduce(0, +))
    }

    /// Also where it is neither the first nor the last, whatever the others' numbers look like.
    @Test(arguments: [[3.0, 1, 2], [1, 2, 3], [3, 2, 1], [1e-7, 1e-8, 1e5], [2, 1, 1], [-1, -2, 4]])
    func theBestLineIsFound(_ scores: [Double]) async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        for (place, score) in scores.enumerated() {
            try run.log.append(Self.metrics(place + 1, validation: score))
        }
        let (last, best) = try run.log.lastAndBest()
        #expect(last?.epoch == scores.count)
        #expect(best?.epoch == scores.firstIndex(of: scores.min()!)! + 1)
        #expect(best?.validation?.loss == scores.min())
    }

    @Test func withoutAValidationTheLossDecides() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        #expect(try run.log.lastAndBest().last == nil)
        for (epoch, loss) in [(1, 3.0), (2, 1), (3, 2)] {
            try run.log.append(Self.metrics(epoch, training: loss, validation: nil))
        }
        #expect(try run.log.lastAndBest().best?.epoch == 2)
        // A line that is being written does not count.
        let text = try scratch.text("a/metrics.jsonl")
        try scratch.write(text + text.prefix(50), to: "a/metrics.jsonl")
        #expect(try run.log.lastAndBest().last?.epoch == 3)
    }

    /// Of other programs, which may put spaces where ours have none.
    @Test func linesOfAnotherFormAreReadAsAWhole() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        for (epoch, loss) in [(1, 3.0), (2, 1), (3, 2)] { try run.log.append(Self.metrics(epoch, validation: loss)) }
        let text = try scratch.text("a/metrics.jsonl").replacing(/,"crc32":"[0-9a-f]*"/, with: "")
        try scratch.write(text.replacing(":", with: " : "), to: "a/metrics.jsonl")
        #expect(try run.log.lastAndBest().best?.epoch == 2)
    }

    /// A damaged number is no better than the others: its line's checksum says so.
    @Test func aDamagedBestLineIsAFault() async throws {
        let run = try await SmallListedRun.make("a", in: scratch, trains: false)
        for epoch in 1...3 { try run.log.append(Self.metrics(epoch, validation: 5)) }
        let text = try scratch.text("a/metrics.jsonl")
        let second = text.split(separator: "\n")[0].utf8.count + 1
        try scratch.write(
            text.replacing("\"val_loss\":5", with: "\"val_loss\":1", maxReplacements: 2)
                .replacing("\"val_loss\":1", with: "\"val_loss\":5", maxReplacements: 1), to: "a/metrics.jsonl")
        let problem = try #require(ListedRun(at: run.path).problem)
        #expect(problem.hasPrefix("\(run.path)/metrics.jsonl, byte \(second): expected an epoch's metrics"))
    }

    private static func metrics(_ epoch: Int, training: Double = 9, validation: Double?) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, step: 3 * epoch,
            training: LossTerms(reconstruction: training, kl: 0, klNats: 0, images: 20),
            validation: validation.map { LossTerms(reconstruction: $0, kl: 0, klNats: 0, images: 20) }, warmUpFactor: 1,
            imagesPerSecond: 1, seconds: 1, collapse: nil)
    }

    // MARK: Conditions

    @Test(
        arguments: [
            ("latent=8", 8, true), ("latent=8.0", 8, true), ("latent!=8", 8, false), ("latent<8", 8, false),
            ("latent<=8", 8, true), ("latent>=8", 8, true), ("latent>7.5", 8, true), ("latent=9", 8, false),
            ("latent=08", 8, true), ("latent=1e1", 10.0, true), ("latent=", "", true), ("latent<b", "a", true),
            ("latent>b", "a", false), ("latent=true", true, true), ("latent!=x", nil, true), ("latent=x", nil, false),
            ("latent<1", nil, false), ("latent=a", ["a", "b"], true), ("latent=c", ["a", "b"], false),
            ("latent!=a", ["a", "b"], false), ("latent!=c", ["a", "b"], true), ("latent<c", ["a", "b"], false),
            ("latent=a=b", "a=b", true), ("latent<nan", 1, false),
        ] as [(String, JSONValue?, Bool)])
    func aConditionHolds(_ text: String, _ value: JSONValue?, _ holds: Bool) throws {
        let condition = try #require(RunCondition(text))
        #expect(condition.column == "latent")
        #expect(condition.holds(value) == holds)
    }

    @Test(arguments: ["", "latent", "=8", "<", "!8", "latent==2", "latent!==2", "latent=>2", "latent>"])
    func otherWordsAreNoCondition(_ text: String) {
        #expect(RunCondition(text) == nil)
    }

    @Test func aSettingIsTheNumberThatItWas() {
        #expect(JSONValue(settingText: "8") == 8 && JSONValue(settingText: "1e-07") == 1e-7)
        #expect(JSONValue(settingText: "true") == true && JSONValue(settingText: "elbo") == "elbo")
        #expect(JSONValue(settingText: "\(UInt64.max)") == "18446744073709551615")
        #expect(JSONValue(settingText: "inf") == "inf")
    }

    @Test func timesAreWritten() {
        #expect(Timestamp.utc(0) == "1970-01-01T00:00:00Z")
        #expect(Timestamp.utc(1_709_210_096.9) == "2024-02-29T12:34:56Z")
        #expect(Timestamp.local(1_709_210_096).wholeMatch(of: /2024-02-(28|29|01) \d\d:\d\d/) != nil)
    }
}
