import Foundation
import TestSupport
import Testing

/// What signals and closed streams do to a training.
@Suite struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func theFirstSignalKeepsACheckpoint(_ number: Int32) throws {
        let scratch = Scratch()
        let running = try Reference.start(in: scratch)
        kill(running.process.processIdentifier, number)
        let stopped = try running.wait()
        #expect(stopped.status == 75)
        #expect(
            stopped.errors.hasSuffix(
                "\nstopping after this step; a second signal leaves at once\ninterrupted; to go on: vae train "
                    + "--resume last --out run --checkpoint-every 1\n"))
        #expect(try Reference.resume(scratch).status == 0)
        try Reference.expectSame(scratch)
    }

    /// One step on 30,000 images takes five seconds or more.
    @Test(arguments: [SIGINT, SIGTERM])
    func theSecondSignalLeavesAtOnce(_ number: Int32) throws {
        let scratch = Scratch()
        let running = try Program.vae.start(
            [
                "train", "--limit", "30000", "--batch-size", "30000", "--epochs", "1", "--threads", "1", "--no-figures",
                "--out", "run",
            ], in: scratch)
        while running.process.isRunning, !running.errors.contains("training on") { usleep(1000) }
        // A signal before the step would end the training before it, with a checkpoint.
        usleep(1_000_000)
        kill(running.process.processIdentifier, number)
        while running.process.isRunning, !running.errors.contains("stopping after this step") { usleep(1000) }
        // As fast as a person may be.
        usleep(150_000)
        kill(running.process.processIdentifier, number)
        let stopped = try running.wait()
        #expect(running.process.terminationReason == .exit)
        #expect(stopped.status == 128 + number)
        #expect(!scratch.exists("run/checkpoints/last.safetensors"))
    }

    /// As `timeout` signals a process, and then the group that it is in.
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalThatComesTwiceAtOnceIsOne(_ number: Int32) throws {
        let scratch = Scratch()
        let running = try Reference.start(in: scratch)
        kill(running.process.processIdentifier, number)
        usleep(1000)
        kill(running.process.processIdentifier, number)
        #expect(try running.wait().status == 75)
        #expect(try Reference.resume(scratch).status == 0)
        try Reference.expectSame(scratch)
    }

    /// Starts the training from a shell that does something before.
    private func shell(_ before: String, redirections: String = "", _ scratch: Scratch) throws -> Program.Running {
        let arguments = (Reference.arguments + ["--checkpoint-every", "10", "--out", "run"]).joined(separator: " ")
        return try Program.shell.start(
            ["-c", "\(before) exec '\(Program.vae.path)' \(arguments) \(redirections)"], in: scratch)
    }

    @Test func aHangupThatNohupIgnoresIsIgnored() throws {
        let scratch = Scratch()
        let running = try shell("trap '' HUP;", scratch)
        while running.process.isRunning, !scratch.exists("run/checkpoints/last.safetensors") { usleep(1000) }
        kill(running.process.processIdentifier, SIGHUP)
        #expect(try running.wait().status == 0)
        try Reference.expectSame(scratch)
    }

    /// Without its standard streams, the files that a program opens get their numbers: nothing may be printed into them.
    @Test(arguments: [">&-", "2>&-", "<&- >&- 2>&-"])
    func closedStreamsDoNoHarm(_ redirections: String) throws {
        let scratch = Scratch()
        let outcome = try shell("", redirections: redirections, scratch).wait()
        #expect(outcome.status == 0, "\(outcome.errors)")
        try Reference.expectSame(scratch)
        #expect(try scratch.text("run/.lock") == "")
        let config = try scratch.text("run/config.json")
        #expect(config.hasPrefix("{\n") && config.hasSuffix("}\n"))
    }

    @Test func readersThatGoAwayDoNoHarm() throws {
        let scratch = Scratch()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.vae.path)
        process.arguments = Reference.arguments + ["--out", "run"]
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        let (output, errors) = (Pipe(), Pipe())
        try output.fileHandleForReading.close()
        try errors.fileHandleForReading.close()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        try Reference.expectSame(scratch)
    }

    /// Nobody can write in /proc, root neither.
    @Test(arguments: ["unset HOME;", "export HOME=/proc;", "export HOME=/nowhere;"])
    func aHomeIsNotNeeded(_ command: String) throws {
        let scratch = Scratch()
        let outcome = try shell(command, scratch).wait()
        #expect(outcome.status == 0, "\(outcome.errors)")
        try Reference.expectSame(scratch)
    }
}
