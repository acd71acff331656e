import Foundation
import Formats
import TestSupport
import Testing

/// `vae embed`, `encode`, `decode` and `sample --pictures` as their users call them.
@Suite struct EmbeddingCommandTests {
    private func vae(_ command: String, in scratch: Scratch) throws -> Program.Outcome {
        try Program.vae.run(command.split(separator: " ").map(String.init), in: scratch)
    }

    /// The form follows from the file's name, or is said.
    @Test func codesAreWrittenInEachForm() throws {
        let scratch = try TrainedRun.copy()
        for (arguments, name, start) in [
            ("--out a.csv", "a.csv", Array("index,label,class,mean_0,mean_1,sigma_0,sigma_1,reconstruction_loss".utf8)),
            ("--out a.NPZ", "a.NPZ", [0x50, 0x4B, 3, 4]), ("--out a.parquet", "a.parquet", Array("PAR1".utf8)),
            ("--out codes", "codes", Array("index,".utf8)), ("--out b.csv --format npz", "b.csv", [0x50, 0x4B, 3, 4]),
        ] as [(String, String, [UInt8])] {
            let outcome = try vae("embed run --limit 30 \(arguments)", in: scratch)
            #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "wrote \(name)\n")
            #expect(try scratch.bytes(name).starts(with: start), "\(name)")
        }
        let folder = try vae("embed run --limit 30 --format projector --out p", in: scratch)
        #expect(folder.status == 0)
        #expect(scratch.files("p") == ["metadata.tsv", "projector_config.pbtxt", "sprite.png", "tensors.tsv"])
        #expect(try scratch.text("p/projector_config.pbtxt").contains("tensor_name: \"run, test images\"\n"))
        let sprite = try PNG.decode(scratch.bytes("p/sprite.png"), source: "a")
        #expect(sprite.width == 6 * 28 && sprite.height == 5 * 28)
    }

    /// Codes become pictures, and pictures codes, the same by way of each form.
    @Test func thereAndBackAgain() throws {
        let scratch = try TrainedRun.copy()
        #expect(try vae("embed run --limit 3 --out a.csv", in: scratch).status == 0)
        #expect(try vae("embed run --limit 3 --out a.npz", in: scratch).status == 0)
        let decoded = try vae("decode run a.csv --out one", in: scratch)
        #expect(decoded.status == 0 && decoded.errors == "wrote 3 pictures to one\n")
        #expect(try vae("decode run a.npz --out two", in: scratch).status == 0)
        #expect(scratch.files("one") == ["0000.png", "0001.png", "0002.png"])
        for name in scratch.files("one") { #expect(try scratch.bytes("one/\(name)") == scratch.bytes("two/\(name)")) }
        let encoded = try vae("encode run one one/0001.png --out b.csv", in: scratch)
        #expect(encoded.status == 0 && encoded.errors == "wrote b.csv\n")
        let lines = try scratch.text("b.csv").split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines[0].prefix(4) == ["index", "name", "mean_0", "mean_1"])
        #expect(lines.dropFirst().map { $0[1] } == ["one/0000.png", "one/0001.png", "one/0002.png", "one/0001.png"])
        #expect(lines[2][2...] == lines[4][2...])
        #expect(try vae("decode run b.csv --out three", in: scratch).status == 0)
        #expect(scratch.files("three") == ["0000.png", "0001-2.png", "0001.png", "0002.png"])
    }

    @Test func samplesAreSinglePicturesToo() throws {
        let scratch = try TrainedRun.copy()
        let outcome = try vae("sample run --n 4 --seed 3 --out sheet.png --pictures new", in: scratch)
        #expect(outcome.status == 0)
        #expect(scratch.files("new") == ["0000.png", "0001.png", "0002.png", "0003.png"])
        let picture = try PNG.decode(scratch.bytes("new/0000.png"), source: "a")
        let sheet = try PNG.decode(scratch.bytes("sheet.png"), source: "a")
        #expect(picture.width == 28 && picture.height == 28)
        // The sheet has each pixel twice, both ways.
        for y in 0..<28 {
            for x in 0..<28 { #expect(sheet.pixels[2 * y * sheet.width + 2 * x] == picture.pixels[y * 28 + x]) }
        }
    }

    @Test(arguments: [
        ("decode run nowhere.csv --out new", 66, "Error: nowhere.csv: cannot open: No such file or directory\n"),
        (
            "decode run bad.csv --out new", 65,
            "Error: bad.csv:2:3: expected a number that Float32 can hold, found \"NaN\"\n"
        ),
        ("decode run wide.csv --out new", 65, "Error: wide.csv:1:1: expected 2 columns of codes, found 3\n"),
        (
            "decode run run/config.json --out new", 65,
            "Error: run/config.json:1:1: expected columns z0 to z1, or mean_0 to mean_1, found {"
        ),
        ("decode run good.csv --out run", 64, "Error: run: expected a new or empty folder or a run, found "),
        (
            "decode run good.csv --out good.csv", 64,
            "Error: good.csv: expected a new or empty folder or a run, found a file\n"
        ),
        (
            "sample run --n 2 --out a.png --pictures run", 64,
            "Error: run: expected a new or empty folder or a run, found "
        ),
        ("encode run nowhere.png --out a.csv", 66, "Error: nowhere.png: cannot open: No such file or directory\n"),
        ("encode run good.csv --out a.csv", 65, "Error: good.csv"),
        ("encode run run --out a.csv", 65, "Error: run: expected at least one image, found none\n"),
        ("encode run --out a.csv", 64, "Error: Missing expected argument '<pictures> ...'\n"),
        ("encode run good.csv --out run/config.json", 64, "Error: --out: expected a file that is no part of a run"),
        (
            "embed run --out a.csv --format tsv", 64,
            "Error: The value 'tsv' is invalid for '--format <csv|npz|parquet|projector>'"
        ),
    ])
    func whatCannotBeDoneIsRefused(_ command: String, _ status: Int32, _ words: String) throws {
        let scratch = try TrainedRun.copy()
        try scratch.write("z0,z1\n1,NaN\n", to: "bad.csv")
        try scratch.write("1,2,3\n", to: "wide.csv")
        try scratch.write("1,2\n", to: "good.csv")
        let before = scratch.files("")
        let outcome = try vae(command, in: scratch)
        #expect(outcome.status == status)
        #expect(outcome.errors.hasPrefix(words), "\(outcome.errors)")
        #expect(outcome.output == "" && scratch.files("") == before)
    }
}
