import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// What `vae verify` and `vae doctor` say.
@Suite struct VerifyTests {
    @Test func aSoundRunIsSound() throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Program.vae.run(["verify", "run/"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output == """
                ok     config.json: settings of a run, version 0.1.0
                ok     checkpoints/last.safetensors: SHA-256 right; 2 epochs, step 8
                ok     checkpoints/best.safetensors: SHA-256 right; 2 epochs, step 8
                ok     checkpoints/previous.safetensors: SHA-256 right; 1 epoch, step 4
                ok     checkpoints/epoch-0001.safetensors: SHA-256 right; 1 epoch, step 4
                ok     checkpoints/epoch-0002.safetensors: SHA-256 right; 2 epochs, step 8
                ok     metrics.jsonl: 2 epochs
                ok     training images: SHA-256 right; 256 images
                ok     validation images: SHA-256 right; 256 images

                """)
        #expect(outcome.errors == "")
    }

    /// What is done to a run, and the faults that come of it: the part, and how the words about it begin.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (Scratch) throws -> Void
        let faults: [(String, String)]
    }

    private static let last = "checkpoints/last.safetensors", best = "checkpoints/best.safetensors"

    private static let damages = [
        Damage(
            testDescription: "flipped bits in two checkpoints",
            change: { scratch in
                for name in [last, best] {
                    var bytes = try scratch.bytes("run/\(name)")
                    bytes[bytes.count - 77] ^= 64
                    try scratch.write(bytes, to: "run/\(name)")
                }
            },
            faults: [
                (last, "run/\(last): expected bytes with the SHA-256 "),
                (best, "run/\(best): expected bytes with the SHA-256 "),
            ]),
        Damage(
            testDescription: "no last checkpoint, and none to fall back to that is sound",
            change: { scratch in
                try FileManager.default.removeItem(atPath: scratch.path + "/run/checkpoints")
                try scratch.write("x", to: "run/\(best)")
            },
            faults: [(best, "run/\(best)"), (last, "missing")]),
        Damage(
            testDescription: "no best checkpoint",
            change: { try FileManager.default.removeItem(atPath: $0.path + "/run/\(best)") },
            faults: [(best, "missing, where epoch 2 was the best")]),
        Damage(
            testDescription: "an older best checkpoint",
            change: { try $0.copy($0, "run/checkpoints/previous.safetensors", as: "run/\(best)") },
            faults: [(best, "stands for epoch 1, where epoch 2 was the best")]),
        Damage(
            testDescription: "a line of metrics is missing",
            change: { scratch in
                let lines = try scratch.text("run/metrics.jsonl").split(separator: "\n")
                try scratch.write("\(lines[0])\n", to: "run/metrics.jsonl")
            },
            faults: [("metrics.jsonl", "1 epoch, where the last checkpoint has seen 2")]),
        Damage(
            testDescription: "another line of metrics",
            change: { scratch in
                let text = try scratch.text("run/metrics.jsonl")
                let score = try #require(text.matches(of: /"val_reconstruction_loss":([0-9.]+)/).last?.1)
                try scratch.write(text.replacing(score, with: "1.5"), to: "run/metrics.jsonl")
            },
            // The line itself tells, since the loss is no more the sum of its terms.
            faults: [("metrics.jsonl", "run/metrics.jsonl, byte ")]),
        Damage(
            testDescription: "a line without a checksum and of another score",
            change: { scratch in
                let text = try scratch.text("run/metrics.jsonl").replacing(/,"crc32":"[0-9a-f]{8}"/, with: "")
                let terms = try #require(
                    text.matches(of: /"val_loss":([0-9.]+),"val_reconstruction_loss":([0-9.]+)/).last)
                let (loss, part) = (try #require(Double(terms.1)), try #require(Double(terms.2)))
                try scratch.write(
                    text.replacing(terms.0, with: "\"val_loss\":\(loss + 1),\"val_reconstruction_loss\":\(part + 1)"),
                    to: "run/metrics.jsonl")
            },
            faults: [("metrics.jsonl", "epoch 2 scored ")]),
        Damage(
            testDescription: "a batch that cannot be read", change: { try $0.write("PK", to: "run/nan/step-3.npz") },
            faults: [("nan/step-3.npz", "run/nan/step-3.npz, byte 2: expected ")]),
        Damage(
            testDescription: "broken metrics", change: { try $0.write("{}\n", to: "run/metrics.jsonl") },
            faults: [("metrics.jsonl", "run/metrics.jsonl, byte 0: expected an epoch's metrics, found {}")]),
        Damage(
            testDescription: "a broken configuration", change: { try $0.write("{", to: "run/config.json") },
            faults: [("config.json", "run/config.json, byte 1: expected ")]),
        Damage(
            testDescription: "another configuration",
            change: { scratch in
                let text = try scratch.text("run/config.json")
                let changed = text.replacing("\"seed\" : 3", with: "\"seed\" : 4")
                #expect(changed != text)
                try scratch.write(changed, to: "run/config.json")
            },
            faults: [
                last, best, "checkpoints/previous.safetensors", "checkpoints/epoch-0001.safetensors",
                "checkpoints/epoch-0002.safetensors",
            ].map {
                (
                    $0,
                    "run/\($0): expected a checkpoint of the run's own configuration, found another configuration's "
                        + "(seed 3)"
                )
            }),
    ]

    @Test(arguments: damages)
    func everyFaultIsListed(_ damage: Damage) throws {
        let scratch = try TrainedRun.copy()
        try damage.change(scratch)
        let outcome = try Program.vae.run(["verify", "run", "--json"], in: scratch)
        #expect(outcome.status == 65)
        let count = damage.faults.count
        #expect(outcome.errors == "Error: run: \(count) fault\(count == 1 ? "" : "s") found\n")
        let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
        #expect(json["sound"] == false)
        let faults = try #require(json["findings"]?.array).filter { $0["status"] == "fault" }
        #expect(faults.map { $0["part"]?.string } == damage.faults.map { $0.0 })
        for (fault, expected) in zip(faults, damage.faults) {
            #expect(try #require(fault["words"]?.string).hasPrefix(expected.1), "\(fault)")
        }
    }

    @Test func otherImagesAreAFaultAndMissingOnesANote() throws {
        let scratch = try TrainedRun.copy()
        let missing = try Program.vae.run(["verify", "run", "--data", "nowhere"], in: scratch)
        #expect(missing.status == 0)
        #expect(missing.output.contains("\nnote   images: not at hand: nowhere: no such file or folder\n"))

        // 300 blank images instead of 256 of MNIST's.
        for (name, count) in [("train", 300), ("t10k", 256)] {
            let size: [UInt8] = [0, 0, UInt8(count >> 8), UInt8(count & 255)]
            let (side, blank): ([UInt8], UInt8) = ([0, 0, 0, 28], 0)
            try scratch.write(
                [0, 0, 8, 3] + size + side + side + [UInt8](repeating: blank, count: count * 784),
                to: "blank/\(name)-images-idx3-ubyte")
            try scratch.write(
                [0, 0, 8, 1] + size + [UInt8](repeating: blank, count: count), to: "blank/\(name)-labels-idx1-ubyte")
        }
        let other = try Program.vae.run(["verify", "run", "--data", "blank"], in: scratch)
        #expect(other.status == 65)
        #expect(other.output.contains("\nfault  training images: expected 256 with the SHA-256 "))
        #expect(other.errors == "Error: run: 2 faults found\n")
    }

    @Test(arguments: [
        (last, "missing: going on falls back to checkpoints/"),
        ("checkpoints/epoch-0001.safetensors", "none, where the run keeps this epoch"),
        ("checkpoints/previous.safetensors", "none, where the last checkpoint had epoch 1 before it"),
    ])
    func aMissingCheckpointThatNothingIsLostWithIsANote(_ part: String, _ words: String) throws {
        let scratch = try TrainedRun.copy()
        try FileManager.default.removeItem(atPath: "\(scratch.path)/run/\(part)")
        let outcome = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\nnote   \(part): \(words)"), "\(outcome.output)")
        let resumed = try Program.vae.run(["train", "--resume", "last", "--out", "run", "--no-figures"], in: scratch)
        #expect(resumed.status == 0)
    }

    @Test func aPreviousOfAnEarlierEpochIsANote() throws {
        let scratch = try TrainedRun.copy()
        #expect(
            try Program.vae.run(
                ["train", "--resume", "last", "--epochs", "3", "--out", "run", "--no-figures"], in: scratch
            ).status == 0)
        try scratch.copy(scratch, "run/checkpoints/epoch-0001.safetensors", as: "run/checkpoints/previous.safetensors")
        let outcome = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains(
                "\nnote   checkpoints/previous.safetensors: stands for epoch 1, where epoch 2 came before the last "
                    + "checkpoint\n"))
    }

    /// As a kill between two files leaves them.
    @Test func whatGoingOnMendsIsANote() throws {
        let scratch = try TrainedRun.copy()
        try scratch.copy(scratch, "run/checkpoints/previous.safetensors", as: "run/\(Self.last)")
        try scratch.write("half", to: "run/checkpoints/.last.safetensors.77-3.tmp")
        let outcome = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(outcome.status == 0)
        for line in [
            "note   metrics.jsonl: 2 epochs, ahead of the last checkpoint: going on writes the rest again",
            "note   checkpoints/best.safetensors: is ahead of the last checkpoint: going on writes it again",
            "note   checkpoints/.last.safetensors.77-3.tmp: left by a process that was killed; going on removes it",
        ] {
            #expect(outcome.output.contains("\n\(line)\n"), "\(line)")
        }
        let resumed = try Program.vae.run(["train", "--resume", "last", "--out", "run", "--no-figures"], in: scratch)
        #expect(resumed.status == 0)
        let after = try Program.vae.run(["verify", "run"], in: scratch)
        #expect(!after.output.contains("note"))
    }

    @Test(arguments: [
        ("nowhere", Int32(66), "Error: nowhere: no such run\n"),
        ("empty", 65, "Error: empty: expected a run folder, found no config.json in it\n"),
    ])
    func noRunIsNamed(_ path: String, _ status: Int32, _ words: String) throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/empty", withIntermediateDirectories: false)
        let outcome = try Program.vae.run(["verify", path], in: scratch)
        #expect(outcome.status == status)
        #expect(outcome.errors == words)
    }

    // MARK: The doctor

    @Test func theDoctorDescribesTheMachine() throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(["doctor", "--json"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
        #expect(
            json.object?.map(\.key) == [
                "program", "swift", "c_compiler", "libpng", "jpeg", "webp", "zlib", "isa", "isa_available", "bf16",
                "amx", "cores", "cores_usable", "cores_quota", "memory_bytes", "memory_available_bytes",
                "memory_limit_bytes", "runs", "runs_tested", "runs_free_bytes", "runs_writable", "ready",
            ])
        #expect(json["runs_tested"] == ".")
        #expect(json["runs_writable"] == true)
        #expect(json["ready"] == true)
        #expect(scratch.files("") == [])
        let words = try Program.vae.run(["doctor"], in: scratch)
        #expect(words.output.split(separator: "\n").count == 10)
        #expect(words.output.hasSuffix("\nverdict          ready to train\n"))
        #expect(words.output.contains("\nruns             runs (not there yet; tested in .): "))
    }

    #if os(Linux)
        @Test func theDoctorFindsAFolderThatCannotBeWritten() throws {
            let outcome = try Program.vae.run(["doctor", "--runs", "/proc/runs"], in: Scratch())
            #expect(outcome.status == 74)
            #expect(outcome.output.contains("free, cannot be written\n"))
            #expect(outcome.output.contains("\nverdict          not ready: /proc/.vae-doctor-"))
            #expect(outcome.errors.hasPrefix("Error: /proc/.vae-doctor-"))
        }
    #endif
}
