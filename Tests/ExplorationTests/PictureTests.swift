import Datasets
import Exploration
import Formats
import Foundation
import Models
import Pictures
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// Runs of picture folders: names, colours, sets that stay in their files, pictures of any size.
@Suite struct PictureTests {
    private let scratch = Scratch()
    private static let shape: Shape = [12, 8, 3]
    private static let count = 30
    private static let pixels = (0..<count * shape.count).map { UInt8(truncatingIfNeeded: $0 * 37 % 251) }
    private static let classNames = (0..<300).map { "class \($0)" }
    private static let labels = (0..<count).map { $0 * 10 }
    private static let fileNames = (0..<count).map { "class \($0 * 10)/\($0).jpg" }

    /// A run, and an explorer that reads its set from a file each time.
    private func explorer(_ pictures: PictureSettings = PictureSettings(), isLabelled: Bool = true) async throws
        -> RunExplorer
    {
        try Data(Self.pixels).write(to: URL(filePath: scratch.path + "/pixels"))
        let path = scratch.path + "/pixels"
        let load: @Sendable () throws -> ImageDataset = {
            ImageDataset(
                name: "pictures", shape: Self.shape,
                file: try PixelFile(path, from: 0, count: Self.count, imageSize: Self.shape.count),
                labels: isLabelled ? Self.labels : nil, classNames: isLabelled ? Self.classNames : nil,
                fileNames: Self.fileNames)
        }
        let images = try load()
        #expect(images.isInFile && images.heldBytes == 0)
        let architecture = Architecture(
            name: "small", imageShape: Self.shape, encoder: [.flatten, .dense(6, activation: .relu)], latent: 2,
            decoder: [.dense(Self.shape.count, activation: .sigmoid), .reshape([12, 8, 3])])
        var data = DataSelection(path: "pictures")
        data.reading.pictures = pictures
        data.classNames = images.classNames
        let training = TrainingConfiguration(
            architecture: architecture, objective: Objective(likelihood: .squaredError, divergence: .mean, beta: 1),
            epochs: 1, batchSize: 8, seed: 2)
        let configuration = RunConfiguration(
            training: training, data: data, trainingImages: images, validationImages: images)
        let recorder = try RunRecorder.create("\(scratch.path)/runs/run", configuration, overwrite: true)
        _ = try await Trainer(training, threads: 1).fit(images, validation: images, from: nil, recorder: recorder)
        return try RunExplorer([scratch.path + "/runs"]) { _, _ in try load() }
    }

    @Test func neighboursHaveLabelsBeyondABytesAndFileNames() async throws {
        let explorer = try await explorer()
        let model = try await explorer.model(run: "run")
        let found = try await model.neighbors(of: Rows(values: [0, 0], width: 2), count: 30, split: .training).neighbors
        #expect(Set(found.map(\.index)) == Set(0..<30))
        for neighbor in found {
            #expect(neighbor.label == neighbor.index * 10)
            #expect(neighbor.name == Self.fileNames[neighbor.index])
        }
        let detail = try await explorer.run("run")
        #expect(detail.classNames == Self.classNames)
        // Colours are never ink, however dark.
        #expect(detail.isInkOnPaper == false)
        let codes = try await model.codes(.test)
        #expect(codes.labels == Self.labels)
        #expect(codes.spread(7).labels == (0..<7).map { $0 * 30 / 7 * 10 })
    }

    @Test func withoutLabelsNothingIsSaidOfClasses() async throws {
        let explorer = try await explorer(isLabelled: false)
        let model = try await explorer.model(run: "run")
        let found = try await model.neighbors(of: Rows(values: [0, 0], width: 2), count: 3, split: .test).neighbors
        #expect(found.allSatisfy { $0.label == nil && $0.name != nil })
        let detail = try await explorer.run("run")
        #expect(detail.classNames == nil)
        #expect(detail.test?.hasLabels == false)
    }

    @Test func chosenImagesAreReadAlone() async throws {
        let explorer = try await explorer()
        let (png, name) = try await explorer.pictures(run: "run", split: .test, at: [29, 3, 17])
        #expect(name == Self.fileNames[29])
        let sheet = try PNG.decode(png, source: "sheet")
        #expect((sheet.width, sheet.height, sheet.channels) == (16, 24, 3))
        let first = (0..<12).flatMap { sheet.pixels[$0 * 48..<$0 * 48 + 24] }
        #expect(first == Array(Self.pixels[29 * 288..<30 * 288]))
    }

    /// A set whose file is cut short is refused by its name.
    @Test func aFileThatIsCutIsRefused() async throws {
        let explorer = try await explorer()
        _ = try await explorer.pictures(run: "run", split: .test, at: [1])
        try Data(Self.pixels.prefix(1000)).write(to: URL(filePath: scratch.path + "/pixels"))
        await #expect(throws: (any Error).self) { try await explorer.pictures(run: "run", split: .test, at: [29]) }
    }

    private static let goldens = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PicturesTests/Goldens/pictures").standardized

    private static let fits: [PictureSettings] = {
        var crop = PictureSettings()
        crop.size = .init(height: 12, width: 8)
        var pad = crop
        (pad.fit, pad.fill, pad.alpha, pad.filter) = (.pad, 90, .white, .bicubic)
        // Nothing said of size and colour: the model's own.
        return [crop, pad, PictureSettings()]
    }()

    @Test(
        arguments: ["rgb-420.jpg", "lossy.webp", "rgb.png", "grey.png", "wide-alpha.png", "cmyk.jpg", "tall.png"], fits)
    func aPictureBecomesWhatTheRunsOwnBecame(_ name: String, _ pictures: PictureSettings) async throws {
        let bytes = try FileBytes.read(Self.goldens.appending(path: name).path, limit: 1 << 20)
        let model = try await explorer(pictures).model(run: "run")
        var settings = pictures
        (settings.size, settings.colour) = (.init(height: 12, width: 8), .rgb)
        let file = try PictureFile(bytes, source: name)
        let expected = try [UInt8](unsafeUninitializedCapacity: 288) { buffer, count in
            _ = try PicturePreparer(settings).prepare(file, into: .init(rebasing: buffer[..<288]))
            count = 288
        }
        let answer = try await model.answer(.prepare, .picture(bytes))
        let sheet = try PNG.decode(try #require(try answer.picture?.png()), source: "seen")
        #expect(sheet == StoredPicture(width: 8, height: 12, channels: 3, pixels: expected))
        let codes = try await model.answer(.encode, .picture(bytes))
        let given = Rows(values: expected.map { Float($0) / 255 }, width: 288)
        #expect(codes.json == (try await model.encode(given)).json)
    }
}
