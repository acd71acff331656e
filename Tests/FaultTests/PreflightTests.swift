import Formats
import Foundation
import Runs
import TestSupport
import Testing
import Training

/// What a training needs is judged before anything changes: its folders, what stands in its files' places, and whether
/// its checkpoints are there at all.
@Suite struct PreflightTests {
    /// Every name and every file's hash, but for the lock.
    private static func state(_ scratch: Scratch) throws -> String {
        try Program.shell.run(
            ["-c", "find . | sort; find . -type f ! -name .lock -exec sha256sum {} + | sort"], in: scratch
        ).output
    }

    private static func shell(_ command: String, _ scratch: Scratch) throws {
        let outcome = try Program.shell.run(["-c", command], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    // MARK: Checkpoints that are not there

    @Test(arguments: [
        (
            "rm -r run/checkpoints", Int32(65),
            "run/checkpoints: expected checkpoints of the epochs that run/metrics.jsonl tells of, found none"
        ),
        (
            "rm run/checkpoints/*", 65,
            "run/checkpoints: expected checkpoints of the epochs that run/metrics.jsonl tells of, found none"
        ),
        (
            "rm -r run/checkpoints; ln -s /nonexistent/disk run/checkpoints", 66,
            "run/checkpoints: cannot open: No such file or directory"
        ),
        (
            "rm -r run/checkpoints; ln -s /nonexistent/disk run/checkpoints; rm run/metrics.jsonl", 66,
            "run/checkpoints: cannot open: No such file or directory"
        ),
    ])
    func aTrainedRunWithoutItsCheckpointsIsNotBegunAnew(_ command: String, _ status: Int32, _ words: String) throws {
        let scratch = try Reference.copy()
        try Self.shell(command, scratch)
        let before = try Self.state(scratch)
        let outcome = try Reference.resume(scratch)
        #expect(outcome.status == status)
        #expect(outcome.errors == "Error: \(words)\n")
        #expect(try Self.state(scratch) == before)
        let verified = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(verified.status == 65)
        #expect((verified.output + verified.errors).contains(words))
    }

    // MARK: Files of a newer version

    private static func makeNewer(_ name: String, _ scratch: Scratch) throws {
        let path = "run/checkpoints/\(name).safetensors"
        var file = try SafetensorsFile(parsing: try scratch.bytes(path), source: path)
        file.metadata["version"] = "3"
        file.metadata["sha256"] = String(repeating: "0", count: 64)
        file.metadata["sha256"] = SHA256.hex(of: file.serialized())
        try scratch.write(file.serialized(), to: path)
    }

    /// That it cannot be read here is no damage: nothing is renamed, and no older checkpoint taken.
    @Test(arguments: [("last", "true"), ("best", "echo damaged > run/checkpoints/last.safetensors"), ("best", "true")])
    func aCheckpointOfANewerVersionEndsItThere(_ name: String, _ command: String) throws {
        let scratch = try Reference.copy()
        try Self.makeNewer(name, scratch)
        try Self.shell(command, scratch)
        let before = try Self.state(scratch)
        let outcome = try Reference.resume(scratch, ["--epochs", "4"])
        #expect(outcome.status == 65)
        #expect(
            outcome.errors
                == "Error: run/checkpoints/\(name).safetensors: expected checkpoint version 2 or older, found version 3\n"
        )
        #expect(try Self.state(scratch) == before)
    }

    // MARK: What is no file, and no folder

    private static let obstacles = [
        ("rm P; mkfifo P", "checkpoints/last.safetensors", "expected a file, found a device or pipe"),
        ("rm P; mkdir P", "checkpoints/last.safetensors", "expected a file, found a folder"),
        ("rm P; mkdir P", "checkpoints/previous.safetensors", "expected a file, found a folder"),
        ("rm P; mkfifo P", "metrics.jsonl", "expected a file, found a device or pipe"),
        ("mkdir -p run/figures; mkfifo P", "figures/grid.png", "expected a file, found a device or pipe"),
        ("rm -rf P; echo > P", "figures", "expected a folder, found a file"),
        ("rm -rf P; mkfifo P", "nan", "expected a folder, found a device or pipe"),
    ]

    @Test(arguments: obstacles)
    func whatIsNoFileIsRefusedBeforeATraining(_ command: String, _ part: String, _ words: String) throws {
        let scratch = try Reference.copy()
        try Self.shell(command.replacing("P", with: "run/\(part)"), scratch)
        let before = try Self.state(scratch)
        for outcome in [
            try Reference.resume(scratch, ["--epochs", "4"]),
            try Program.vae.run(Reference.arguments + ["--overwrite", "--out", "run"], in: scratch),
        ] {
            #expect(outcome.status == 65)
            #expect(outcome.errors == "Error: run/\(part): \(words)\n")
            #expect(try Self.state(scratch) == before)
        }
    }

    @Test(arguments: ["figures/grid.png", "report.html"])
    func aReportDoesNotWaitForAPipe(_ part: String) throws {
        let scratch = try Reference.copy()
        try Self.shell("mkdir -p run/figures; mkfifo run/\(part)", scratch)
        let before = try Self.state(scratch)
        let outcome = try Program.vae.run(["report", "run"], in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.errors.hasSuffix("Error: run/\(part): expected a file, found a device or pipe\n"))
        #expect(try Self.state(scratch) == before)
    }

    // MARK: Folders that cannot be written

    @Test(arguments: ["", "/checkpoints", "/figures"])
    func aFolderThatIsNotWritableIsRefusedBeforeATraining(_ folder: String) throws {
        let training = try SmallTraining()
        let scratch = Scratch()
        let path = scratch.path + "/run"
        do {
            let recorder = try RunRecorder.create(path, training.configuration, overwrite: false)
            for epoch in training.epochs { try recorder.record(epoch.metrics, epoch.checkpoint) }
        }
        var system = FileOperations.system
        system.requireWritable = { $0 == path + folder ? -Int(EACCES) : 0 }
        let before = try Self.state(scratch)
        let expected = FileError(path: path + folder, operation: .create, code: EACCES)
        #expect(throws: expected) {
            _ = try RunRecorder.create(path, training.configuration, overwrite: true, using: system)
        }
        #expect(throws: expected) { _ = try RunRecorder.resume(RunFolder(opening: path), using: system) }
        #expect(try Self.state(scratch) == before)
    }
}
