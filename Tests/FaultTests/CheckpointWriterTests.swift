import Formats
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// Every call of the checkpoint's writer fails once, in every way: the run stays whole.
@Suite struct CheckpointWriterTests {
    /// Epochs that the run's files can stand for after the third was to be written.
    private static let oldOrNew = [2, 3]

    @Test(arguments: FaultyDisk.Fault.allCases)
    func aFaultLeavesTheOldCheckpointOrTheNew(_ fault: FaultyDisk.Fault) throws {
        let training = try SmallTraining()
        let bytes = try training.epochs.map { try $0.checkpoint.serialized() }
        var (call, failures) = (0, 0)
        while true {
            let scratch = Scratch()
            let path = scratch.path + "/run"
            let disk = FaultyDisk()
            var error: (any Error)?
            do {
                let recorder = try RunRecorder.create(
                    path, training.configuration, overwrite: false, using: disk.operations)
                for epoch in training.epochs.prefix(2) { try recorder.record(epoch.metrics, epoch.checkpoint) }
                disk.arm(fault, at: call)
                do {
                    try recorder.record(training.epochs[2].metrics, training.epochs[2].checkpoint)
                } catch let caught {
                    error = caught
                }
            }
            // The fault was for a call that never came: all have been tried.
            if disk.count <= call { break }
            if let error {
                failures += 1
                guard case .notSaved(path, let cause, kept: "2 epochs, step 6") = error as? RunError else {
                    throw error
                }
                #expect(!cause.isMissing)
            }
            // Before anything is mended: what stands there is whole.
            let last = try scratch.bytes("run/checkpoints/last.safetensors")
            #expect(bytes[1...].contains(last), "\(fault) at call \(call)")
            if error == nil { #expect(last == bytes[2], "\(fault) at call \(call)") }
            for point in RunFolder.Point.always {
                _ = try RunFolder(opening: path).checkpoint(point)
            }
            // Going on: nothing of a failed write stays, and metrics end where the checkpoint does.
            let resumption = try RunRecorder.resume(try RunFolder(opening: path))
            #expect(scratch.files("run").filter { $0.hasSuffix(".tmp") } == [], "\(fault) at call \(call)")
            let state = try #require(resumption.checkpoint).state
            #expect(Self.oldOrNew.contains(state.epoch))
            #expect(try resumption.recorder.run.metrics().map(\.epoch) == Array(1...state.epoch))
            #expect(resumption.remarks == [])
            call += 1
        }
        // Metrics, best, last: each with opening, writing, synchronizing, reading back and renaming.
        #expect(call >= 20)
        #expect(fault == .short ? failures == 0 : failures > 0)
    }

    /// The first checkpoint of all has none before it.
    @Test(arguments: [FaultyDisk.Fault.full, .gone])
    func aFaultInTheFirstCheckpointLeavesARunThatBeginsAnew(_ fault: FaultyDisk.Fault) throws {
        let training = try SmallTraining()
        for call in 0..<8 {
            let scratch = Scratch()
            let disk = FaultyDisk()
            do {
                let recorder = try RunRecorder.create(
                    scratch.path + "/run", training.configuration, overwrite: false, using: disk.operations)
                disk.arm(fault, at: call)
                let error = #expect(throws: RunError.self) {
                    try recorder.record(training.epochs[0].metrics, training.epochs[0].checkpoint)
                }
                #expect("\(try #require(error))".contains("Nothing of the training was saved yet."))
            }
            let resumption = try RunRecorder.resume(try RunFolder(opening: scratch.path + "/run"))
            #expect(resumption.checkpoint == nil)
            #expect(try resumption.recorder.run.metrics() == [])
            #expect(scratch.files("run").filter { $0.hasSuffix(".tmp") } == [])
        }
    }

    /// What is said to be saved is what going on finds, also where `best` was written and `last` was not.
    @Test func whatIsSaidToBeSavedIsWhatGoingOnFinds() throws {
        let training = try SmallTraining(keepsEpochs: .all)
        var (call, saved) = (0, 0)
        while true {
            let scratch = Scratch()
            let disk = FaultyDisk()
            var words = ""
            do {
                let recorder = try RunRecorder.create(
                    scratch.path + "/run", training.configuration, overwrite: false, using: disk.operations)
                disk.arm(.full, at: call)
                do {
                    try recorder.record(training.epochs[0].metrics, training.epochs[0].checkpoint)
                } catch {
                    words = "\(error)"
                }
            }
            if disk.count <= call { break }
            call += 1
            if words.isEmpty { continue }
            let resumption = try RunRecorder.resume(try RunFolder(opening: scratch.path + "/run"))
            #expect(words.contains("Nothing of the training was saved yet.") == (resumption.checkpoint == nil))
            let isTold = words.contains("Saved is what the run was after 1 epoch, step 3.")
            #expect(isTold == (resumption.checkpoint?.state.epoch == 1), "\(words)")
            if isTold { saved += 1 }
        }
        #expect(call >= 20 && saved >= 5)
    }

    @Test func aDiskThatGivesBackOtherBytesIsFoundOut() {
        let scratch = Scratch()
        let disk = FaultyDisk()
        // Calls: a look at what stands there, create, write.
        disk.arm(.lying, at: 2)
        let path = scratch.path + "/a"
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write([1, 2, 3], to: path, using: disk.operations)
        }
        #expect(error?.description == "\(path): cannot verify: Input/output error")
        #expect(scratch.files("") == [])
    }

    /// File systems without hard links.
    @Test func withoutLinksTheOldFileIsRenamed() throws {
        let scratch = Scratch()
        var system = FileOperations.system
        system.link = { _, _ in -Int(EPERM) }
        let path = scratch.path + "/a"
        for value: UInt8 in 1...3 {
            try AtomicFile.write([value], to: path, keepingOldAs: scratch.path + "/b", using: system)
        }
        #expect(try scratch.bytes("a") == [3])
        #expect(try scratch.bytes("b") == [2])
        #expect(scratch.files("") == ["a", "b"])
    }

    @Test func anOldFileIsKeptUnderAnotherName() throws {
        let scratch = Scratch()
        for value: UInt8 in 1...3 {
            try AtomicFile.write([value], to: scratch.path + "/a", keepingOldAs: scratch.path + "/b")
        }
        #expect(try scratch.bytes("a") == [3])
        #expect(try scratch.bytes("b") == [2])
        // As a kill between the second name and the new file leaves them: two names of one file.
        try FileManager.default.removeItem(atPath: scratch.path + "/b")
        try FileManager.default.linkItem(atPath: scratch.path + "/a", toPath: scratch.path + "/b")
        try AtomicFile.write([4], to: scratch.path + "/a", keepingOldAs: scratch.path + "/b")
        #expect(try scratch.bytes("b") == [3])
        #expect(scratch.files("") == ["a", "b"])
    }

    @Test(arguments: [
        (".last.safetensors.12-3.tmp", true), (".a.1-1.tmp", true), ("a.1-1.tmp", false), (".lock", false),
        (".vimrc.tmp", false), (".a.1.tmp", false), (".a.x-1.tmp", false), (".1-1.tmp", false),
    ])
    func temporaryFilesAreKnownByName(_ name: String, _ isTemporary: Bool) {
        #expect(AtomicFile.isTemporary(name) == isTemporary)
    }
}
