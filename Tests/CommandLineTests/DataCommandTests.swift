import Formats
import Foundation
import Settings
import Tensors
import TestSupport
import Testing

/// `vae data`: status, output and words, to the letter.
@Suite struct DataCommandTests {
    private let scratch = Scratch()

    private func run(_ arguments: String...) throws -> Program.Outcome {
        try Program.vae.run(
            ["data"] + arguments, in: scratch, environment: ["XDG_CACHE_HOME": scratch.hidden("cache")])
    }

    private func json(_ outcome: Program.Outcome) throws -> JSONValue {
        try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
    }

    /// A picture of 28×28 pixels of noise, as `vae train` takes for the tutorial's.
    private func picture(_ name: String, seed: Int, channels: Int = 1) throws {
        let count = 28 * 28 * channels
        let pixels = (0..<count).map { UInt8(truncatingIfNeeded: (($0 + 7919 * seed) &* 2_654_435_761) >> 13) }
        try scratch.write(PNG.encode(width: 28, height: 28, channels: channels, pixels: pixels), to: name)
    }

    @Test func aSetIsShown() throws {
        try picture("set/cat/1.png", seed: 1)
        try picture("set/cat/2.png", seed: 1)
        try picture("set/dog/1.png", seed: 2)
        try scratch.write("", to: "set/dog/2.png")
        try scratch.write("x", to: "set/notes.txt")
        let outcome = try run("show", "set", "--out", "sheet.png")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == "wrote sheet.png\n")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "images      set: a folder of pictures")
        #expect(lines[1] == "training    3 images of 28×28, 1 channel, 2,352 bytes")
        #expect(lines[2].hasPrefix("files       3 PNG, "))
        #expect(lines[3] == "stored      28×28 (3)" && lines[4] == "passed over 1 .txt")
        #expect(lines[5].hasPrefix("grey        0 to 255, mean 12"))
        #expect(
            Array(lines[6...]) == [
                "classes     2: cat 2, dog 1",
                "test        none: vae train sets a tenth of the images apart for validation",
                "preset      tutorial",
                "odd         1 class of one image alone: dog",
                "            1 image the same as an earlier one: cat/2.png is cat/1.png",
                "bad         1 file",
                "            dog/2.png: an empty file",
            ])
        let sheet = try PNG.decode(scratch.bytes("sheet.png"), source: "sheet.png")
        #expect(sheet.width == 4 + 2 * (84 + 4) && sheet.height == 4 + 2 * (24 + 84 + 4))
        let json = try json(run("show", "set", "--json"))
        #expect(json["preset"] == "tutorial" && json["sets"]?.array?[0]["images"] == 3)
        #expect(json["oddities"]?.array?.map { $0["kind"]?.string } == ["class_of_one", "duplicates"])
        #expect(json["sets"]?.array?[0]["bad"] == [["file": "dog/2.png", "reason": "an empty file"]])
    }

    /// What a training would refuse without a size is shown with one that fits.
    @Test func severalSizesAreShownAtOne() throws {
        try picture("set/a.png", seed: 1, channels: 3)
        try scratch.write(PNG.encode(width: 2, height: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6]), to: "set/b.png")
        let outcome = try run("show", "set")
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains(
                "\ntraining    2 images of 16×16, 3 channels, 1,536 bytes, as --size 16 makes them\n"))
        #expect(outcome.output.contains("\npreset      conv\n"))
        let train = try Program.vae.run(
            ["train", "set", "--out", "run"], in: scratch,
            environment: ["XDG_CACHE_HOME": scratch.hidden("cache")])
        #expect(train.status == 65)
        #expect(
            train.errors
                == "Error: set: expected pictures of one size, found 28×28 in a.png and 3×2 in b.png; --size 64 makes all "
                + "of them one\n")
    }

    @Test func badFilesAreListedUpToTwenty() throws {
        for file in 10..<35 { try scratch.write("", to: "set/\(file).png") }
        try picture("set/a.png", seed: 1)
        let outcome = try run("show", "set")
        #expect(outcome.status == 0)
        #expect(
            outcome.output.hasSuffix("            29.png: an empty file\n            and 5 more, which --json lists\n"))
        #expect(try json(run("show", "set", "--json"))["sets"]?.array?[0]["bad"]?.array?.count == 25)
    }

    @Test func nothingToTrainOnIsAnError() throws {
        try scratch.write("", to: "set/a.png")
        try scratch.write("GIF89a", to: "set/b.gif")
        for arguments in [["show", "set"], ["show", "set", "--json"]] {
            let outcome = try Program.vae.run(
                ["data"] + arguments, in: scratch, environment: ["XDG_CACHE_HOME": scratch.hidden("cache")])
            #expect(outcome.status == 65)
            #expect(
                outcome.errors
                    == "Error: set: expected PNG, JPEG or WebP files, found none; passed over 1 file of other kinds: 1 .gif\n"
            )
            #expect(outcome.output.contains("a.png"))
        }
    }

    @Test(arguments: [
        (["show", "nowhere"], Int32(66), "Error: nowhere: no such file or folder\n"),
        (["verify", "nowhere"], 66, "Error: nowhere: no such file or folder\n"),
        (["show", "fashion-mnits"], 66, "Error: fashion-mnits: no such file or folder; did you mean fashion-mnist?\n"),
        (
            ["show", "x.txt"], 65,
            "Error: x.txt: expected a folder of pictures or of IDX files, a .npy or .npz, or a .csv of paths, found a file of another kind\n"
        ),
    ])
    func whatHoldsNoImagesIsRefused(_ arguments: [String], _ status: Int32, _ words: String) throws {
        try scratch.write("hello", to: "x.txt")
        let outcome = try Program.vae.run(["data"] + arguments, in: scratch)
        #expect(outcome.status == status && outcome.errors == words && outcome.output == "")
    }

    @Test func aSheetIsAPNGOfItsOwn() throws {
        try picture("set/a.png", seed: 1)
        let other = try run("show", "set", "--out", "sheet.jpg")
        #expect(other.status == 64 && !scratch.exists("sheet.jpg"))
        #expect(other.errors.hasPrefix("Error: --out: expected a name that ends in .png, found 'sheet.jpg'.\n"))
        try scratch.copy(TrainedRun.copy(), "run")
        let grid = try run("show", "set", "--out", "run/figures/grid.png")
        #expect(grid.status == 64)
        #expect(
            grid.errors.hasPrefix(
                "Error: --out: expected a file that is no part of a run, found figures/grid.png of run\n"))
    }

    @Test func everyFileIsVerified() throws {
        try picture("set/a.png", seed: 1)
        let sound = try run("verify", "set")
        #expect(sound.status == 0 && sound.errors == "")
        let lines = sound.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("ok     train: 1 picture decoded, pixels SHA-256 "))
        #expect(lines[1] == "ok     cache: no entry of these files as they are now")
        try scratch.write(Array(scratch.bytes("set/a.png").prefix(200)), to: "set/b.png")
        let bad = try run("verify", "set")
        #expect(bad.status == 65 && bad.errors == "Error: set: 1 part of it is bad\n")
        #expect(bad.output.hasPrefix("bad    set/b.png: at byte "))
        let json = try json(run("verify", "set", "--json"))
        #expect(json["sound"] == false && json["findings"]?.array?[0]["status"] == "bad")
    }

    @Test func arraysAreVerified() throws {
        let idx: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4]
        try scratch.write(idx, to: "idx/train-images-idx3-ubyte")
        let sound = try run("verify", "idx")
        #expect(sound.status == 0)
        #expect(sound.output.hasPrefix("ok     train: 2 images [1, 2, 1], no labels, SHA-256 "))
        try scratch.write(Array(idx.dropLast()), to: "idx/train-images-idx3-ubyte")
        let short = try run("verify", "idx")
        #expect(short.status == 65)
        #expect(
            short.output
                == "bad    train: idx/train-images-idx3-ubyte, byte 16: expected the values of [2, 1, 2] (4 bytes), "
                + "found 3 bytes\n")
        let shown = try run("show", "idx")
        #expect(shown.status == 65 && shown.errors.hasPrefix("Error: idx/train-images-idx3-ubyte, byte 16: "))
    }

    @Test func theCacheIsListedAndCleared() throws {
        #expect(try run("cache", "list").output == "")
        try picture("set/a.png", seed: 1)
        try picture("other/a.png", seed: 2)
        for set in ["set", "other"] { #expect(try run("show", set).status == 0) }
        let listed = try run("cache")
        #expect(listed.status == 0 && listed.output.split(separator: "\n").count == 2)
        let entries = try #require(try json(run("cache", "list", "--json"))["entries"]?.array)
        let set = try #require(entries.first { $0["source"]?.string?.hasSuffix("/set") == true })
        #expect(
            set["state"] == "current" && set["images"] == 1 && set["shape"] == [28, 28, 1] && set["fault"] == .null)
        let bytes = try #require(set["bytes"]?.integer)
        #expect(bytes > 784)
        try FileManager.default.removeItem(atPath: scratch.path + "/set")
        #expect(try run("cache").output.contains("orphaned  "))
        // Its folder is gone, but not its name.
        let cleared = try run("cache", "clear", "set")
        #expect(cleared.status == 0)
        #expect(
            cleared.errors
                == "removed 1 set, freed \(bytes >= 1000 ? "1," : "")\(String(bytes % 1000, padded: bytes >= 1000)) bytes\n"
        )
        #expect(try run("cache", "clear").errors.hasPrefix("removed 1 set, "))
        #expect(try run("cache", "clear").errors == "removed 0 sets, freed 0 bytes\n")
    }
}

extension String {
    /// A number below 1000, of three digits where it is `padded`.
    fileprivate init(_ number: Int, padded: Bool) {
        let digits = "\(number)"
        self = padded ? String(repeating: "0", count: 3 - digits.count) + digits : digits
    }
}
