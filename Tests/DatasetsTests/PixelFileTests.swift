import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Sets whose images stay in a file.
struct PixelFileTests {
    /// Five images of 2×3×1 behind four bytes of something else.
    private let pixels = (0..<30).map { UInt8($0 * 8) }
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pixels-\(UUID())")
    private var path: String { folder.appendingPathComponent("set").path }

    private func set(_ body: (ImageDataset) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try AtomicFile.write([1, 2, 3, 4] + pixels, to: path)
        let file = try PixelFile(path, from: 4, count: 5, imageSize: 6)
        try body(
            ImageDataset(
                name: "five", shape: [2, 3, 1], file: file, labels: [0, 1, 2, 1, 0], classNames: ["a", "b", "c"],
                fileNames: ["1.png", "2.png", "3.png", "4.png", "5.png"]))
    }

    private var held: ImageDataset {
        ImageDataset(
            name: "five", height: 2, width: 3, channels: 1, pixels: pixels, labels: [0, 1, 2, 1, 0],
            classNames: ["a", "b", "c"])
    }

    @Test func `is the same set as one in memory`() throws {
        try set { set in
            #expect(set.isInFile && set.count == 5 && set.pixels == pixels)
            #expect(set.contentHash() == held.contentHash())
            #expect(set.images(1..<3) == held.images(1..<3) && set.images(at: [4, 0]) == held.images(at: [4, 0]))
            #expect(set.pixelRange == held.pixelRange)
        }
    }

    @Test func `a part of it stays in the file`() throws {
        try set { set in
            let part = set.subset([3, 1])
            #expect(part.isInFile && part.count == 2 && part.pixels == held.subset([3, 1]).pixels)
            #expect(part.labels == [1, 1] && part.fileNames == ["4.png", "2.png"])
            #expect(part.contentHash() == held.subset([3, 1]).contentHash())
            #expect(part.prefix(1).pixels == Array(pixels[18..<24]))
            #expect(part.subset([1, 0]).pixels == held.subset([1, 3]).pixels)
            let (training, validation) = try set.split(validationFraction: 0.4, seed: 3)
            let (heldTraining, heldValidation) = try held.split(validationFraction: 0.4, seed: 3)
            #expect(training.isInFile && training.contentHash() == heldTraining.contentHash())
            #expect(validation.contentHash() == heldValidation.contentHash())
        }
    }

    @Test func `reading is timed, and a file that is written to or cut short is told by its name`() throws {
        try set { set in
            try set.requireWhole()
            let file = try #require(set.file)
            var image = [UInt8](repeating: 0, count: 6)
            file.read(4, into: &image)
            #expect(image == Array(pixels[24...]) && set.readingSeconds > 0)

            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: 20)
            file.read(4, into: &image)
            #expect(image == [0, 0, 0, 0, 0, 0])
            let error = #expect(throws: FormatError.self) { try set.requireWhole() }
            #expect(error?.description.hasPrefix(path) == true && error?.found == "the end")

            let other = try PixelFile(path, from: 4, count: 2, imageSize: 6)
            try handle.write(contentsOf: [9])
            try handle.truncate(atOffset: 21)
            #expect(throws: FormatError.self) { try other.requireWhole() }
            try handle.close()
        }
    }

    @Test func `a file that is too short for its images is refused at once`() throws {
        try set { _ in
            let error = #expect(throws: FormatError.self) { try PixelFile(path, from: 4, count: 6, imageSize: 6) }
            #expect(error?.expected == "6 images of 6 bytes each")
            #expect(throws: FormatError.self) { try PixelFile(path, from: 4, count: .max, imageSize: 6) }
        }
    }
}
