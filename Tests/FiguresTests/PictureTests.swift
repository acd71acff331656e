import Figures
import Formats
import Tensors
import Testing

@Suite struct ContactSheetTests {
    @Test("Scale, gap, order, background and an empty last place, to the pixel")
    func geometry() throws {
        // Three images of 1 × 2 pixels in two columns.
        let images = Tensor([3, 1, 2, 1], [0, 1, 0.2, 0.4, 0.6, 0.8])
        let sheet = ContactSheet(columns: 2, scale: 2, gap: 1, background: 9)
        let image = try PNG.decode(sheet.png(images), source: "sheet")
        #expect(image.width == 2 * 4 + 1)
        #expect(image.height == 2 * 2 + 1)
        #expect(image.channels == 1)
        let first: [UInt8] = [0, 0, 255, 255, 9, 51, 51, 102, 102]
        let second: [UInt8] = [153, 153, 204, 204, 9, 9, 9, 9, 9]
        #expect(image.pixels == first + first + [UInt8](repeating: 9, count: 9) + second + second)
    }

    @Test("Values are clamped, a NaN is black, halves round up")
    func clamping() throws {
        let images = Tensor([1, 1, 6, 1], [-1, .nan, .infinity, 1.5, 0.5, -.infinity])
        #expect(
            try PNG.decode(ContactSheet(columns: 1).png(images), source: "sheet").pixels == [0, 0, 255, 255, 128, 0])
    }

    @Test func colour() throws {
        let images = Tensor([2, 1, 1, 3], [1, 0, 0, 0, 0, 1])
        let image = try PNG.decode(ContactSheet(columns: 2, gap: 1, background: 7).png(images), source: "sheet")
        #expect(image.channels == 3)
        #expect(image.pixels == [255, 0, 0, 7, 7, 7, 0, 0, 255])
    }
}

@Suite struct CaptionedSheetTests {
    @Test("Rows stand below their captions, images enlarged by whole factors")
    func geometry() throws {
        let rows: [CaptionedSheet.Row] = [
            (caption: "i", images: Tensor([2, 1, 2, 1], [0, 0.2, 0.4, 0.6])),
            (caption: nil, images: Tensor([1, 1, 2, 1], [0.8, 1])),
        ]
        let sheet = try PNG.decode(CaptionedSheet(rows, side: 5).png(), source: "sheet")
        // Two images of 4 × 2 pixels with four beside each; a caption of 24 rows over the first.
        #expect(sheet.width == 4 + 2 * (4 + 4) && sheet.height == 4 + 24 + 2 + 4 + 2 + 4)
        func row(_ y: Int) -> [UInt8] { Array(sheet.pixels[y * sheet.width..<(y + 1) * sheet.width]) }
        let gap = [UInt8](repeating: 255, count: 4)
        #expect(row(28) == gap + [0, 0, 51, 51] + gap + [102, 102, 153, 153] + gap)
        #expect(row(29) == row(28))
        #expect(row(34) == gap + [204, 204, 255, 255] + gap + gap + gap)
        // The letter's dot is the upper pixel of its middle column, two by two; then a pixel is free.
        let inked = (0..<28).map { y in row(y).enumerated().filter { $0.element == 32 }.map(\.offset) }
        #expect(inked[6] == [8, 9] && inked[7] == [8, 9] && inked[8] == [] && inked[10] == [6, 7, 8, 9])
    }

    @Test("A caption that does not fit ends in two points; other letters stand without their marks, or as boxes")
    func captions() throws {
        func sheet(_ caption: String) throws -> [UInt8] {
            try CaptionedSheet([(caption: caption, images: Tensor([1, 1, 40, 3], repeating: 0.5))], side: 1).png()
        }
        // 44 pixels from the left edge, of which three letters of twelve fit.
        #expect(try sheet("abcdef") == sheet("a.."))
        #expect(try sheet("abc") != sheet("abd"))
        #expect(try sheet("é") == sheet("e") && sheet("e\u{301}") == sheet("e") && sheet("Ñ") == sheet("N"))
        #expect(try sheet("日") == sheet("本") && sheet("日") != sheet(" "))
    }
}

@Suite struct LatentGridTests {
    @Test("The first code is the top left one: lowest z₁, highest z₂")
    func order() {
        let codes = LatentGrid.codes(side: 3, range: -3...1)
        #expect(codes.shape == [9, 2])
        #expect(codes.values == [-3, 1, -1, 1, 1, 1, -3, -1, -1, -1, 1, -1, -3, -3, -1, -3, 1, -3])
    }

    @Test("The ends of the tutorial's 30 values are exact")
    func ends() {
        let codes = LatentGrid.codes(side: 30)
        #expect(codes.values.prefix(2) == [-3, 3])
        #expect(codes.values.suffix(2) == [3, -3])
        #expect(abs(codes.values[2] - (-3 + 6 / 29)) < 1e-6)
    }

