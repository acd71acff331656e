import Formats
import Foundation
import Pictures
import Settings
import Tensors
import Testing

@testable import Datasets

// What is told of a set before a training.
extension PictureSourceTests {
    /// Bytes that differ from each other and from those of another seed.
    static func noise(_ count: Int, seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: (($0 + 7919 * seed) &* 2_654_435_761) >> 13) }
    }

    private func writeNoise(_ name: String, seed: Int, side: Int = 18, channels: Int = 1) throws {
        let pixels = Self.noise(side * side * channels, seed: seed)
        try writeFile(name, PNG.encode(width: side, height: side, channels: channels, pixels: pixels))
    }

    /// A file of the pictures' goldens, which Pillow made.
    func writeGolden(_ golden: String, as name: String) throws {
        let goldens = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../PicturesTests/Goldens")
        try writeFile(name, FileBytes.read(goldens.appending(path: "pictures/\(golden)").path, limit: 1 << 20))
    }

    private func survey(
        _ path: String? = nil, _ change: (inout ImageReading) -> Void = { _ in }
    ) throws -> ImageSurvey {
        var reading = ImageReading()
        change(&reading)
        return try ImageSurvey(
            reading, limit: nil, threads: 2, open: { try ImageSources.open(path ?? self.pictures, $0, threads: 2) },
            judge: { _, _ in })
    }

    private func found(_ survey: ImageSurvey, _ kind: Oddity.Kind) -> [Oddity] {
        survey.oddities.filter { $0.kind == kind }
    }

    @Test func `a survey counts images, classes and values`() throws {
        try write("a/1.png", [10])
        try write("a/2.png", [20])
        try write("b/1.png", [90])
        try writeFile("notes.txt", [1])
        let survey = try survey()
        #expect(survey.form == .folder && survey.parts.count == 1 && survey.failure == nil)
        let part = try #require(survey.parts.first)
        #expect(part.images == 3 && part.shape == [2, 3, 1])
        #expect(part.classes == [.init(name: "a", images: 2), .init(name: "b", images: 1)])
        let channel = try #require(part.channels.first)
        #expect(channel.least == 10 && channel.most == 90 && channel.mean == 40)
        // ((10 − 40)² + (20 − 40)² + (90 − 40)²) / 3
        #expect(abs(channel.deviation - (3800.0 / 3).squareRoot()) < 1e-12)
        let files = try #require(part.files)
        #expect(files.count == 3 && files.kinds.map(\.kind) == ["PNG"] && files.kinds.map(\.files) == [3])
        #expect(files.sizes == [StoredSize(height: 2, width: 3, files: 3)])
        #expect(files.passedOver.map(\.kind) == [".txt"])
        #expect(found(survey, .constant).map(\.count) == [3])
        #expect(found(survey, .smallClass).map(\.sentence) == ["1 class of one image alone: b"])
    }

    @Test func `the same image twice, in two classes, and in the test set`() throws {
        try writeNoise("train/a/1.png", seed: 1)
        try writeNoise("train/a/2.png", seed: 1)
        try writeNoise("train/b/1.png", seed: 2)
        try writeNoise("train/b/2.png", seed: 1)
        try writeNoise("test/a/1.png", seed: 2)
        try writeNoise("test/b/1.png", seed: 3)
        let survey = try survey()
        #expect(survey.parts.map(\.images) == [4, 2])
        let same = try #require(found(survey, .duplicates).first)
        #expect(same.split == .train && same.count == 2)
        #expect(same.first == ["a/2.png is a/1.png", "b/2.png is a/1.png"])
        #expect(found(survey, .twoClasses).map(\.first) == [["b/2.png is a/1.png"]])
        let leak = try #require(found(survey, .leakage).first)
        #expect(leak.split == .test && leak.first == ["a/1.png is b/1.png"])
        #expect(found(survey, .nearLeakage).isEmpty && found(survey, .nearDuplicates).isEmpty)
    }

    /// Pixels that are a little different, as another quality of a JPEG makes them.
    @Test func `images that look alike are told, and others are not`() throws {
        var pixels = Self.noise(90 * 80, seed: 4)
        for place in pixels.indices { pixels[place] = UInt8(min(255, place / 40 + Int(pixels[place]) / 8)) }
        let nudged = pixels.enumerated().map { $0.offset.isMultiple(of: 5) ? $0.element ^ 1 : $0.element }
        let darker = pixels.map { $0 / 2 }
        let turned = Array(pixels.reversed())
        for (name, pixels) in [("a", pixels), ("b", nudged), ("c", darker), ("d", turned)] {
            try writeFile("\(name).png", PNG.encode(width: 90, height: 80, channels: 1, pixels: pixels))
        }
        let near = found(try survey(), .nearDuplicates)
        #expect(near.map(\.count) == [1] && near.first?.first == ["b.png is like a.png"])
        #expect(
            near.first?.words
                == "like an earlier one (at most 3 of 64 bits of the difference hash and 4 of 255 levels apart in "
                + "9×8 pixels)")
    }

    @Test func `difference hashes are what their definition says`() {
        // Rows of 9 levels that rise but for one fall, each a pixel.
        let row: [UInt8] = [0, 10, 20, 30, 0, 50, 60, 70, 80]
        let rising = Array([[UInt8]](repeating: row, count: 8).joined())
        let print = rising.withUnsafeBufferPointer { ImagePrint($0, height: 8, width: 9, channels: 1) }
        #expect(print.thumbnail == rising && !print.isConstant)
        #expect(print.hash == 0xEFEF_EFEF_EFEF_EFEF)
        // Twice as large, in colour: the means are the same, and grey is grey.
        var large: [UInt8] = []
        for y in 0..<16 {
            for x in 0..<18 { large += [UInt8](repeating: rising[y / 2 * 9 + x / 2], count: 3) }
        }
        let other = large.withUnsafeBufferPointer { ImagePrint($0, height: 16, width: 18, channels: 3) }
        #expect(other.thumbnail == rising && other.hash == print.hash && other.digest != print.digest)
        // The smallest image: all parts are its pixel.
        let pixel = [UInt8(9)].withUnsafeBufferPointer { ImagePrint($0, height: 1, width: 1, channels: 1) }
        #expect(pixel.hash == 0 && pixel.isConstant && pixel.thumbnail == [UInt8](repeating: 9, count: 72))
        // printf '\\x09' | sha256sum
        #expect(pixel.digest == .init(high: 0x2b4c_342f_5433_ebe5, low: 0x91a1_da77_e013_d1b7))
    }

    /// All pairs, against the quarters' shortcut.
    @Test func `no near-duplicate is missed`() {
        let base = Self.noise(72, seed: 5)
        let prints = (0..<300).map { image -> ImagePrint in
            var levels = base
            for place in 0..<image % 40 { levels[(place * 31 + image * image) % 72] ^= UInt8(1 << (image % 8)) }
            return levels.withUnsafeBufferPointer { ImagePrint($0, height: 8, width: 9, channels: 1) }
        }
        let repeated = RepeatedImages(prints)
        let same = Dictionary(grouping: prints.indices) { prints[$0].digest }
        #expect(repeated.exact.count == prints.count - same.count)
        let firsts = same.values.map { $0[0] }.sorted()
        let near = firsts.filter { image in firsts.contains { $0 < image && prints[image].isNear(prints[$0]) } }
        #expect(repeated.near.map(\.image) == near && !near.isEmpty && near.count < firsts.count - 1)
    }

    /// Lines from side to side have the same hash, whatever they are: each is held against so many others and no more.
    @Test func `images without detail take no square of the time`() {
        // Of four digits in base 16 that are not all the same.
        let prints = (0..<30_000).filter { !$0.isMultiple(of: 0x1111) }.map { image -> ImagePrint in
            // Any two differ by 17 levels or more in two of eight rows, which is not near.
            let levels = (0..<72).map { (place: Int) -> UInt8 in
                let digit = image >> (place / 9 % 4 * 4) & 15
                return UInt8(17 * digit)
            }
            return levels.withUnsafeBufferPointer { ImagePrint($0, height: 8, width: 9, channels: 1) }
        }
        #expect(prints.allSatisfy { $0.hash == 0 && !$0.isConstant })
        let start = ContinuousClock.now
        let repeated = RepeatedImages(prints)
        #expect(repeated.exact.isEmpty && repeated.near.isEmpty)
        #expect(start.duration(to: .now) < .seconds(60))
    }

    @Test(arguments: [
        ("cmyk.jpg", Oddity.Kind.inks, "in CMYK, converted to RGB without a colour profile"),
        (
            "orientation-6.jpg", .orientation,
            "with an EXIF orientation, taken as stored; --orientation apply turns them"
        ),
        (
            "grey-12-in-16.png", .dark16Bit,
            "with 16-bit samples far below 65535, most likely of 12 bits: they are nearly black"
        ),
        ("gamma.png", .gamma, "with a gamma or primaries of their own, which are ignored"),
        ("rgba.png", .alpha, "with an alpha channel (--alpha says what becomes of it)"),
        (
            "palette-transparent.png", .alpha,
            "with transparent colours in a palette (--alpha says what becomes of them)"
        ),
        ("grey-transparent.png", .alpha, "with one transparent colour (--alpha says what becomes of it)"),
    ])
    func `what a file says of itself is told`(golden: String, kind: Oddity.Kind, words: String) throws {
        try writeGolden(golden, as: golden)
        let survey = try survey()
        let oddity = try #require(found(survey, kind).first)
        #expect(oddity.count == 1 && oddity.first == [golden] && oddity.words == words)
        let other = golden == "orientation-6.jpg" ? try self.survey { $0.pictures.orientation = .apply } : nil
        #expect(other.map { found($0, kind).isEmpty } ?? true)
        #expect(other.map { $0.parts[0].files?.sizes == [StoredSize(height: 16, width: 8, files: 1)] } ?? true)
    }

    @Test func `several sizes are surveyed at the size that fits most`() throws {
        try writeNoise("a.png", seed: 1, side: 40)
        try writeNoise("b.png", seed: 2, side: 40)
        try writeNoise("c.png", seed: 3, side: 90)
        let survey = try survey()
        #expect(survey.proposedSize == 32 && survey.parts[0].shape == [32, 32, 1])
        #expect(
            survey.parts[0].files?.sizes == [
                StoredSize(height: 40, width: 40, files: 2), StoredSize(height: 90, width: 90, files: 1),
            ])
        #expect(
            survey.oddities.first?.sentence
                == "2 stored sizes, of which 40×40 is the most frequent: vae train needs --size 32, as here, or another"
        )
        #expect(try self.survey { $0.pictures.size = .init(height: 8, width: 9) }.proposedSize == nil)
        #expect(StoredSize.square(for: []) == 64)
        #expect(StoredSize.square(for: [.init(height: 500, width: 900, files: 3)]) == 128)
        #expect(StoredSize.square(for: [.init(height: 3, width: 900, files: 3)]) == 16)
    }

    @Test func `bad files are listed and never the end`() throws {
        try writeNoise("good.png", seed: 1)
        try writeFile("empty.png", [])
        try writeFile("page.jpg", Array("<html>".utf8))
        let survey = try survey()
        #expect(survey.failure == nil && survey.parts[0].images == 1)
        #expect(
            survey.parts[0].bad == [
                .init(file: "empty.png", reason: "an empty file"),
                .init(
                    file: "page.jpg",
                    reason: "an HTML page, as servers send in place of a picture; fetch it again"),
            ])
    }

    @Test func `a set of bad files alone is told, and fails`() throws {
        try writeFile("a.png", [])
        let survey = try survey()
        #expect(survey.training == nil && survey.parts[0].images == 0 && survey.parts[0].bad.count == 1)
        #expect("\(try #require(survey.failure))".hasSuffix("expected PNG, JPEG or WebP files, found none"))
    }

    @Test func `dark, bright, unbalanced and unlabelled sets are told`() throws {
        for image in 0..<5 { try write("many/\(image).png", [UInt8(image)]) }
        try write("one/1.png", [1])
        let dark = try survey()
        #expect(
            found(dark, .range).map(\.words)
                == ["pixels are 0 to 4 of 255, so all of them are dark: are they of another range? Multiply them by 63"]
        )
        #expect(found(dark, .imbalance).map(\.words) == ["class many has 5 images and class one 1"])
        try write("beside.png", [200])
        #expect(found(try survey(), .unlabelled).map(\.first) == [["beside.png"]])
    }

    @Test func `an empty label of a table is told`() throws {
        for (seed, name) in ["a", "b", "c"].enumerated() { try writeNoise("\(name).png", seed: seed) }
        try writeFile("t.csv", Array("file,label\na.png,cat\nb.png,\nc.png,dog\n".utf8))
        let survey = try survey(pictures + "/t.csv")
        #expect(survey.form == .table)
        #expect(
            found(survey, .unlabelled).map(\.sentence) == [
                "1 image without a label: the empty word is a class of theirs"
            ])
    }

    @Test func `a sheet has a row a class, spread over it`() throws {
        for image in 0..<10 {
            try write("a/\(image).png", [UInt8(image), 0, 0])
            if image < 2 { try write("b/\(image).png", [0, UInt8(image), 0]) }
        }
        let rows = try survey().sheet(columns: 5, rows: 9, side: 2)
        #expect(rows.map(\.name) == ["a (10)", "b (2)"])
        // Two by three pixels, of which no side is to be longer than two.
        #expect(rows[0].images.shape == [5, 1, 2, 3] && rows[1].images.shape == [2, 1, 2, 3])
        let reds = stride(from: 0, to: rows[0].images.values.count, by: 6).map { rows[0].images.values[$0] * 255 }
        #expect(reds.map { Int($0.rounded()) } == [0, 2, 4, 6, 8])
    }
}
