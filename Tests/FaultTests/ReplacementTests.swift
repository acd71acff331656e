import Formats
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// A run takes the place of another: whatever fails, and whenever it is killed, one of the two is whole.
@Suite struct ReplacementTests {
    /// What the user put into the old run.
    private static let users = ["notes.txt", "checkpoints/favourite.safetensors", "figures/mine.png"]

    /// Three epochs, all kept, with figures and files of the user's own.
    private static func record(_ training: SmallTraining, in scratch: Scratch) throws {
        let recorder = try RunRecorder.create(scratch.path + "/run", training.configuration, overwrite: false)
        for epoch in training.epochs { try recorder.record(epoch.metrics, epoch.checkpoint) }
        for name in users + ["figures/grid.png", "report.html"] { try scratch.write(name, to: "run/\(name)") }
    }

    /// Every call of the writer fails once, in every way; `gone` is what a kill at that call leaves.
    @Test(arguments: FaultyDisk.Fault.allCases)
    func aFaultLeavesTheOldRunOrTheNew(_ fault: FaultyDisk.Fault) throws {
        let (old, new) = (try SmallTraining(keepsEpochs: .all), try SmallTraining(seed: 9))
        var (call, seeds) = (0, Set<UInt64>())
        while true {
            let scratch = Scratch()
            try Self.record(old, in: scratch)
            let disk = FaultyDisk()
            disk.arm(fault, at: call)
            var failure: (any Error)?
            do {
                let recorder = try RunRecorder.create(
                    scratch.path + "/run", new.configuration, overwrite: true, using: disk.operations)
                try recorder.record(new.epochs[0].metrics, new.epochs[0].checkpoint)
            } catch {
                failure = error
            }
            if disk.count <= call { break }

            // What readers find, who mend nothing.
            let found = try Self.wholeRun(scratch)
            seeds.insert(found.configuration.training.seed)
            if failure == nil { #expect(found.configuration == new.configuration, "\(fault) at call \(call)") }
            if case .notReplaced? = failure as? RunError { #expect(found.configuration == old.configuration) }
            // What the next writer makes of it.
            let resumption = try RunRecorder.resume(found)
            #expect(resumption.recorder.run.configuration == found.configuration)
            let isOld = found.configuration == old.configuration
            #expect(try #require(resumption.checkpoint).state.epoch == (isOld ? 3 : 1))
            let names = scratch.files("run")
            #expect(names.filter { $0.hasSuffix(".tmp") || $0.contains("-run/") } == [], "\(fault) at call \(call)")
            #expect(names.contains("figures/grid.png") == isOld)
            for name in Self.users { #expect(try scratch.text("run/\(name)") == name) }
            call += 1
        }
        #expect(call > 50)
        #expect(fault == .short ? seeds == [9] : seeds == [2, 9])
    }

    /// A run as it is read: all its checkpoints are its own, and its metrics lead up to the last of them.
    private static func wholeRun(_ scratch: Scratch) throws -> RunFolder {
        let run = try RunFolder(opening: scratch.path + "/run")
        let points = try run.points
        #expect(points.contains(.last) && points.contains(.best))
        for point in points { _ = try run.checkpoint(point) }
        #expect(try run.metrics().map(\.epoch) == Array(1...run.checkpoint(.last).state.epoch))
        return run
    }

    @Test func anOldRunStaysUntilTheNewOneHasACheckpoint() throws {
        let (old, new) = (try SmallTraining(keepsEpochs: .all), try SmallTraining(seed: 9))
        let scratch = Scratch()
        try Self.record(old, in: scratch)
        let before = scratch.files("run")
        do {
            let recorder = try RunRecorder.create(scratch.path + "/run", new.configuration, overwrite: true)
            #expect(try Self.wholeRun(scratch).configuration == old.configuration)
            try recorder.record(new.epochs[0].metrics, new.epochs[0].checkpoint)
            #expect(try Self.wholeRun(scratch).configuration == new.configuration)
            #expect(
                scratch.files("run").sorted()
                    == ([".lock", "config.json", "metrics.jsonl"] + Self.users
                    + ["checkpoints/best.safetensors", "checkpoints/last.safetensors"]).sorted())
            try recorder.record(new.epochs[1].metrics, new.epochs[1].checkpoint)
            #expect(scratch.exists("run/checkpoints/previous.safetensors"))
        }
        // One that never comes to a checkpoint leaves the run as it is.
        _ = try RunRecorder.create(scratch.path + "/run", old.configuration, overwrite: true)
        #expect(try Self.wholeRun(scratch).configuration == new.configuration)
        #expect(scratch.files("run").filter { $0.contains("-run/") } == [])
        #expect(before.contains("figures/grid.png"))
    }

    /// A run that cannot begin leaves no folder behind, neither its own nor one above it.
    @Test(arguments: [FaultyDisk.Fault.full, .broken])
    func aRunThatCannotBeginLeavesNothing(_ fault: FaultyDisk.Fault) throws {
        let training = try SmallTraining()
        var call = 0
        while true {
            let scratch = Scratch()
            let disk = FaultyDisk()
            disk.arm(fault, at: call)
            let path = scratch.path + "/deep/run"
            let isBegun =
                (try? RunRecorder.create(path, training.configuration, overwrite: false, using: disk.operations)) != nil
            if disk.count <= call { break }
            #expect(scratch.exists("deep") == isBegun, "\(fault) at call \(call)")
            call += 1
        }
        #expect(call > 15)
    }

    @Test func fileSystemsWithoutLinksGetCopies() throws {
        let (old, new) = (try SmallTraining(keepsEpochs: .all), try SmallTraining(seed: 9))
        let scratch = Scratch()
        try Self.record(old, in: scratch)
        var system = FileOperations.system
        system.link = { _, _ in -Int(EPERM) }
        let recorder = try RunRecorder.create(
            scratch.path + "/run", new.configuration, overwrite: true, using: system)
        for epoch in new.epochs { try recorder.record(epoch.metrics, epoch.checkpoint) }
        #expect(try Self.wholeRun(scratch).configuration == new.configuration)
        #expect(try scratch.bytes("run/checkpoints/last.safetensors") == new.epochs[2].checkpoint.serialized())
        #expect(try scratch.bytes("run/checkpoints/previous.safetensors") == new.epochs[1].checkpoint.serialized())
    }

    /// Checkpoints that the user keeps on another disk stay there.
    @Test func aLinkedFolderIsWrittenWhereItLeads() throws {
        let (old, new) = (try SmallTraining(keepsEpochs: .all), try SmallTraining(seed: 9))
        let scratch = Scratch()
        try Self.record(old, in: scratch)
        let (manager, folder) = (FileManager.default, scratch.path + "/run/checkpoints")
        try manager.moveItem(atPath: folder, toPath: scratch.path + "/store")
        try manager.createSymbolicLink(atPath: folder, withDestinationPath: "../store")
        var system = FileOperations.system
        system.link = { from, to in
            to.contains("/run/checkpoints/") && !from.contains("/run/checkpoints/")
                ? -Int(EXDEV) : FileOperations.system.link(from, to)
        }
        let recorder = try RunRecorder.create(
            scratch.path + "/run", new.configuration, overwrite: true, using: system)
        try recorder.record(new.epochs[0].metrics, new.epochs[0].checkpoint)
        #expect(try manager.destinationOfSymbolicLink(atPath: folder) == "../store")
        #expect(
            scratch.files("store").sorted() == ["best.safetensors", "favourite.safetensors", "last.safetensors"])
        #expect(try scratch.bytes("store/last.safetensors") == new.epochs[0].checkpoint.serialized())
        #expect(try Self.wholeRun(scratch).configuration == new.configuration)
    }

    /// Through the built program, at random moments around the first checkpoint.
    @Test func noKillWhileOneRunReplacesAnotherLosesBoth() throws {
        let scratch = try Reference.copy()
        var random = TestValues(seed: 4)
        for turn in 0..<6 {
            let arguments = Reference.arguments.map { $0 == "7" ? "\(20 + turn)" : $0 }
            let running = try Program.vae.start(
                arguments + ["--overwrite", "--checkpoint-every", "1", "--out", "run"], in: scratch)
            while running.process.isRunning, !scratch.exists("run/.new-run") { usleep(500) }
            usleep(UInt32(random.integer(0...60_000)))
            kill(running.process.processIdentifier, SIGKILL)
            _ = try running.wait()
            let run = try RunFolder(opening: scratch.path + "/run")
            #expect(try run.points.contains(.last))
            for point in try run.points { _ = try run.checkpoint(point) }
            let (epochs, state) = (try run.metrics().map(\.epoch), try run.checkpoint(.last).state)
            #expect(epochs.starts(with: 1..<state.epoch + 1))
        }
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(scratch.files("run").filter { $0.hasSuffix(".tmp") || $0.contains("-run/") } == [])
    }
}
