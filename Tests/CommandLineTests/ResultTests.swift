import Formats
import Foundation
import Settings
import Tensors
import TestSupport
import Testing

/// What the commands that look at a trained run print and write.
@Suite struct ResultTests {
    private func json(_ arguments: [String], in scratch: Scratch) throws -> JSONValue {
        let outcome = try Program.vae.run(arguments, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONValue(parsing: Array(outcome.output.utf8), source: "stdout")
    }

    @Test func evaluateNamesItsNumbers() throws {
        let scratch = try TrainedRun.copy()
        let sampled = try json(["evaluate", "run", "--limit", "300", "--json"], in: scratch)
        #expect(
            sampled.object?.map(\.key) == [
                "images", "loss", "reconstruction_loss", "kl_loss", "kl_nats", "seed", "kl_per_dimension",
                "active_units", "elbo", "protocol",
            ])
        let how = try #require(sampled["protocol"])
        #expect(
            how.object?.map(\.key) == [
                "set", "source", "images_of_the_run", "checkpoint", "epoch", "imported_from", "z", "samples", "noise",
                "likelihood",
                "units",
                "val_loss_in_metrics",
            ])
        #expect(how["set"] == "test" && how["checkpoint"] == "last" && how["epoch"] == 2 && how["z"] == "sampled")
        #expect(how["samples"] == 1 && how["noise"] == "evaluation" && how["images_of_the_run"] == true)
        let line = try #require(try scratch.text("run/metrics.jsonl").split(separator: "\n").last)
        #expect(how["val_loss_in_metrics"] == (try JSONValue(parsing: Array(line.utf8), source: "line"))["val_loss"])
        #expect(sampled["images"] == 300)
        #expect(sampled["seed"] == 3)
        let loss = try #require(sampled["loss"]?.number)
        let parts = try #require(sampled["reconstruction_loss"]?.number) + #require(sampled["kl_loss"]?.number)
        #expect(abs(loss - parts) < 1e-9)
        let dimensions = try #require(sampled["kl_per_dimension"]?.array).compactMap(\.number)
        #expect(abs(dimensions.reduce(0, +) - (try #require(sampled["kl_nats"]?.number))) < 1e-5)

