import Datasets
import Figures
import Formats
import Tensors
import TestSupport
import Testing

@testable import Runs

/// What figures show of sets of any kind.
@Suite struct RunFigureTests {
    private func images(_ count: Int, _ shape: Shape, level: UInt8, names: Bool = false) -> ImageDataset {
        ImageDataset(
            name: "images", height: shape[0], width: shape[1], channels: shape[2],
            pixels: Array(repeating: level, count: count * shape.count),
            fileNames: names ? (0..<count).map { "\($0).png" } : nil)
    }

    @Test func picturesInFoldersAreShownFromAllOver() {
        #expect(RunFigures.shownPositions(of: images(500, [1, 1, 1], level: 0)) == Array(400...408))
        #expect(RunFigures.shownPositions(of: images(5, [1, 1, 1], level: 0)) == Array(0..<5))
        let shown = RunFigures.shownPositions(of: images(900, [1, 1, 1], level: 0, names: true))
        #expect(shown == [0, 100, 200, 300, 400, 500, 600, 700, 800])
        #expect(RunFigures.shownPositions(of: images(3, [1, 1, 1], level: 0, names: true)) == [0, 1, 2])
    }

    @Test(
        arguments: zip(
            [[28, 28, 1], [44, 20, 3], [64, 64, 3], [128, 96, 3], [8192, 9, 1]] as [Shape], [30, 30, 21, 10, 8]))
    func largeImagesMakeASmallerLattice(_ shape: Shape, _ side: Int) {
        #expect(RunFigures.gridSide(of: shape) == side)
    }

    @Test func onlyGreyImagesAreInk() {
        #expect(images(4, [2, 2, 1], level: 20).polarity == .inkOnPaper)
        #expect(images(4, [2, 2, 1], level: 200).polarity == .asStored)
        #expect(images(4, [2, 2, 3], level: 20).polarity == .asStored)
        #expect(images(4, [2, 2, 4], level: 0).polarity == .asStored)
    }
}
