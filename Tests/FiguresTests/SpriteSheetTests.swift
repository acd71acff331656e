import Figures
import Formats
import Tensors
import Testing

@Suite struct SpriteSheetTests {
    @Test func imagesStandInRowsFromTheTopLeft() throws {
        var sheet = try #require(SpriteSheet(of: 5, height: 1, width: 2, channels: 1))
        sheet.append(Tensor([2, 1, 2, 1], [0, 1, 0.5, 2]))
        sheet.append(Tensor([3, 1, 2, 1], [-1, .nan, 0.2, 0.4, 0.6, 0.8]))
        let picture = try PNG.decode(sheet.png(), source: "a")
        #expect(picture.width == 6 && picture.height == 2)
        #expect(picture.pixels == [0, 255, 128, 255, 0, 0, 51, 102, 153, 204, 0, 0])
    }

    @Test(arguments: [
        (10_000, 28, 28, 28, 28), (100_000, 28, 28, 25, 25), (1_000_000, 28, 28, 8, 8), (100, 300, 200, 128, 85),
        (1, 1, 1, 1, 1),
    ])
    func imagesAreMadeSmallerWhereTheyWouldNotFit(
        _ count: Int, _ height: Int, _ width: Int, _ smallHeight: Int, _ smallWidth: Int
    ) throws {
        let sheet = try #require(SpriteSheet(of: count, height: height, width: width, channels: 1))
        #expect(sheet.height == smallHeight && sheet.width == smallWidth)
        #expect(Int(Double(count).squareRoot().rounded(.up)) * max(sheet.height, sheet.width) <= 8192)
    }

    @Test(arguments: [(5_000_000, 28, 28, 1), (4, 8, 8, 2), (0, 8, 8, 1), (100, 1000, 4, 3)])
    func thereIsNoneOfWhatCannotBeSeen(_ count: Int, _ height: Int, _ width: Int, _ channels: Int) {
        #expect(SpriteSheet(of: count, height: height, width: width, channels: channels) == nil)
    }

    /// A pixel is the mean of those that it stands for, each channel by itself.
    @Test func aSmallerImageIsAMean() throws {
        var sheet = try #require(SpriteSheet(of: 1, height: 256, width: 256, channels: 3))
        #expect(sheet.height == 128)
        let values = (0..<256 * 256).flatMap { place -> [Float] in
            [place % 2 == 0 ? 1 : 0, place / 256 % 2 == 0 ? 0.4 : 0.2, 1]
        }
        sheet.append(Tensor([1, 256, 256, 3], values))
        let picture = try PNG.decode(sheet.png(), source: "a")
        #expect(picture.channels == 3 && Set(picture.pixels) == [128, 77, 255])
    }
}