        let again = try json(["evaluate", "run", "--limit", "300", "--json", "--threads", "1"], in: scratch)
        #expect(again == sampled)
        let mean = try json(["evaluate", "run", "--limit", "300", "--json", "--mean"], in: scratch)
        #expect(mean["seed"] == .null)
        #expect(mean["kl_loss"] == sampled["kl_loss"])
        #expect(mean["reconstruction_loss"] != sampled["reconstruction_loss"])
        let other = try json(["evaluate", "run", "--limit", "300", "--json", "--seed", "9"], in: scratch)
        #expect(other["seed"] == 9)
        #expect(other["reconstruction_loss"] != sampled["reconstruction_loss"])
    }

    /// A PNG has no words of its own, so that the program says what is to be seen: ranges, noise and set.
    @Test(arguments: [
        (
            ["reconstruct", "run"], 11 * 28 * 2 + 10 * 4, 3 * 28 * 2 + 2 * 4,
            "originals, z sampled with seed 3, z = mean, of the test set"
        ),
        (
            ["reconstruct", "run", "--mean", "--split", "validation", "--indices", "7,250-252"], 5 * 28 * 2 + 4 * 4,
            2 * 28 * 2 + 4, "originals, z = mean, of the validation set"
        ),
        (["grid", "run", "--n", "5"], 5 * 28 * 2, 5 * 28 * 2, "z₁ to the right and z₂ up, each from −3 to 3"),
        (
            ["sample", "run", "--n", "6"], 3 * 28 * 2 + 2 * 2, 2 * 28 * 2 + 2,
            "6 images decoded from z ~ N(0, I), seed 0"
        ),
        (
            ["interpolate", "run", "--from", "0", "--to", "7", "--steps", "4", "--spherical"], 4 * 28 * 2 + 3 * 8, 56,
            "4 images on the great circle from the mean of test image 0 to that of 7"
        ),
    ])
    func picturesHaveTheirSize(_ arguments: [String], _ width: Int, _ height: Int, _ words: String) throws {
        let scratch = try TrainedRun.copy()
        let outcome = try Program.vae.run(arguments + ["--out", "a.png"], in: scratch)
        #expect(outcome.status == 0)
        #expect(outcome.errors == "wrote a.png: \(words)\n")
        #expect(outcome.output == "")
        let png = try scratch.bytes("a.png")
        #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        func size(_ at: Int) -> Int { png[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
        #expect(size(16) == width)
        #expect(size(20) == height)
    }

    /// On one line, codes of one sign have one direction, and codes of two signs lie opposite.
    @Test(arguments: [(0, 1, "great circle", ""), (0, 2, "straight line", "the codes lie nearly opposite")])
    func theWayThatIsTakenIsTold(_ from: Int, _ to: Int, _ way: String, _ words: String) throws {
        let scratch = Scratch()
        _ = try Program.vae.run(
            [
                "train", "--latent", "1", "--limit", "64", "--epochs", "1", "--seed", "1", "--no-figures", "--out",
                "run",
            ],
            in: scratch)
        _ = try Program.vae.run(["embed", "run", "--limit", "3", "--out", "codes.csv"], in: scratch)
        let means = try scratch.text("codes.csv").split(separator: "\n").dropFirst().compactMap {
            Double($0.split(separator: ",")[3])
        }
        try #require((means[from] * means[to] > 0) == words.isEmpty)
        let outcome = try Program.vae.run(
            ["interpolate", "run", "--from", "\(from)", "--to", "\(to)", "--spherical", "--out", "a.svg"], in: scratch)
        #expect(outcome.status == 0)
        #expect(outcome.errors.hasPrefix(words.isEmpty ? "wrote a.svg: 10 images on the great circle from" : words))
        #expect(try scratch.text("a.svg").contains("on the \(way) between"))
    }

    @Test(arguments: [
        ([], "the squared error is a density up to scale only"),
        (["--likelihood", "gaussian"], nil),
        (["--plain-autoencoder"], "a plain autoencoder has no density of codes"),
    ])
    func evaluateSaysWhyThereIsNoBound(_ options: [String], _ why: String?) throws {
        let scratch = Scratch()
        _ = try Program.vae.run(
            ["train", "--limit", "64", "--epochs", "1", "--no-figures", "--out", "run"] + options, in: scratch)
        func bound(_ options: [String]) throws -> Substring? {
            let outcome = try Program.vae.run(["evaluate", "run", "--limit", "20"] + options, in: scratch)
            return outcome.output.firstMatch(of: /\nelbo +(.*)\n/)?.1
        }
        if options == ["--plain-autoencoder"] {
            let outcome = try Program.vae.run(["evaluate", "run", "--limit", "20"], in: scratch)
            #expect(outcome.output.contains("kl_per_dimension     none: the code is a point\n"), "\(outcome.output)")
        }
        if let why {
            #expect(try bound([]).map(String.init) == "none: \(why)")
        } else {
            #expect(try bound([]).flatMap { Double($0) } != nil)
            #expect(try bound(["--mean"]) == "none: it takes a sampled z, not --mean")
        }
    }

    @Test(arguments: [
        ["reconstruct", "run"], ["grid", "run", "--n", "4"], ["interpolate", "run", "--from", "1", "--to", "2"],
    ])
    func picturesCanBeSVG(_ arguments: [String]) throws {
        let scratch = try TrainedRun.copy()
        #expect(try Program.vae.run(arguments + ["--out", "a.svg"], in: scratch).status == 0)
        #expect(try scratch.text("a.svg").hasPrefix("<svg "))
    }

    @Test func embeddingsAsCSV() throws {
        let scratch = try TrainedRun.copy()
        _ = try Program.vae.run(["embed", "run", "--limit", "5", "--out", "codes.csv"], in: scratch)
        let lines = try scratch.text("codes.csv").split(separator: "\n").map { $0.split(separator: ",") }
        #expect(
            lines[0] == [
                "index", "label", "class", "mean_0", "mean_1", "sigma_0", "sigma_1", "reconstruction_loss", "kl_loss",
                "loss", "score",
            ])
        #expect(lines.dropFirst().map { $0[0] } == ["0", "1", "2", "3", "4"])
        // The first five digits of MNIST's test set.
        #expect(lines.dropFirst().map { $0[1] } == ["7", "2", "1", "0", "4"])
        #expect(lines.dropFirst().allSatisfy { $0.count == 11 && $0.dropFirst(2).allSatisfy { Float($0) != nil } })
    }

    @Test func embeddingsForNumPyAndTheProjectorAgree() throws {
        let scratch = try TrainedRun.copy()
        let limit = ["--split", "train", "--limit", "4"]
        _ = try Program.vae.run(["embed", "run", "--format", "npz", "--out", "c.npz"] + limit, in: scratch)
        _ = try Program.vae.run(["embed", "run", "--format", "projector", "--out", "c"] + limit, in: scratch)
        func array(_ name: String) throws -> Tensor {
            try NPZ.array(of: [name], in: scratch.bytes("c.npz"), source: "c.npz").tensor
        }
        let mean = try array("mean")
        #expect(try mean.shape == [4, 2] && array("sigma").shape == [4, 2])
        // The first four digits of MNIST's training set.
        #expect(try array("label").values == [5, 0, 4, 1])
        let text = String(decoding: try scratch.bytes("c.npz"), as: UTF8.self)
        #expect(text.contains("'descr': '<i8'") && text.contains("'descr': '<U1'"))
        let vectors = try scratch.text("c/tensors.tsv").split(separator: "\n").flatMap { $0.split(separator: "\t") }
        #expect(vectors.compactMap { Float($0) } == mean.values)
        #expect(try scratch.text("c/metadata.tsv") == "index\tlabel\n0\t5\n1\t0\n2\t4\n3\t1\n")
    }

    @Test func aReportHoldsEveryFigure() throws {
        let scratch = try TrainedRun.copy()
        let plain = try Program.vae.run(
            [
                "train", "--plain-autoencoder", "--limit", "64", "--epochs", "1", "--no-figures", "--out", "plain",
            ], in: scratch)
        #expect(plain.status == 0, "\(plain.errors)")
        let samples = try Program.vae.run(["sample", "plain", "--out", "s.png"], in: scratch)
        #expect(samples.errors.hasPrefix("Warning: a plain autoencoder has no prior: "))
        let outcome = try Program.vae.run(["report", "run", "--compare", "plain"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "run/report.html\n")
        #expect(
            scratch.files("run/figures") == [
                "comparison.svg", "grid.png", "grid.svg", "losses.svg", "reconstructions.png", "reconstructions.svg",
                "samples.png", "samples.svg", "scatter.svg",
            ])
        let report = try scratch.text("run/report.html")
        for words in [
            " y=\"13\">9</text>", "Plain autoencoder", "not trained equally long: 2 and 1 epochs", "z = mean",
            "z sampled",
            "β = 0.5", "val_loss", "170,229",
        ] {
            #expect(report.contains(words), "\(words)")
        }
        let wrong = try Program.vae.run(["report", "run", "--compare", "run"], in: scratch)
        #expect(wrong.status == 64)
        #expect(wrong.errors == "Error: run: --compare wants a plain autoencoder's run\n")
    }

    @Test func theExampleTrainsAndDraws() throws {
        let scratch = Scratch()
        let outcome = try Program.example.run(["128", "digits.png"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("epoch 1: loss "))
        #expect(lines[2].hasPrefix("a 7 has the code ["))
        #expect(lines[2].hasSuffix("and decodes to [1, 28, 28, 1]"))
        #expect(try scratch.bytes("digits.png").prefix(4) == [0x89, 0x50, 0x4E, 0x47])
    }
}
