import Formats
import Foundation
import TestSupport
import Testing

/// Exit status and exact words for each kind of error.
@Suite struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let message: String
        var environment: [String: String] = [:]
        var testDescription: String { arguments.joined(separator: " ") }
    }

    private static let table = [
        Case(arguments: ["evaluate", "nowhere"], status: 66, message: "nowhere: no such run"),
        Case(
            arguments: ["summary", "empty"], status: 65,
            message: "empty: expected a run folder, found no config.json in it"),
        Case(
            arguments: ["train", "--limit", "2", "--validation-split", "0.1"], status: 65,
            message: "MNIST train: expected at least one image on either side of a validation fraction of 0.1, found 2 "
                + "in all"),
        Case(
            arguments: ["train", "--data", "empty"], status: 65,
            message: "empty: expected PNG, JPEG or WebP files, found none"),
        Case(arguments: ["train", "--data", "nowhere"], status: 66, message: "nowhere: no such file or folder"),
        Case(
            arguments: ["train", "fashion-mnits"], status: 66,
            message: "fashion-mnits: no such file or folder; did you mean fashion-mnist?"),
        Case(
            arguments: ["train", "file"], status: 65,
            message: "file: expected a folder of pictures or of IDX files, a .npy or .npz, or a .csv of paths, "
                + "found a file of another kind"),
        Case(arguments: ["train", "--data", "loop"], status: 66, message: "loop: no such file or folder"),
        Case(
            arguments: ["train", "--data", "kaggle"], status: 65,
            message: "kaggle/train-images.idx3-ubyte, byte 0: expected IDX magic (2 bytes), found 0 bytes"),
        Case(
            arguments: ["train", "--data", "torch"], status: 65,
            message: "torch/MNIST/raw/train-images-idx3-ubyte, byte 0: expected IDX magic (2 bytes), found 0 "
                + "bytes"),
        Case(
            arguments: ["train", "--preset", "tutorial", "--data", "wide"], status: 65,
            message: "wide: expected images [28, 28, 1], as the model takes them, found [2, 3, 1]"),
        Case(
            arguments: ["train", "--data", "broken"], status: 65,
            message: "broken/train-images-idx3-ubyte, byte 0: expected IDX magic 0000, found 6e6f"),
        Case(
            arguments: ["train", "--out", "foreign", "--overwrite"], status: 64,
            message: "foreign: expected a new or empty folder or a run, found diary.txt"),
        Case(
            arguments: ["train", "--out", "other", "--overwrite"], status: 64,
            message: "other: expected a new or empty folder or a run, found another program's config.json"),
        Case(
            arguments: ["train", "--out", "file", "--overwrite"], status: 64,
            message: "file: expected a new or empty folder or a run, found a file"),
        Case(
            arguments: ["train", "--out", "file/run", "--limit", "10"], status: 74,
            message: "file/run: cannot create: Not a directory"),
        Case(
            arguments: ["train", "--out", "", "--limit", "10"], status: 64,
            message: "--out: expected a value, found nothing (a variable that is not set?)"),
        Case(
            arguments: ["train", "--limit", "10", "--out="], status: 64,
            message: "--out: expected a value, found nothing (a variable that is not set?)"),
        Case(
            arguments: ["evaluate", ""], status: 64,
            message: "argument 2: expected a value, found nothing (a variable that is not set?)"),
        Case(
            arguments: ["explore", "empty", "--export", ""], status: 64,
            message: "--export: expected a value, found nothing (a variable that is not set?)"),
        Case(
            arguments: ["train", "--out", "/", "--overwrite", "--limit", "10"], status: 64,
            message: "/: expected a new or empty folder or a run, found "),
        Case(
            arguments: ["summary", "newer"], status: 65,
            message: "newer/config.json: expected run version 2 or older, found version 3"),
        Case(
            arguments: ["summary"], status: 64, message: "VAE_ISA=sse9: this machine runs ",
            environment: ["VAE_ISA": "sse9"]),
    ]

    @Test(arguments: table)
    func isNamedWithItsStatus(_ example: Case) throws {
        let scratch = Scratch()
        try scratch.write("dear diary", to: "foreign/diary.txt")
        try scratch.write("{}", to: "other/config.json")
        try scratch.write("no run", to: "file")
        try scratch.write("{\"format\": \"swift-vae run\", \"version\": 3}", to: "newer/config.json")
        try scratch.write("not an IDX file", to: "broken/train-images-idx3-ubyte")
        try scratch.write("not an IDX file", to: "broken/train-labels-idx1-ubyte")
        try FileManager.default.createDirectory(atPath: scratch.path + "/empty", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/loop", withDestinationPath: scratch.path + "/loop")
        try scratch.write("", to: "kaggle/train-images.idx3-ubyte")
        try scratch.write("", to: "torch/MNIST/raw/train-images-idx3-ubyte")
        let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1]
        try scratch.write(
            header + [0, 0, 0, 28, 0, 0, 0, 28] + [UInt8](repeating: 9, count: 784), to: "half/train-images-idx3-ubyte")
        try scratch.write(header + [0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6], to: "wide/train-images-idx3-ubyte")
        let before = scratch.files("")

        let outcome = try Program.vae.run(example.arguments, in: scratch, environment: example.environment)
        #expect(outcome.status == example.status)
        if example.environment.isEmpty, !example.message.hasSuffix(" ") {
            #expect(outcome.errors == "Error: \(example.message)\n")
        } else {
            // What this machine has follows.
            #expect(outcome.errors.hasPrefix("Error: \(example.message)"))
        }
        #expect(outcome.output == "")
        #expect(scratch.files("") == before)
    }

    @Test(arguments: [
        (["--nonsense"], "Unknown option '--nonsense'"),
        (["--epoch", "3"], "Unknown option '--epoch'. Did you mean '--epochs'?"),
        (
            ["--likelihood", "bernouli"],
            "The value 'bernouli' is invalid for '--likelihood <likelihood>'. Please provide one of 'squared-error', "
                + "'gaussian', 'gaussian-learned' or 'bernoulli'."
        ),
        (["--keep-epochs", "some"], "--keep-epochs: expected all, thinned, none or no word, found 'some'."),
        (["--variance", "2"], "--variance goes with --likelihood gaussian."),
        (["--resume", "last", "--overwrite"], "--overwrite and --resume exclude each other."),
        (
            ["--plain-autoencoder", "--beta", "2"],
            "A plain autoencoder has no KL: leave --beta, --warm-up and --divergence out."
        ),
    ])
    func wrongUsageIsShownWithTheUsage(_ options: [String], _ message: String) throws {
        let outcome = try Program.vae.run(["train"] + options, in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("Error: \(message)\n"))
        #expect(outcome.errors.contains("\nUsage: vae train"))
        #expect(outcome.output == "")
    }

    /// The number, the option, and what it takes; a minus is no option's sign.
    @Test(arguments: [
        (["train", "--epochs", "-3"], "a whole number from 1 to 1000000"),
        (["train", "--epochs", "0"], "a whole number from 1 to 1000000"),
        (["train", "--epochs", "1.5"], "a whole number from 1 to 1000000"),
        (["train", "--epochs", "99999999999999999999"], "a whole number from 1 to 1000000"),
        (["train", "--epochs", "--json"], "a whole number from 1 to 1000000"),
        (["train", "--batch-size", "-1"], "a whole number from 1 to 65536"),
        (["train", "--learning-rate", "-1"], "a number above 0"),
        (["train", "--learning-rate", "nan"], "a number above 0"),
        (["train", "--seed", "-1"], "a whole number of at least 0"),
        (["train", "--beta", "-0.5"], "a number of at least 0"),
        (["train", "--warm-up", "-1"], "a fraction from 0 to 1"),
        (["train", "--latent", "-2"], "a whole number from 1 to 4096"),
        (["train", "--latent", "0"], "a whole number from 1 to 4096"),
        (["train", "--variance", "-1"], "a number above 0"),
        (["train", "--limit", "-5"], "a whole number of at least 1"),
        (["train", "--limit", "0"], "a whole number of at least 1"),
        (["train", "--validation-split", "-0.1"], "a fraction between 0 and 1"),
        (["train", "--validation-split", "1"], "a fraction between 0 and 1"),
        (["train", "--threads", "-1"], "a whole number from 1 to 128"),
        (["train", "--threads", "129"], "a whole number from 1 to 128"),
        (["train", "--checkpoint-every", "-5m"], "a count of steps (500), seconds (30s) or minutes (5m)"),
        (["evaluate", "run", "--limit", "-1"], "a whole number of at least 1"),
        (["evaluate", "run", "--seed", "-1"], "a whole number of at least 0"),
        (
            ["evaluate", "run", "--checkpoint", "epoch-3"],
            "'last', 'best', 'previous' or an epoch as in 'epoch-0003'"
        ),
        (["embed", "run", "--out", "a.csv", "--limit", "-1"], "a whole number of at least 1"),
        (["reconstruct", "run", "--out", "a.png", "--indices", "-3"], "up to 10000 positions from 0, as in 7,12-15"),
        (["reconstruct", "run", "--out", "a.png", "--seed", "-1"], "a whole number of at least 0"),
        (["grid", "run", "--out", "a.png", "--n", "-1"], "a whole number from 2 to 200"),
        (["grid", "run", "--out", "a.png", "--range", "-3"], "a number above 0"),
        (["sample", "run", "--out", "a.png", "--n", "-1"], "a whole number from 1 to 10000"),
        (["sample", "run", "--out", "a.png", "--seed", "-1"], "a whole number of at least 0"),
        (["interpolate", "run", "--out", "a.png", "--from", "-1"], "a whole number of at least 0"),
        (["interpolate", "run", "--out", "a.png", "--from", "1", "--to", "-1"], "a whole number of at least 0"),
        (["interpolate", "run", "--out", "a.png", "--steps", "-1"], "a whole number from 2 to 1000"),
        (["bench", "--batch-size", "-1"], "a whole number from 1 to 65536"),
        (["bench", "--side", "-28"], "a whole number from 28 to 1024"),
        (["bench", "--channels", "-2"], "a whole number from 2 to 4096"),
        (["bench", "--seconds", "-1"], "a number above 0, at most 3600"),
        (["summary", "--latent", "-8"], "a whole number from 1 to 4096"),
    ])
    func aNumberIsRefusedInItsOwnWords(_ arguments: [String], _ expected: String) throws {
        let scratch = Scratch()
        let outcome = try Program.vae.run(arguments, in: scratch)
        #expect(outcome.status == 64)
        let (option, value) = (arguments[arguments.count - 2], arguments[arguments.count - 1])
        let words = try #require(outcome.errors.split(separator: "\n").first)
        #expect(words.hasPrefix("Error: The value '\(value)' is invalid for '\(option) <"))
        #expect(words.hasSuffix(">': expected \(expected)"))
        #expect(outcome.output == "" && scratch.files("") == [])
    }

    #if arch(x86_64)
        @Test(arguments: [["train", "--out", "run"], ["bench"]])
        func aPrecisionThatTheMachineLacksIsRefused(_ command: [String]) throws {
            let scratch = Scratch()
            let outcome = try Program.vae.run(
                command + ["--precision", "bf16"], in: scratch, environment: ["VAE_ISA": "baseline"])
            #expect(outcome.status == 64)
            #expect(
                outcome.errors
                    == "Error: --precision bf16 needs AMX or AVX512-BF16, which VAE_ISA=baseline leaves out\n")
            #expect(outcome.output == "")
            #expect(scratch.files("") == [])
        }
    #endif

    // MARK: Runs

    @Test func aRunIsNotReplacedUnasked() throws {
        let scratch = try TrainedRun.copy()
        let before = try scratch.bytes("run/checkpoints/last.safetensors")
        let outcome = try Program.vae.run(["train", "--out", "run/"], in: scratch)
        #expect(outcome.status == 64)
        #expect(
            outcome.errors
                == "Error: run: a run is already here; --overwrite replaces it, --resume last goes on with it, another "
                + "--out keeps both\n")
        #expect(try scratch.bytes("run/checkpoints/last.safetensors") == before)
    }

    @Test func overwriteReplacesARunAndKeepsWhatIsNotIts() throws {
        let scratch = try TrainedRun.copy()
        try scratch.write("mine", to: "run/notes.txt")
        let before = try scratch.bytes("run/checkpoints/last.safetensors")
        let outcome = try Program.vae.run(
            ["train", "--out", "run", "--overwrite", "--limit", "64", "--epochs", "1", "--no-figures"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try scratch.bytes("run/checkpoints/last.safetensors") != before)
        #expect(try scratch.text("run/metrics.jsonl").split(separator: "\n").count == 1)
        #expect(try scratch.text("run/notes.txt") == "mine")
    }

    @Test func aFlippedBitInACheckpointIsRefused() throws {
        let scratch = try TrainedRun.copy()
        let path = "run/checkpoints/last.safetensors"
        var bytes = try scratch.bytes(path)
        bytes[bytes.count - 1000] ^= 4
        try scratch.write(bytes, to: path)
        let outcome = try Program.vae.run(["evaluate", "run"], in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.errors.hasPrefix("Error: \(path): expected bytes with the SHA-256 "))
    }

    @Test func aMissingCheckpointIsNamed() throws {
        let scratch = try TrainedRun.copy()
        try FileManager.default.removeItem(atPath: scratch.path + "/run/checkpoints/best.safetensors")
        let outcome = try Program.vae.run(["evaluate", "run", "--checkpoint", "best"], in: scratch)
        #expect(outcome.status == 66)
        #expect(
            outcome.errors
                == "checkpoints of this run: last, previous, epoch-0001, epoch-0002\n"
                + "Error: run/checkpoints/best.safetensors: cannot open: No such file or directory\n")
    }

    @Test func imagesOfAnotherSizeAreRefused() throws {
        let scratch = try TrainedRun.copy()
        func idx(_ sizes: [UInt8], _ count: Int) -> [UInt8] {
            [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, 0, $0] } + [UInt8](repeating: 7, count: count)
        }
        try scratch.write(idx([2, 3, 3], 18), to: "small/t10k-images-idx3-ubyte")
        try scratch.write(idx([2], 2), to: "small/t10k-labels-idx1-ubyte")
        let outcome = try Program.vae.run(["evaluate", "run", "--data", "small"], in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.errors == "Error: small: expected images [28, 28, 1], as run has them, found [3, 3, 1]\n")
    }

    // MARK: Output

    @Test func anOutputThatCannotBeMadeIsNoMissingInput() throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Program.vae.run(["sample", "run", "--out", "no/such/folder.png"], in: scratch)
        #expect(outcome.status == 74)
        #expect(outcome.errors == "Error: no/such/folder.png: cannot create: No such file or directory\n")
    }

    #if os(Linux)
        @Test func aFullDiskUnderStdoutIsAnError() throws {
            let outcome = try Program.vae.run(["summary"], in: Scratch(), output: "/dev/full")
            #expect(outcome.status == 74)
            #expect(outcome.errors == "Error: standard output: cannot write: No space left on device\n")
        }
    #endif

    @Test func aReaderThatGoesAwayIsNoError() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.vae.path)
        process.arguments = ["summary"]
        let (output, errors) = (Pipe(), Pipe())
        try output.fileHandleForReading.close()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        try errors.fileHandleForWriting.close()
        #expect(try errors.fileHandleForReading.readToEnd() ?? Data() == Data())
    }
}