    @Test("A tick stands at the middle of the image that its value made")
    func ticks() throws {
        // 7 × 7 images of 20 pixels, enlarged 6 times (as often as fits): 120 pixels each, the first at x = 52.
        let grid = LatentGrid(images: Tensor([49, 20, 20, 1], repeating: 0.5), side: 7)
        let svg = try grid.figure(title: "Grid", caption: "Caption").svg
        for (value, middle) in zip(["−3", "−2", "−1", "0", "1", "2", "3"], stride(from: 52 + 60, to: 892, by: 120)) {
            #expect(
                svg.contains(
                    "<text class=\"tick\" x=\"\(middle)\" y=\"895\" text-anchor=\"middle\">\(value)</text>"))
            // Upward: −3 at the bottom.
            let y = 30 + 840 - (middle - 52) + 4
            #expect(svg.contains("<text class=\"tick\" x=\"37\" y=\"\(y)\" text-anchor=\"end\">\(value)</text>"))
        }
        #expect(isWellFormed(svg))
        #expect(try PNG.decode(grid.png(scale: 2), source: "grid").width == 280)
    }
}

@Suite struct SheetFigureTests {
    @Test("Each sample stands under its escaped label")
    func samples() throws {
        let sample = SampleFigure(images: Tensor([2, 28, 28, 1], repeating: 1), labels: ["5", "<b>"])
        let figure = try sample.figure(title: "A & B", caption: "Caption")
        #expect(isWellFormed(figure.svg))
        #expect(figure.svg.contains(">5</text>"))
        #expect(figure.svg.contains(">&lt;b&gt;</text>"))
        #expect(figure.svg.contains("<title>A &amp; B</title>"))
        #expect(figure.svg.components(of: "<image ") == 2)
        #expect(figure.svg.components(of: "image-rendering=\"pixelated\"") == 2)
        let sheet = try PNG.decode(sample.png(scale: 3), source: "sheet")
        #expect((sheet.width, sheet.height) == (2 * 28 * 3 + 12, 28 * 3))
    }

    @Test("Three sheets, each image under its index")
    func reconstructions() throws {
        let images = Tensor([9, 28, 28, 1], repeating: 0.25)
        let sheets = ["Originals", "From the mean", "From a sample"].map {
            ReconstructionFigure.Sheet(title: $0, note: "note", images: images)
        }
        let labels = (400...408).map(String.init)
        let figure = try ReconstructionFigure(sheets: sheets, labels: labels).figure(title: "T", caption: "C")
        #expect(isWellFormed(figure.svg))
        #expect(figure.svg.components(of: "<image ") == 27)
        for label in labels { #expect(figure.svg.components(of: ">\(label)</text>") == 3) }
        for sheet in sheets { #expect(figure.svg.contains("class=\"title\" x=\"0\" y=\"14\">\(sheet.title)</text>")) }
    }

    @Test("Transparent pixels stay so; bytes and floats make one sheet")
    func alpha() throws {
        let bytes: [UInt8] = [200, 100, 50, 0, 1, 2, 3, 255, 9, 8, 7, 128, 255, 254, 253, 64]
        let floats = Tensor([2, 1, 2, 4], bytes.map { Float($0) / 255 })
        let sheet = try ContactSheet(columns: 1).png(bytes, shape: [1, 2, 4])
        #expect(sheet == (try ContactSheet(columns: 1).png(floats)))
        let image = try PNG.decode(sheet, source: "sheet")
        #expect(image == StoredPicture(width: 2, height: 2, channels: 4, pixels: bytes))
    }

    @Test("A file's name stands under its sample, its end where it is long; a long label keeps its beginning")
    func notes() throws {
        let figure = try SampleFigure(
            images: Tensor([2, 64, 64, 3], repeating: 0.5), labels: ["cat", "a class with quite a long name"],
            notes: ["cat/1.jpg", "some/very/long/path/that/ends/in/12345.jpg"]
        ).figure(title: "T", caption: "C")
        #expect(isWellFormed(figure.svg))
        #expect(figure.svg.contains(">cat/1.jpg</text>"))
        #expect(figure.svg.contains(">…at/ends/in/12345.jpg</text>"))
        #expect(!figure.svg.contains(">some/very"))
        #expect(figure.svg.contains(">a class with qu…</text>"))
    }

    @Test("A tall image takes no more than twice its width's room")
    func tall() throws {
        let figure = try SampleFigure(images: Tensor([1, 2000, 20, 1], repeating: 0), labels: ["x"])
            .figure(title: "T", caption: "C")
        #expect(figure.svg.contains("width=\"2.88\" height=\"288\""))
    }

    @Test("Images too large for their place are made to fit")
    func large() throws {
        let figure = try SampleFigure(images: Tensor([1, 288, 288, 3], repeating: 0), labels: ["x"])
            .figure(title: "T", caption: "C")
        #expect(
            figure.svg.contains("width=\"144\" height=\"144\" preserveAspectRatio=\"none\" image-rendering=\"auto\""))
    }
}

extension String {
    /// How often `part` occurs.
    func components(of part: String) -> Int {
        ranges(of: part).count
    }
}
