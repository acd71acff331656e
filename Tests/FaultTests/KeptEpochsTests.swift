import Foundation
import Runs
import TestSupport
import Testing
import Training

/// Checkpoints of single epochs, through whatever a run goes through.
@Suite struct KeptEpochsTests {
    private static let files = (1...3).map { "run/checkpoints/epoch-000\($0).safetensors" }

    @Test func everyEpochStaysAsItWas() throws {
        let (scratch, training) = try Self.record(3)
        for (file, epoch) in zip(Self.files, training.epochs) {
            #expect(try scratch.bytes(file) == epoch.checkpoint.serialized())
        }
        let run = try RunFolder(opening: scratch.path + "/run")
        #expect(try run.points.map(\.rawValue).suffix(4) == ["previous", "epoch-0001", "epoch-0002", "epoch-0003"])
        #expect(try run.checkpoint(.epoch(2)).state.epoch == 2)
        #expect(try run.model(.epoch(2), threads: 1).architecture == SmallTraining.architecture)
    }

    @Test func withoutTheWishNoneStays() throws {
        let (scratch, _) = try Self.record(3, keepsEpochs: .none)
        #expect(Self.files.filter(scratch.exists) == [])
    }

    @Test func theThinnedSetGrowsFartherApart() {
        let kept = (1...10_000).filter(KeptEpochs.thinned.keeps)
        let expected = [
            1, 2, 3, 5, 8, 13, 20, 30, 50, 80, 130, 200, 300, 500, 800, 1300, 2000, 3000, 5000, 8000,
        ]
        #expect(kept == expected)
        #expect(KeptEpochs.thinned.keeps(1_300_000_000))
        #expect((1...99).allSatisfy(KeptEpochs.all.keeps) && !(1...99).contains(where: KeptEpochs.none.keeps))
    }

    /// At epoch 3 both choices have left the same files: what goes on is what the run was begun with.
    @Test(arguments: KeptEpochs.allCases)
    func aRunGoesOnWithItsOwnChoice(_ choice: KeptEpochs) throws {
        let (scratch, training) = try Self.record(3, keepsEpochs: choice)
        let run = try RunFolder(opening: scratch.path + "/run")
        let recorder = try RunRecorder.resume(run, epochs: 5).recorder
        let later = training.epochs[2].checkpoint.extended(to: 5)
        for epoch in 4...5 {
            var (metrics, checkpoint) = (training.epochs[2].metrics, later)
            metrics.epoch = epoch
            checkpoint.state.epoch = epoch
            try recorder.record(metrics, checkpoint)
        }
        let kept = try run.points.compactMap(\.epoch)
        #expect(kept == [KeptEpochs.all: [1, 2, 3, 4, 5], .thinned: [1, 2, 3, 5], .none: []][choice])
    }

    @Test func anotherChoiceTakesThePlaceOfTheOld() throws {
        let (scratch, _) = try Self.record(2)
        let run = try RunFolder(opening: scratch.path + "/run")
        _ = try RunRecorder.resume(run, keepsEpochs: .thinned)
        #expect(try RunFolder(opening: run.path).configuration.keepsEpochs == .thinned)
    }

