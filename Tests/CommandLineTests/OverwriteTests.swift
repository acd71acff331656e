import Foundation
import TestSupport
import Testing

/// A training that is refused changes nothing, and one that replaces a run takes nothing else.
@Suite struct OverwriteTests {
    /// Every file of a folder with its bytes.
    private func contents(_ scratch: Scratch, _ folder: String) throws -> [String: [UInt8]] {
        // The lock has no bytes, and who looks at a run may make it.
        let names = scratch.files(folder).filter { $0 != ".lock" }
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try scratch.bytes("\(folder)/\($0)")) })
    }

    private func idx(_ sizes: [UInt8], _ count: Int) -> [UInt8] {
        [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, 0, $0] } + [UInt8](repeating: 7, count: count)
    }

    private func writeImages(_ scratch: Scratch, height: Int, width: Int) throws {
        for split in ["train", "t10k"] {
            try scratch.write(
                idx([4, UInt8(height), UInt8(width)], 4 * height * width), to: "images/\(split)-images-idx3-ubyte")
            try scratch.write(idx([4], 4), to: "images/\(split)-labels-idx1-ubyte")
        }
    }

    @Test func imagesOfAnotherSizeAreRefusedBeforeAnythingIsTouched() throws {
        let scratch = try TrainedRun.copy()
        try writeImages(scratch, height: 27, width: 29)
        let before = try contents(scratch, "run")
        for (out, options) in [("run", ["--overwrite"]), ("new/run", [])] {
            let outcome = try Program.vae.run(
                ["train", "--preset", "tutorial", "--epochs", "1", "--data", "images", "--out", out] + options,
                in: scratch)
            #expect(outcome.status == 65)
            #expect(
                outcome.errors
                    == "Error: images: expected images [28, 28, 1], as the model takes them, found [27, 29, 1]\n")
        }
        #expect(try contents(scratch, "run") == before)
        #expect(!scratch.exists("new"))
    }

    /// 512 bytes a block.
    @Test(arguments: [
        // Too little for a checkpoint, or enough for its weights and not for all of it: known before.
        ("100", "run: expected room for checkpoints of 2,050,"),
        ("3990", "run: expected room for checkpoints of 2,050,"),
    ])
    func anOldRunOutlivesALimitOnFiles(_ blocks: String, _ words: String) throws {
        let scratch = try TrainedRun.copy()
        let before = try contents(scratch, "run")
        let command =
            "ulimit -f \(blocks); exec '\(Program.vae.path)' train --overwrite --epochs 1 --limit 64 --no-figures --out run"
        let outcome = try Program.shell.run(["-c", command], in: scratch)
        #expect(outcome.status == 74)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(try contents(scratch, "run") == before)
        #expect(try Program.vae.run(["evaluate", "run", "--limit", "10"], in: scratch).status == 0)
    }

    @Test func whatIsTheUsersStays() throws {
        let scratch = try TrainedRun.copy()
        let mine = ["checkpoints/favourite.safetensors", "figures/mine.png", "nan/why.txt", "notes/a.txt", "epoch.txt"]
        for name in mine { try scratch.write(name, to: "run/\(name)") }
        try scratch.write("old", to: "run/figures/grid.png")
        let outcome = try Program.vae.run(
            ["train", "--out", "run", "--overwrite", "--limit", "64", "--epochs", "1", "--no-figures"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        for name in mine { #expect(try scratch.text("run/\(name)") == name) }
        #expect(
            scratch.files("run").sorted()
                == (mine + [
                    ".lock", "checkpoints/best.safetensors", "checkpoints/epoch-0001.safetensors",
                    "checkpoints/last.safetensors", "config.json", "metrics.jsonl",
                ]).sorted())
    }

    @Test func anEmptyPathIsRefusedAndTakesNothing() throws {
        let scratch = try TrainedRun.copy()
        let before = try contents(scratch, "")
        for arguments in [
            ["train", "--limit", "64", "--epochs", "1", "--out", ""], ["train", "--resume", "last", "--out", ""],
            ["train", "--data", "", "--out", "new"], ["verify", ""], ["report", ""], ["summary", ""],
            ["sample", "run", "--out", ""], ["embed", "run", "--out="], ["report", "run", "--compare", ""],
            ["explore", "run", "--export", ""], ["explore", ""], ["serve", ""], ["doctor", ""],
        ] {
            let outcome = try Program.vae.run(arguments, in: scratch)
            #expect(outcome.status == 64, "\(arguments)")
            #expect(outcome.errors.hasSuffix("expected a value, found nothing (a variable that is not set?)\n"))
        }
        #expect(try contents(scratch, "") == before)
    }

    // MARK: Outputs

    @Test func outputsAreWrittenThroughLinksAndIntoStdout() throws {
        let scratch = try TrainedRun.copy()
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link.png", withDestinationPath: "real.png")
        #expect(try Program.vae.run(["sample", "run", "--n", "4", "--out", "link.png"], in: scratch).status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path + "/link.png") == "real.png")
        #expect(try scratch.bytes("real.png").starts(with: [0x89, 0x50]))

        #expect(try Program.vae.run(["embed", "run", "--limit", "3", "--out", "codes.csv"], in: scratch).status == 0)
        let shown = try Program.vae.run(["embed", "run", "--limit", "3", "--out", "/dev/stdout"], in: scratch)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output == (try scratch.text("codes.csv")))
        // Into a file that holds something already, behind that.
        let command = "echo first > all; '\(Program.vae.path)' embed run --limit 3 --out /dev/stdout >> all"
        #expect(try Program.shell.run(["-c", command], in: scratch).status == 0)
        #expect(try scratch.text("all") == "first\n" + shown.output)
        let piped = try Program.shell.run(
            ["-c", "'\(Program.vae.path)' embed run --limit 3 --out /dev/fd/1 | cat"], in: scratch)
        #expect(piped.output == shown.output)
    }

    /// Each stays as it is, whatever leads there.
    @Test(arguments: [
        "embed run --limit 5 --out run/config.json", "embed run --limit 5 --out run/checkpoints/last.safetensors",
        "embed run --limit 5 --out codes.csv", "embed run --limit 5 --out run/checkpoints/epoch-0009.safetensors",
        "embed run --limit 5 --out run/.lock", "sample run --n 4 --out run/figures/grid.png",
        "grid run --out run/figures/../figures/grid.png", "explore run --export run/report.html",
    ])
    func noOutputTakesThePlaceOfARunsPart(_ command: String) throws {
        let scratch = try TrainedRun.copy()
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/codes.csv", withDestinationPath: "run/metrics.jsonl")
        let before = try contents(scratch, "run")
        let outcome = try Program.vae.run(command.split(separator: " ").map(String.init), in: scratch)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("expected a file that is no part of a run, found "), "\(outcome.errors)")
        #expect(try contents(scratch, "run") == before)
    }

    /// A device holds no files.
    @Test(arguments: ["/dev/null", "/dev/stdout", "pipe"])
    func theProjectorTakesAFolder(_ path: String) throws {
        let scratch = try TrainedRun.copy()
        let command = "mkfifo pipe; exec '\(Program.vae.path)' embed run --limit 5 --format projector --out \(path)"
        let outcome = try Program.shell.run(["-c", command], in: scratch)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--out: expected a folder for the projector's files, found '\(path)'"))
        #expect(outcome.output == "")
    }

    // MARK: Memory

    #if os(Linux)
        /// A training either fits or says that it does not; it never ends in the middle.
        @Test(arguments: [1, 4], [100_000, 200_000, 250_000, 300_000, 350_000, 4_000_000])
        func aLimitOnMemoryIsKept(_ threads: Int, _ kilobytes: Int) throws {
            let scratch = Scratch()
            let command =
                "ulimit -v \(kilobytes); exec '\(Program.vae.path)' train --limit 64 --epochs 1 --out run --threads \(threads)"
            let outcome = try Program.shell.run(["-c", command], in: scratch)
            if kilobytes == 100_000 { #expect(outcome.status == 71) }
            if kilobytes == 4_000_000 { #expect(outcome.status == 0) }
            if outcome.status == 71 {
                let words =
                    /Error: not enough memory: needs \d+ MB, may use \d+ MB \(ulimit -v\)\n/
                #expect(outcome.errors.wholeMatch(of: words) != nil, "\(outcome.errors)")
                #expect(!scratch.exists("run"))
            } else {
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(scratch.exists("run/report.html"))
            }
        }

        @Test(arguments: [
            ["evaluate", "run"], ["embed", "run", "--split", "train", "--out", "codes.csv"], ["report", "run"],
            ["sample", "run", "--n", "10000", "--out", "new.png"], ["explore", "run", "--export", "page.html"],
            ["train", "--resume", "last", "--out", "run"],
        ])
        func aLimitOnMemoryIsKeptByEveryCommand(_ arguments: [String]) throws {
            let scratch = try TrainedRun.copy()
            let words = arguments.map { "'\($0)'" }.joined(separator: " ")
            for kilobytes in [90_000, 120_000, 200_000, 300_000] {
                let outcome = try Program.shell.run(
                    ["-c", "ulimit -v \(kilobytes); exec '\(Program.vae.path)' \(words)"], in: scratch)
                #expect([0, 71].contains(outcome.status), "\(kilobytes): \(outcome.status) \(outcome.errors)")
            }
        }
    #endif
}
