import Datasets
import Exploration
import ExplorerPage
import Formats
import Foundation
import Graphs
import Ops
import Models
import Runs
import Settings
import Tensors
import TestSupport
import Testing
import Training

/// A run that takes milliseconds to train, and its exported page.
private struct ExportedRun {
    let scratch = Scratch()
    let run: RunFolder
    let model: VariationalAutoencoder
    let page: SelfContainedPage
    let html: String

    static let test = images(9, seed: 2)

    private static func images(_ count: Int, seed: Int) -> ImageDataset {
        ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(count, seed: seed),
            labels: (0..<count).map { $0 % 10 })
    }

    /// Every kind of layer, the decoder's last of which is transposed with stride and padding.
    static let strided = Architecture(
        name: "strided", imageShape: [10, 9, 2],
        encoder: [
            .conv2D(Conv2D(4, KernelWindow(height: 2, width: 3, strideHeight: 2, padding: .same))),
            .activation(.sigmoid), .maxPooling2D(height: 2, width: 3), .flatten,
        ],
        latent: 4,
        decoder: [
            .dense(60, activation: .relu), .reshape([5, 3, 4]), .upSampling2D(1),
            .conv2DTranspose(
                Conv2DTranspose(
                    2, KernelWindow(height: 3, width: 4, strideHeight: 2, strideWidth: 3, padding: .same))),
        ])

    /// Blocks of all other kinds: branches, norms, functions whose gradients read their input.
    static let branched = Architecture(
        name: "branched", imageShape: [10, 9, 2],
        encoder: [
            .conv2D(8, kernel: 3, padding: .same), .groupNorm(2), .activation(.silu), .maxPooling2D(),
            .residual([
                .conv2D(8, kernel: 3, padding: .same, activation: .gelu), .dropout(0.5), .conv2D(8, kernel: 1),
            ]),
            .concatenate([[.conv2D(3, kernel: 1)], [.averagePooling2D(1)], []]), .flatten,
        ],
        latent: 4,
        decoder: [
            .dense(60, activation: .tanh), .reshape([5, 3, 4]), .residual([.groupNorm(4), .activation(.softplus)]),
            .upSampling2D(2, interpolation: .bilinear),
            .multiply([.conv2D(4, kernel: 3, padding: .same)], [.conv2D(4, kernel: 1, activation: .sigmoid)]),
            .conv2DTranspose(Conv2DTranspose(2, KernelWindow(height: 1, width: 4))),
        ])

    init(
        _ architecture: Architecture, _ likelihood: Likelihood = .squaredError, named name: String = "run",
        byteLimit: Int = SelfContainedPage.byteLimit
    ) async throws {
        let train = Self.images(24, seed: 1)
        let configuration = RunConfiguration(
            training: TrainingConfiguration(
                architecture: architecture, objective: Objective(likelihood: likelihood, divergence: .mean, beta: 2),
                epochs: 1, batchSize: 8, seed: 2),
            data: DataSelection(), trainingImages: train, validationImages: Self.test)
        let recorder = try RunRecorder.create("\(scratch.path)/\(name)", configuration, overwrite: true)
        _ = try await Trainer(configuration.training, threads: 1)
            .fit(train, validation: Self.test, from: nil, recorder: recorder)
        run = recorder.run
        model = try run.model(threads: 1)
        let explorer = try RunExplorer([run.path]) { _, split in split == .train ? train : Self.test }
        page = try await SelfContainedPage(explorer, byteLimit: byteLimit)
        html = String(decoding: page.html, as: UTF8.self)
    }

    func part(_ start: String) throws -> [UInt8] {
        let parts = html.components(separatedBy: start)
        #expect(parts.count == 2, "\(start) stands \(parts.count - 1) times")
        return Array(try #require(parts.last).components(separatedBy: "</script>")[0].utf8)
    }

    func document() throws -> JSONValue {
        try JSONValue(parsing: try part("<script type=\"application/json\" id=\"embedded-run\">"), source: "page")
    }

    func bytes(_ value: JSONValue?) throws -> [UInt8] {
        let text = try #require(value?.string)
        return [UInt8](try #require(Data(base64Encoded: text)))
    }

    func floats(_ value: JSONValue?) throws -> [UInt32] {
        let bytes = try bytes(value)
        return stride(from: 0, to: bytes.count, by: 4).map { at in
            (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
        }
    }
}

@Suite("The page to give away")
struct ExportTests {
    @Test("holds the run's weights, codes and images to the bit", arguments: [true, false])
    func holdsTheRun(isVariational: Bool) async throws {
        let exported = try await ExportedRun(SmallModel.architecture(.relu, isVariational: isVariational))
        let (run, test, model) = (try exported.document(), ExportedRun.test, exported.model)
        let weights = model.parameterList.flatMap { model.parameter($0.name)!.values }
        #expect(try exported.floats(run["weights"]) == weights.map(\.bitPattern))
        #expect(run["parameters"]?.array?.compactMap { $0["name"]?.string } == model.parameterList.map(\.name))
        let scores = model.score(test.images(0..<test.count))
        let codes = run["codes"]
        #expect(try exported.floats(codes?["mean"]) == scores.codes.mean.values.map(\.bitPattern))
        if let logVariance = scores.codes.logVariance {
            #expect(try exported.floats(codes?["log_variance"]) == logVariance.values.map(\.bitPattern))
        } else {
            #expect(codes?["log_variance"] == .null)
        }
        #expect(
            try exported.floats(codes?["reconstruction_loss"]) == scores.reconstruction.map { Float($0).bitPattern })
        let sheets = try #require(run["images"]?["sheets"]?.array)
        let sheet = try PNG.decode(try exported.bytes(sheets.first), source: "sheet")
        #expect((sheets.count, sheet.width, sheet.height) == (1, 64 * test.width, test.height))
        for index in 0..<test.count {
            let image = (0..<test.height).flatMap { y in
                let start = (y * sheet.width + index * test.width) * test.channels
                return sheet.pixels[start..<start + test.width * test.channels]
            }
            #expect(image == Array(test.pixels[index * test.imageSize..<(index + 1) * test.imageSize]))
        }
        #expect((exported.page.pictures, exported.page.images) == (test.count, test.count))
    }

    @Test("needs nothing but itself, and says so to the browser")
    func needsNothing() async throws {
        let exported = try await ExportedRun(SmallModel.architecture(.relu))
        #expect(!exported.html.contains("\"/assets/") && !exported.html.contains("<link rel=\"stylesheet\""))
        let map = try exported.part("<script type=\"importmap\">")
        let imports = try #require(JSONValue(parsing: map, source: "map")["imports"]?.object)
        #expect(imports.allSatisfy { $0.value.string?.hasPrefix("data:text/javascript;base64,") == true })
        let hash = Data(SHA256.digest(of: map)).base64EncodedString()
        #expect(exported.html.contains("script-src 'sha256-\(hash)' data:;"))
        #expect(exported.html.contains("connect-src 'none'"))
    }

    @Test(
        "cannot be broken by a run's name",
        arguments: ["<script>alert(1)<\u{2044}script>", "a]]>-->&lt;<!--<script>", "'\"\\u003c` ${name}"])
    func survivesNames(name: String) async throws {
        let exported = try await ExportedRun(SmallModel.architecture(.relu), named: name)
        #expect(try exported.document()["detail"]?["name"]?.string == name)
        let json = try exported.part("<script type=\"application/json\" id=\"embedded-run\">")
        #expect(!json.contains(UInt8(ascii: "<")))
    }

    @Test("leaves pictures out where it would grow too large")
    func leavesPicturesOut() async throws {
        let whole = try await ExportedRun(SmallModel.architecture(.relu))
        let exported = try await ExportedRun(SmallModel.architecture(.relu), byteLimit: whole.page.html.count - 500)
        #expect(exported.page.html.count <= whole.page.html.count - 500)
        #expect((1..<ExportedRun.test.count).contains(exported.page.pictures))
        let document = try exported.document()
        #expect(document["images"]?["count"]?.integer == exported.page.pictures)
        #expect(document["codes"]?["count"]?.integer == ExportedRun.test.count)
        // Those that are left out lie all over the set.
        let sheet = try PNG.decode(try exported.bytes(document["images"]?["sheets"]?.array?.first), source: "sheet")
        let (test, held) = (ExportedRun.test, Spread(exported.page.pictures, of: ExportedRun.test.count))
        for (place, index) in held.positions.enumerated() {
            let start = place * test.width * test.channels
            let row = test.pixels[index * test.imageSize..<index * test.imageSize + test.width * test.channels]
            #expect(Array(sheet.pixels[start..<start + row.count]) == Array(row))
        }
        let none = try await ExportedRun(SmallModel.architecture(.relu), byteLimit: 0)
        #expect(none.page.pictures == 0)
    }

    @Test(
        "computes the program's numbers within 1e-4", .enabled(if: PageSources.node != nil, "needs Node.js"),
        arguments: [Likelihood.squaredError, .gaussian(variance: 0.5), .gaussianLearnedVariance, .bernoulli],
        [
            SmallModel.architecture(.relu), SmallModel.architecture(.sigmoid, isVariational: false),
            ExportedRun.strided, ExportedRun.branched,
        ])
    func computesTheSame(likelihood: Likelihood, architecture: Architecture) async throws {
        let exported = try await ExportedRun(architecture, likelihood)
        let (model, latent, test) = (exported.model, architecture.latent, ExportedRun.test)
        var random = TestValues(seed: 4)
        let images = test.images(2..<5)
        let z = Tensor([2, latent], random.uniforms(2 * latent))
        let epsilon = random.uniforms(latent)
        let answer = try ask(exported, images: images, z: z, epsilon: epsilon)

        func same(_ key: JSONValue?, _ expected: [Float], _ what: Comment, scale: Float = 1) throws {
            let found = try #require(key?.array, what).map { Float($0.number ?? .nan) }
            #expect(found.count == expected.count, what)
            let worst = zip(found, expected).map { abs($0 - $1) }.reduce(0) { $0 >= $1 ? $0 : $1 }
            #expect(worst <= 1e-4 * scale, what)
        }
        let scores = model.score(images)
        try same(answer["encode"]?["mean"], scores.codes.mean.values, "means")
        if let logVariance = scores.codes.logVariance {
            try same(answer["encode"]?["logVariance"], logVariance.values, "log variances")
        }
        try same(answer["decode"], model.decode(z).values, "images")
        let reconstruction = scores.reconstruction.map { Float($0) }
        // A sum over 180 pixels has a float's precision at its own size.
        let size = max(1, reconstruction.map(abs).max() ?? 1)
        try same(answer["score"]?["reconstructionLoss"], reconstruction, "reconstruction losses", scale: size)
        try same(answer["score"]?["klLoss"], scores.others.map { Float($0) }, "KL losses")
        try same(answer["codes"]?["mean"], model.encode(test).mean.values, "the test set's means")
        #expect(answer["pixels"]?.array?.compactMap(\.integer) == test.pixels.map(Int.init))

        let engine = try ModelEngine(
            architecture, likelihood: likelihood, parameters: model.parameters, trainingBatch: nil, threads: 1,
            fuses: false)
        let first = test.images(2..<3).values
        let seen = engine.activations(image: first, epsilon: architecture.isVariational ? epsilon : nil)
        let layers = try #require(answer["layers"]?.array)
        let parts = try architecture.program().graph.nodes.map(\.layer).filter { $0.contains("/") }
        #expect(layers.count == Set(parts).count)
        // The program does not name what only has another shape.
        for layer in layers where !["Flatten", "Reshape"].contains(layer["type"]?.string) {
            let name = "\(layer["part"]?.string ?? "")/\(layer["name"]?.string ?? "")"
            try same(layer["values"], try #require(seen.outputs[name], "\(name)").values, "\(name)")
        }
        try same(answer["z"], try #require(seen.outputs["z"]).values, "z")
    }

    private func ask(_ exported: ExportedRun, images: Tensor, z: Tensor, epsilon: [Float]) throws -> JSONValue {
        func rows(_ tensor: Tensor) -> JSONValue {
            let width = tensor.shape.count / tensor.batch
            return .array(
                (0..<tensor.batch).map { row in
                    .array((0..<width).map { .number(Double(tensor[row * width + $0])) })
                })
        }
        let questions: JSONValue = [
            "images": rows(images), "z": rows(z), "epsilon": .array(epsilon.map { .number(Double($0)) }),
        ]
        let (page, file) = ("\(exported.scratch.path)/page.html", "\(exported.scratch.path)/questions.json")
        try exported.page.write(to: page)
        try AtomicFile.write(questions.serialized(), to: file)
        let script = PageSources.tests.appending(path: "ask-page.mjs").path
        let outcome = try Program(path: try #require(PageSources.node)).run([script, page, file], in: exported.scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONValue(parsing: Array(outcome.output.utf8), source: "ask-page.mjs")
    }
}
