import Formats
import Settings
import TestSupport
import Testing

@Suite struct SummaryTests {
    private static let tables = """
        tutorial encoder
        ───────────────────────────────────────────────────────────
        Layer (type)                          Output Shape  Param #
        ───────────────────────────────────────────────────────────
        input (Input)                         [28, 28, 1]         0
        conv2d (Conv2D)                       [24, 24, 64]    1,664
        max_pooling2d (MaxPooling2D)          [12, 12, 64]        0
        conv2d_1 (Conv2D)                     [10, 10, 64]   36,928
        max_pooling2d_1 (MaxPooling2D)        [5, 5, 64]          0
        conv2d_2 (Conv2D)                     [3, 3, 32]     18,464
        max_pooling2d_2 (MaxPooling2D)        [1, 1, 32]          0
        flatten (Flatten)                     [32]                0
        dense (Dense)                         [16]              528
        mean (Dense)                          [2]                34
        log_variance (Dense)                  [2]                34
        ───────────────────────────────────────────────────────────
        encoder, total                                       57,652

        tutorial decoder
        ───────────────────────────────────────────────────────────
        Layer (type)                          Output Shape  Param #
        ───────────────────────────────────────────────────────────
        input (Input)                         [2]                 0
        dense (Dense)                         [64]              192
        reshape (Reshape)                     [1, 1, 64]          0
        conv2d_transpose (Conv2DTranspose)    [3, 3, 64]     36,928
        conv2d_transpose_1 (Conv2DTranspose)  [5, 5, 64]     36,928
        up_sampling2d (UpSampling2D)          [10, 10, 64]        0
        conv2d_transpose_2 (Conv2DTranspose)  [12, 12, 64]   36,928
        up_sampling2d_1 (UpSampling2D)        [24, 24, 64]        0
        conv2d_transpose_3 (Conv2DTranspose)  [28, 28, 1]     1,601
        ───────────────────────────────────────────────────────────
        decoder, total                                      112,577

        Total parameters: 170,229

        """

    @Test(arguments: [["summary"], ["summary", "--preset", "tutorial"], ["summary", "run"]])
    func theTutorialsTables(_ arguments: [String]) throws {
        let outcome = try Program.vae.run(arguments, in: try TrainedRun.copy())
        #expect(outcome.status == 0)
        #expect(outcome.output == Self.tables)
        #expect(outcome.errors == "")
    }

    @Test func asJSON() throws {
        let outcome = try Program.vae.run(["summary", "--latent", "8", "--plain-autoencoder", "--json"], in: Scratch())
        let json = try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
        // 16 · 8 + 8 for the mean, no log variance; 8 · 64 + 64 for the decoder's first layer.
        #expect(json["parameters"] == .integer(170_229 - 68 + 136 - 192 + 576))
        #expect(json["parts"]?.array?.count == 2)
    }

    @Test func versionAndHelp() throws {
        #expect(try Program.vae.run(["--version"], in: Scratch()).output == "0.1.0\n")
        for command in [
            "train", "summary", "evaluate", "reconstruct", "embed", "grid", "sample", "interpolate", "report",
            "presets", "ops", "bench",
        ] {
            let help = try Program.vae.run([command, "--help"], in: Scratch())
            #expect(help.status == 0)
            #expect(help.output.contains("vae \(command)"))
        }
    }
}
