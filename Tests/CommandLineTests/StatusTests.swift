import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// Status 0 means that what was asked for is done.
@Suite struct StatusTests {
    private func shell(_ words: String, _ scratch: Scratch) throws -> Program.Outcome {
        try Program.shell.run(["-c", "vae='\(Program.vae.path)'; \(words)"], in: scratch)
    }

    @Test(arguments: [
        ("trian", "There is no command 'trian'. Did you mean 'train'?"),
        ("Train", "There is no command 'Train'. Did you mean 'train'?"),
        ("evalute", "There is no command 'evalute'. Did you mean 'evaluate'?"),
        ("presets shwo", "There is no command 'presets shwo'. Did you mean 'presets show'?"),
        ("help trian", "There is no command 'trian'. Did you mean 'train'?"),
        ("runs/demo", "There is no command 'runs/demo'."),
    ])
    func anUnknownCommandIsNamed(_ arguments: String, _ message: String) throws {
        let outcome = try Program.vae.run(arguments.split(separator: " ").map(String.init), in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("Error: \(message)\nUsage: vae <subcommand>\n"))
        #expect(outcome.output == "")
    }

    @Test func noCommandIsNothingDone() throws {
        let outcome = try Program.vae.run([], in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("Error: a command is missing\n\nOVERVIEW: "))
        #expect(outcome.output == "")
    }

    @Test(arguments: ["--help", "help", "help train", "train --help", "--version"])
    func whatIsAskedForIsNoError(_ arguments: String) throws {
        let outcome = try Program.vae.run(arguments.split(separator: " ").map(String.init), in: Scratch())
        #expect(outcome.status == 0)
        #expect(outcome.errors == "" && outcome.output != "")
    }

    #if os(Linux)
        private static let commands = [
            "--help", "--version", "help train", "--generate-completion-script bash", "summary", "summary --json",
            "evaluate run --limit 10", "evaluate run --limit 10 --json", "verify run", "verify run --json", "doctor",
            "doctor --json", "bench --seconds 0.2 --json", "report run", "presets", "presets --json",
            "presets show mlp", "ops",
            "ops --json", "summary mlp",
            "train --resume last --out run --no-figures --json",
        ]

        @Test(arguments: commands)
        func aFullDiskUnderTheOutputIsAnError(_ command: String) throws {
            let outcome = try shell("exec $vae \(command) > /dev/full", try TrainedRun.copy())
            #expect(outcome.status == 74)
            #expect(outcome.errors.hasSuffix("Error: standard output: cannot write: No space left on device\n"))
        }

        /// But where the output only names what was made.
        @Test(arguments: commands)
        func aClosedOutputIsAnError(_ command: String) throws {
            let outcome = try shell("exec $vae \(command) >&-", try TrainedRun.copy())
            #expect(outcome.status == (command == "report run" ? 0 : 74))
            #expect(outcome.errors.hasSuffix("cannot write: Bad file descriptor\n") == (outcome.status != 0))
        }

        /// Swift's runtime would end the process by a signal.
        @Test(arguments: [4, 5, 8, 11])
        func tooFewFilesAreAnError(_ files: Int) throws {
            let scratch = Scratch()
            let outcome = try shell("ulimit -n \(files); exec $vae train --limit 64 --epochs 1 --out new", scratch)
            #expect(outcome.status == 74)
            #expect(outcome.errors == "Error: too few files may be open at a time (ulimit -n)\n")
            #expect(!scratch.exists("new"))
        }

        /// Root may start as many as it likes.
        private static let canBeSomebody =
            (try? Program.shell.run(
                ["-c", "setpriv --reuid 65533 --clear-groups prlimit --nproc=1 '\(Program.vae.path)' --version"],
                in: Scratch()))?.status == 0