    /// They were written before `config.json` told what is kept.
    @Test(arguments: [(KeptEpochs.all, KeptEpochs.all), (.none, .none)])
    func aRunFromBeforeTheChoiceGoesOnAsItsFilesAre(_ files: KeptEpochs, _ expected: KeptEpochs) throws {
        let (scratch, _) = try Self.record(2, keepsEpochs: files)
        let text = try scratch.text("run/config.json")
        let older = text.replacing(#/ *"keeps_epochs" : "[a-z]+",?\n/#, with: "")
        try #require(older != text)
        try scratch.write(older, to: "run/config.json")
        let run = try RunFolder(opening: scratch.path + "/run")
        #expect(run.configuration.keepsEpochs == nil)
        #expect(try RunRecorder.resume(run).recorder.run.configuration.keepsEpochs == expected)
    }

    /// What lies beyond the checkpoint is written again, and must not be taken for part of the run meanwhile.
    @Test func goingBackForgetsWhatLiesAhead() throws {
        let (scratch, training) = try Self.record(3)
        let path = scratch.path + "/run"
        _ = try RunRecorder.resume(try RunFolder(opening: path), from: .file(scratch.path + "/" + Self.files[0]))
        #expect(Self.files.filter(scratch.exists) == [Self.files[0]])
        // Without a word a run goes on as it began.
        let resumption = try RunRecorder.resume(try RunFolder(opening: path))
        try resumption.recorder.record(training.epochs[1].metrics, training.epochs[1].checkpoint)
        #expect(try scratch.bytes(Self.files[1]) == training.epochs[1].checkpoint.serialized())
    }

    /// As a kill between the epoch's own file and `last` leaves it.
    @Test func anEpochAheadOfTheLastCheckpointIsANote() throws {
        let (scratch, training) = try Self.record(2)
        try scratch.write(try training.epochs[2].checkpoint.serialized(), to: Self.files[2])
        try scratch.copy(scratch, Self.files[1], as: Self.files[0])
        let words = try Self.findings(scratch, training).filter { $0.part.contains("epoch-") && $0.status != .ok }
        #expect(
            words.map { "\($0.status) \($0.part): \($0.words)" } == [
                "fault checkpoints/epoch-0001.safetensors: stands at 2 epochs, step 6",
                "note checkpoints/epoch-0003.safetensors: is ahead of the last checkpoint: going on writes it again",
            ])
        _ = try RunRecorder.resume(try RunFolder(opening: scratch.path + "/run"))
        #expect(!scratch.exists(Self.files[2]))
    }

    @Test func aDamagedLastCheckpointFallsBackToAnEpoch() throws {
        let (scratch, _) = try Self.record(3)
        for name in ["last", "best", "previous"] { try scratch.write("x", to: "run/checkpoints/\(name).safetensors") }
        let run = try RunFolder(opening: scratch.path + "/run")
        let resumption = try RunRecorder.resume(run)
        #expect(resumption.checkpoint?.state.epoch == 3)
        #expect(resumption.remarks.last == "falling back to \(run.checkpointPath(.epoch(3))): 3 epochs, step 9")
    }

    @Test func aLongerRunTakesItsEpochsAlong() throws {
        let (scratch, training) = try Self.record(3)
        _ = try RunRecorder.resume(try RunFolder(opening: scratch.path + "/run"), epochs: 5)
        for (file, epoch) in zip(Self.files, training.epochs) {
            #expect(try scratch.bytes(file) == epoch.checkpoint.extended(to: 5).serialized())
        }
    }

    @Test func anotherRunInItsPlaceHasNone() throws {
        let (scratch, training) = try Self.record(3)
        let recorder = try RunRecorder.create(scratch.path + "/run", training.configuration, overwrite: true)
        // They are the old run's until the new one has its first checkpoint.
        #expect(Self.files.filter(scratch.exists) == Self.files)
        try recorder.record(training.epochs[0].metrics, training.epochs[0].checkpoint)
        #expect(Self.files.filter(scratch.exists) == [])
    }

    @Test(arguments: ["last", "best", "previous", "epoch-0001", "epoch-0999", "epoch-12345", "epoch-1000000"])
    func aPointReadsItsOwnName(_ name: String) {
        #expect(RunFolder.Point(rawValue: name)?.rawValue == name)
    }

    @Test(arguments: [
        "", "Last", "epoch", "epoch-", "epoch-1", "epoch-0000", "epoch-00001", "epoch-+001", "epoch--001",
        "epoch-1000001", "epoch-99999999999999999999", "epoch-0001.safetensors", "../last",
    ])
    func otherNamesAreNoPoints(_ name: String) {
        #expect(RunFolder.Point(rawValue: name) == nil)
    }

    /// The first epochs of a training in `run`.
    private static func record(_ count: Int, keepsEpochs: KeptEpochs = .all) throws -> (Scratch, SmallTraining) {
        let (scratch, training) = (Scratch(), try SmallTraining())
        var configuration = training.configuration
        configuration.keepsEpochs = keepsEpochs
        let recorder = try RunRecorder.create(scratch.path + "/run", configuration, overwrite: false)
        for epoch in training.epochs.prefix(count) { try recorder.record(epoch.metrics, epoch.checkpoint) }
        return (scratch, training)
    }

    private static func findings(
        _ scratch: Scratch, _ training: SmallTraining
    ) throws -> [RunVerification.Finding] {
        try RunVerification(scratch.path + "/run") { _, _ in (training.images, training.images) }.findings
    }
}
