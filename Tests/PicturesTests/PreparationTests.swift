import CPictures
import Formats
import Tensors
import Testing

@testable import Pictures

@Suite struct PreparationTests {
    @Test("Every instruction set gives the same bytes", arguments: [1, 3, 4], [1, 15, 16, 17, 40])
    func instructionSets(channels: Int, rows: Int) throws {
        let width = 37
        let pixels = noise(rows * width * channels)
        let baseline = try #require(PixelLoops.loops(for: .baseline))
        for set in InstructionSet.allCases {
            guard let loops = PixelLoops.loops(for: set) else { continue }
            for newSize in [1, 9, 64] {
                let (down, across) = (Side(rows, to: newSize), Side(width, to: newSize))
                #expect(
                    resampled(pixels, rows, width, channels, down, across, loops)
                        == resampled(pixels, rows, width, channels, down, across, baseline))
            }
        }
    }

    private func resampled(
        _ pixels: [UInt8], _ rows: Int, _ width: Int, _ channels: Int, _ down: Side, _ across: Side,
        _ loops: vae_pixel_loops
    ) -> [[UInt8]] {
        var scratch = [UInt8](repeating: 0, count: 16 * (width + across.output) * channels)
        var narrow = [UInt8](repeating: 1, count: rows * across.output * channels)
        Resampling(across, .lanczos).leavingOut(0) {
            loops.resample_rows(pixels, width, rows, channels, &$0, &narrow, &scratch)
        }
        var result = [UInt8](repeating: 2, count: down.output * across.output * channels)
        Resampling(down, .lanczos).leavingOut(0) {
            loops.resample_columns(narrow, across.output * channels, &$0, &result)
        }
        var between = [UInt8](repeating: 3, count: result.count)
        Interpolation(down).withTable { fall in
            Interpolation(across).withTable { loops.interpolate(pixels, width, channels, &fall, &$0, &between) }
        }
        guard channels > 2 else { return [narrow, result, between] }
        var (grey, other) = ([UInt8](repeating: 4, count: rows * width), [UInt8](repeating: 5, count: rows * width))
        loops.grey(pixels, rows * width, channels, &grey)
        loops.grey_of_libpng(pixels, rows * width, channels, &other)
        return [narrow, result, between, grey, other]
    }

    @Test("What was made of one file changes nothing about the next")
    func reuse() throws {
        var settings = PictureSettings()
        settings.size = .init(height: 20, width: 20)
        settings.colour = .rgb
        let names = [
            "wide.png", "rgb-420.jpg", "tall.png", "grey.jpg", "palette-transparent.png", "wide.png", "cmyk.jpg",
        ]
        let preparer = try PicturePreparer(settings)
        for name in names + names.reversed() {
            let file = try PictureGoldens.file(name)
            var image = [UInt8](repeating: 77, count: 20 * 20 * 3)
            _ = try image.withUnsafeMutableBufferPointer { try preparer.prepare(file, into: $0) }
            let (alone, _) = try prepared(file) { $0 = settings }
            #expect(image == alone.bytes, "\(name)")
        }
    }

    @Test("After a damaged file the next is whole")
    func afterDamage() throws {
        let preparer = try PicturePreparer(PictureSettings())
        let whole = try PictureGoldens.file("rgb-420.jpg")
        let damaged = try PictureFile(Array(whole.bytes.dropLast(100)), source: "damaged.jpg")
        var image = [UInt8](repeating: 0, count: preparer.shape(of: whole.outline).count)
        #expect(throws: PictureError.self) {
            try image.withUnsafeMutableBufferPointer { try preparer.prepare(damaged, into: $0) }
        }
        _ = try image.withUnsafeMutableBufferPointer { try preparer.prepare(whole, into: $0) }
        #expect(image == PictureGoldens.pillow[["stored", "rgb-420.jpg"]].bytes)
    }

    @Test("Kept alpha stands behind RGB, 255 where a file has none, 0 beside a padded picture")
    func alpha() throws {
        let grey = try prepared(PictureGoldens.file("grey.png")) { $0.alpha = .keep }.0
        let stored = PictureGoldens.pillow[["stored", "grey.png"]]
        #expect(grey.shape == [18, 23, 4])
        #expect(grey.bytes == stored.bytes.flatMap { [$0, $0, $0, 255] })
        let padded = try prepared(PictureGoldens.file("grey.png")) {
            $0.alpha = .keep
            $0.fit = .pad
            $0.fill = 9
            $0.size = .init(height: 23, width: 23)
        }.0
        #expect(Array(padded.bytes.prefix(8)) == [9, 9, 9, 0, 9, 9, 9, 0])
        #expect(Array(padded.bytes[(2 * 23 * 4)..<(2 * 23 * 4 + 4)]) == Array(grey.bytes.prefix(4)))
    }

    @Test("A turn exchanges height and width, whatever size is made of it")
    func turnedShape() throws {
        let file = try PictureGoldens.file("orientation-6.jpg")
        #expect(try prepared(file) { $0.orientation = .apply }.0.shape == [16, 8, 3])
        #expect(try prepared(file) { _ in }.0.shape == [8, 16, 3])
        let (image, _) = try prepared(file) {
            $0.orientation = .apply
            $0.size = .init(height: 32, width: 16)
            $0.filter = .nearest
        }
        let turned = PictureGoldens.pillow[["turned", "orientation-6.jpg"]]
        #expect(Array(image.bytes.prefix(3)) == Array(turned.bytes.prefix(3)))
    }

    @Test("A picture so narrow that padding would leave nothing of it keeps a pixel")
    func narrow() throws {
        let line = StoredPicture(width: 400, height: 1, channels: 1, pixels: [UInt8](repeating: 200, count: 400))
        var settings = PictureSettings()
        settings.size = .init(height: 3, width: 3)
        settings.fit = .pad
        var image = [UInt8](repeating: 77, count: 9)
        let preparer = try PicturePreparer(settings)
        image.withUnsafeMutableBufferPointer { preparer.prepare(line, into: $0) }
        #expect(image == [0, 0, 0, 200, 200, 200, 0, 0, 0])
    }

    @Test("A side that Float cannot count is refused before it is decoded")
    func longSide() throws {
        var bytes = try PictureGoldens.file("grey.png").bytes
        bytes.replaceSubrange(16..<24, with: [1, 0, 0, 1, 0, 0, 0, 1])
        // So many could hold a row of it.
        let file = try PictureFile(bytes + [UInt8](repeating: 0, count: 17_000), source: "a.png")
        let error = #expect(throws: PictureError.self) {
            try prepared(file) { $0.size = .init(height: 1, width: 1) }
        }
        #expect("\(try #require(error))" == "a.png: a side of 16777217 pixels is too long to be resized")
    }

    @Test("A mean colour stays itself at any size and filter", arguments: PictureSettings.Filter.allCases)
    func constant(filter: PictureSettings.Filter) throws {
        for (width, height) in [(1, 1), (3, 50), (64, 64), (17, 5)] {
            let picture = StoredPicture(
                width: width, height: height, channels: 3, pixels: [UInt8](repeating: 131, count: 3 * width * height))
            var settings = PictureSettings()
            settings.filter = filter
            settings.size = .init(height: 13, width: 29)
            for fit in [PictureSettings.Fit.crop, .stretch] {
                settings.fit = fit
                var image = [UInt8](repeating: 77, count: 3 * 13 * 29)
                let preparer = try PicturePreparer(settings)
                image.withUnsafeMutableBufferPointer { preparer.prepare(picture, into: $0) }
                #expect(image.allSatisfy { $0 == 131 })
            }
        }
    }
}

/// Bytes that differ.
private func noise(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
}