        @Test(.enabled(if: canBeSomebody))
        func withoutThreadsATrainingDoesNotBeginAndOtherWorkIsDoneByOne() throws {
            let scratch = try TrainedRun.copy()
            func limited(_ command: String) throws -> Program.Outcome {
                try shell("exec setpriv --reuid 65533 --clear-groups prlimit --nproc=1 $vae \(command)", scratch)
            }
            let trained = try limited("train --limit 64 --epochs 1 --out new")
            #expect(trained.status == 71)
            #expect(
                trained.errors
                    == "Error: no more threads can be started (ulimit -u, or the control group's limit)\n")
            let evaluated = try limited("evaluate run --limit 10 --json")
            #expect(evaluated.status == 0, "\(evaluated.errors)")
            #expect(
                evaluated.output
                    == (try shell("exec $vae evaluate run --limit 10 --json", scratch).output))
        }

        /// Without privileges no file system can be mounted.
        private static let canHideProc =
            (try? Program.shell.run(["-c", "unshare -m sh -c 'mount -t tmpfs none /proc'"], in: Scratch()))?.status == 0

        /// Swift's own `CommandLine.arguments` is empty there, and its thread pool ends the process within seconds.
        @Test(.enabled(if: canHideProc), arguments: ["train --limit 64 --epochs 1 --out new", "summary", "doctor"])
        func withoutProcNothingBegins(_ command: String) throws {
            let scratch = Scratch()
            let outcome = try shell(
                "export vae; exec unshare -m sh -c 'mount -t tmpfs none /proc && exec $vae \(command)'", scratch)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors == "Error: /proc is not mounted: Swift's threads end the process without it\n")
            #expect(outcome.output == "" && !scratch.exists("new"))
        }

        /// The arguments are there without it.
        @Test(.enabled(if: canHideProc))
        func withoutProcTheArgumentsAreTheSame() throws {
            let outcome = try shell(
                "export vae; exec unshare -m sh -c 'mount -t tmpfs none /proc && exec $vae trian'", Scratch())
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: There is no command 'trian'. Did you mean 'train'?\n"))
        }
    #endif

    // MARK: Paths

    /// Repaired, they would name another file.
    @Test(arguments: [
        #"train --limit 64 --epochs 1 --out "$(printf 'r\351')""#, #"train --out="$(printf 'r\351')""#,
        #"evaluate run --data "$(printf 'r\351')""#, #"sample run --out "$(printf 'r\351.png')""#,
    ])
    func aPathThatIsNotUTF8IsRefused(_ command: String) throws {
        let scratch = try TrainedRun.copy()
        let before = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        let outcome = try shell("exec $vae \(command)", scratch)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(/^Error: argument [2-7]: expected UTF-8, found (--out=)?r\\xE9(\.png)?\n$/))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == before)
    }

    @Test func aFolderThatIsNotUTF8IsNotRememberedAsAnother() throws {
        let scratch = Scratch()
        let outcome = try shell(
            #"d="$(printf 'd\351')"; mkdir "$d"; cd "$d"; mkdir data; exec $vae train --data data --out run"#, scratch)
        #expect(outcome.status == 64 || outcome.status == 66)
        #expect(!outcome.errors.contains("\u{FFFD}"))
    }

    private static let hostile = "q\n\u{1B}[2J\u{202E}\u{9B}"
    private static let shown = #"q\u{A}\u{1B}[2J\u{202E}\u{9B}"#

    @Test(arguments: [
        ["evaluate", hostile], ["summary", hostile], ["report", hostile], ["verify", hostile],
        ["train", "--data", hostile], ["train", "--resume", "last", "--out", hostile],
        ["explore", hostile, "other", "--export", "page.html"], ["doctor", "--runs", "/proc/\(hostile)"],
        ["sample", "run", "--out", hostile], ["sample", "run", "--out", "no/\(hostile).png"],
        ["train", "--\(hostile)"],
        ["train", "--epochs", hostile], ["train", "--epochs=\(hostile)"], [hostile],
        ["embed", "run", "--out", "a.csv", hostile],
    ])
    func noTerminalIsTold(_ arguments: [String]) throws {
        let outcome = try Program.vae.run(arguments, in: try TrainedRun.copy())
        #expect(outcome.status != 0)
        #expect((outcome.errors + outcome.output).contains(Self.shown), "\(outcome.errors)")
        for sign in ["\u{1B}", "\u{202E}", "\u{9B}", "q\n"] {
            #expect(!outcome.errors.contains(sign) && !outcome.output.contains(sign), "\(outcome.errors)")
        }
    }

    /// Words hide what a terminal obeys; the line of data is the path itself, for a program that reads it.
    @Test func aRunOfAHostileNameIsMade() throws {
        let scratch = Scratch()
        let name = Self.hostile
        let trained = try Program.vae.run(
            ["train", "--limit", "64", "--epochs", "1", "--no-figures", "--out", name], in: scratch)
        #expect(trained.status == 0)
        #expect(trained.output == name + "\n")
        #expect(trained.errors.hasPrefix("\(Self.shown): a variational autoencoder"))
        #expect(trained.errors.hasSuffix(#"vae explore $'q\x0a\x1b[2J\xe2\x80\xae\xc2\x9b'"# + "\n"))
        #expect(!trained.errors.contains("\u{1B}") && !trained.errors.contains("\u{202E}"))
        let json = try Program.vae.run(["verify", name, "--json"], in: scratch)
        #expect(!json.output.contains("\u{1B}") && !json.output.contains("\u{202E}") && !json.output.contains("\u{9B}"))
        #expect(try JSONValue(parsing: Array(json.output.utf8), source: "stdout")["run"]?.string == name)
    }

    /// What is given away tells nobody where the images lie.
    @Test func aReportNamesTheFolderOfTheImagesWithoutItsPath() throws {
        let scratch = Scratch()
        for (part, count) in [("train", UInt8(20)), ("t10k", 12)] {
            let pixels = (0..<Int(count) * 784).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
            try scratch.write(
                [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28] + pixels, to: "mine/\(part)-images-idx3-ubyte")
            try scratch.write(
                [0, 0, 8, 1, 0, 0, 0, count] + (0..<count).map { $0 % 10 }, to: "mine/\(part)-labels-idx1-ubyte")
        }
        let trained = try Program.vae.run(["train", "--data", "mine", "--epochs", "1", "--out", "run"], in: scratch)
        #expect(trained.status == 0, "\(trained.errors)")
        // A run that goes on needs the whole path.
        let root = URL(fileURLWithPath: scratch.path).resolvingSymlinksInPath().path
        #expect(
            try scratch.text("run/config.json").contains("\(root)/mine".replacing("/", with: "\\/"))
                || scratch.text("run/config.json").contains("\(root)/mine"))
        let page = try Program.vae.run(["explore", "run", "--export", "run/page.html"], in: scratch)
        #expect(page.status == 0, "\(page.errors)")
        for file in ["report.html", "page.html"] + scratch.files("run/figures").map({ "figures/\($0)" }) {
            let text = String(decoding: try scratch.bytes("run/\(file)"), as: UTF8.self)
            #expect(!text.contains(root) && !text.contains(scratch.path), "\(file)")
        }
        #expect(
            try scratch.text("run/report.html").contains("12 images of mine")
                || scratch.text("run/report.html").contains("20 images of mine"))
    }
}
