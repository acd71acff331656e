import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What disks and folders do to a training, through the built program.
@Suite struct DiskTests {
    // MARK: Damage

    @Test func aFlippedBitFallsBackToTheEpochBefore() throws {
        let scratch = try copyWithoutEpochs()
        let last = "run/checkpoints/last.safetensors"
        try flip(last, scratch)
        let damaged = try scratch.bytes(last)
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == 0)
        #expect(try scratch.bytes("run/checkpoints/last.damaged.safetensors") == damaged)
        #expect(outcome.errors.contains("\nit is kept as run/checkpoints/last.damaged.safetensors\n"))
        let line = outcome.errors.firstMatch(
            of: /run\/checkpoints\/last.safetensors: expected bytes with the SHA-256 [0-9a-f]{64}, found \w{64}\n/)
        #expect(line != nil, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "\nfalling back to run/checkpoints/best.safetensors: 3 epochs, step 60\n")
                || outcome.errors.contains(
                    "\nfalling back to run/checkpoints/previous.safetensors: 2 epochs, step 40\n")
        )
        try Reference.expectSame(scratch)

        // The best is damaged too: there is still the epoch before.
        try flip(last, scratch)
        try flip("run/checkpoints/best.safetensors", scratch)
        try dropEpochs(scratch)
        let further = try Reference.resume(scratch)
        #expect(
            further.errors.contains("\nfalling back to run/checkpoints/previous.safetensors: 2 epochs, step 40\n"))
        try Reference.expectSame(scratch)
    }

    @Test func withNothingSoundTheDamageIsNamed() throws {
        let scratch = try copyWithoutEpochs()
        for name in ["last", "best", "previous"] { try flip("run/checkpoints/\(name).safetensors", scratch) }
        let before = try Reference.results(of: scratch)
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == 65)
        #expect(outcome.errors.hasPrefix("Error: run/checkpoints/last.safetensors: expected bytes with the SHA-256 "))
        #expect(try Reference.results(of: scratch) == before)
    }

    /// With an epoch's own checkpoint at hand, a run falls back to that: `KeptEpochsTests`.
    private func copyWithoutEpochs() throws -> Scratch {
        let scratch = try Reference.copy()
        try dropEpochs(scratch)
        return scratch
    }

    private func dropEpochs(_ scratch: Scratch) throws {
        for name in scratch.files("run/checkpoints") where name.hasPrefix("epoch-") {
            try FileManager.default.removeItem(atPath: scratch.path + "/run/checkpoints/" + name)
        }
    }

    private func flip(_ name: String, _ scratch: Scratch) throws {
        var bytes = try scratch.bytes(name)
        bytes[bytes.count / 2] ^= 1
        try scratch.write(bytes, to: name)
    }

    // MARK: Writers

    @Test func theSecondWriterIsRefusedAndADeadOneHoldsNothing() throws {
        let scratch = Scratch()
        let running = try Reference.start(in: scratch)
        // Stopped, it holds its lock for as long as the others take.
        kill(running.process.processIdentifier, SIGSTOP)
        for arguments in [["--resume", "last"], ["--overwrite"]] {
            let second = try Program.vae.run(["train", "--out", "run"] + arguments, in: scratch)
            #expect(second.status == 1)
            #expect(second.errors == "Error: run: another process is writing this run\n")
        }
        kill(running.process.processIdentifier, SIGKILL)
        _ = try running.wait()
        #expect(try Reference.resume(scratch).status == 0)
        try Reference.expectSame(scratch)
    }

    /// As `cp -r run copy; mv run moved; mv copy run` leaves it: two processes could write what is one path.
    @Test func aFolderThatTookTheRunsPlaceIsLeftAlone() throws {
        let scratch = Scratch()
        let running = try Reference.start(in: scratch)
        kill(running.process.processIdentifier, SIGSTOP)
        try scratch.copy(scratch, "run", as: "copy")
        for (from, to) in [("run", "moved"), ("copy", "run")] {
            try FileManager.default.moveItem(atPath: scratch.path + "/" + from, toPath: scratch.path + "/" + to)
        }
        let names = scratch.files("run")
        let before = try names.map { try scratch.bytes("run/" + $0) }
        // Nobody holds the lock of the folder that is there now.
        let second = try Reference.resume(scratch)
        #expect(second.status == 0, "\(second.errors)")
        let after = try Reference.results(of: scratch)
        kill(running.process.processIdentifier, SIGCONT)
        let outcome = try running.wait()
        #expect(outcome.status == 74)
        let taken =
            "Error: run: expected the folder that this training began in, found another in its place (its .lock is not "
            + "the file that is locked); nothing more is written\n"
        // Stopped while it wrote, it has half a file in the folder that was moved away.
        let cutOff = "cannot rename: No such file or directory\nThe run's folder, or a part of it, has gone"
        #expect(outcome.errors.hasSuffix(taken) || outcome.errors.contains(cutOff), "\(outcome.errors)")
        #expect(before.count >= 3)
        #expect(try Reference.results(of: scratch) == after)
        try Reference.expectSame(scratch)
        #expect(try Reference.resume(scratch, run: "moved").status == 0)
        try Reference.expectSame(scratch, "moved")
    }

    @Test func aRemovedFolderEndsTheTraining() throws {
        let scratch = Scratch()
        let running = try Reference.start(in: scratch)
        try FileManager.default.moveItem(atPath: scratch.path + "/run", toPath: scratch.path + "/moved")
        let outcome = try running.wait()
        #expect(outcome.status == 74)
        // Which call meets it, the moment decides.
        let words =
            /cannot (create|open|rename): No such file or directory\nThe run's folder, or a part of it, has gone/
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        // What was moved away is a sound run.
        let resumed = try Reference.resume(scratch, run: "moved")
        #expect(resumed.status == 0, "\(resumed.errors)")
        try Reference.expectSame(scratch, "moved")
    }

    // MARK: A real small disk

    #if os(Linux)
        /// Room for two checkpoints of 2 MB and a part of a third.
        @Test func aDiskThatFillsUpKeepsTheCheckpointBefore() throws {
            guard let disk = SmallDisk(megabytes: 5) else { return }
            let outcome = try Program.vae.run(
                Reference.arguments + ["--keep-epochs", "none", "--out", "disk/run"], in: disk.scratch)
            #expect(outcome.status == 74)
            #expect(
                outcome.errors.hasSuffix(
                    "\nError: disk/run/checkpoints/best.safetensors: cannot write: No space left on device\n"
                        + "Saved is what the run was after 1 epoch, step 20. Make room on that disk, then go on with: vae "
                        + "train --resume last --out disk/run\n"))
            #expect(disk.scratch.files("disk/run").allSatisfy { !$0.hasSuffix(".tmp") })
            #expect(try Program.vae.run(["evaluate", "disk/run", "--limit", "10"], in: disk.scratch).status == 0)

            let again = try Reference.resume(disk.scratch, run: "disk/run")
            #expect(again.status == 74)
            #expect(disk.grow(to: 30))
            #expect(try Reference.resume(disk.scratch, run: "disk/run").status == 0)
            try Reference.expectSame(disk.scratch, "disk/run")
        }

        @Test func aFolderThatBecomesReadOnlyKeepsTheCheckpointBefore() throws {
            let scratch = Scratch()
            let running = try Reference.start(in: scratch)
            kill(running.process.processIdentifier, SIGSTOP)
            let path = scratch.path + "/run/checkpoints"
            guard mount(path, path, nil, UInt(MS_BIND), nil) == 0 else {
                print("skipped: no folder can be mounted here (\(String(cString: strerror(errno))))")
                kill(running.process.processIdentifier, SIGKILL)
                return
            }
            defer { umount2(path, Int32(MNT_DETACH)) }
            #expect(mount(nil, path, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY), nil) == 0)
            kill(running.process.processIdentifier, SIGCONT)
            let outcome = try running.wait()
            #expect(outcome.status == 74)
            let words = outcome.errors.firstMatch(
                of: /Error: run\/checkpoints\/last.safetensors: cannot (create|rename): Read-only file system\n(.*)\n$/
            )
            let advice = try #require(words, "\(outcome.errors)").2
            #expect(advice.hasPrefix("Saved is what the run was after 0 epochs, step "))
            #expect(
                advice.hasSuffix(
                    ". Make that folder writable, then go on with: vae train --resume last --out run"))
            #expect(umount2(path, 0) == 0)
            #expect(try Reference.resume(scratch).status == 0)
            try Reference.expectSame(scratch)
        }
    #endif
}

#if os(Linux)
    /// A memory file system at `disk`; nil, with a word about it, where this process may not mount one.
    private final class SmallDisk {
        let scratch = Scratch()
        private var path: String { scratch.path + "/disk" }

        init?(megabytes: Int) {
            try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
                print("skipped: no file system can be mounted here (\(String(cString: strerror(errno))))")
                return nil
            }
        }

        func grow(to megabytes: Int) -> Bool {
            mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(megabytes)m") == 0
        }

        deinit {
            umount2(path, Int32(MNT_DETACH))
        }
    }
#endif
