import Tensors

/// Whole images, or lines of one, that go through Winograd's planes together.
struct TilePiece {
    /// Where it starts in both images; in the big one with the first window, which may be outside.
    let big, small: Int
    let images: Int
    /// Its first line, of the small image.
    let line: Int
    /// Of one image's part of the piece.
    let tiles: Tiles
    let isFirst, isOnly: Bool

    var count: Int { images * tiles.count }
    var pixels: Int { images * tiles.height * tiles.width }

    func eachImage(_ body: (_ image: Int, _ tile: Int) -> Void) {
        for image in 0..<images { body(image, image * tiles.count) }
    }
}

/// How images are cut into pieces of a few tiles.
struct TilePieces: Sendable {
    let shape: CorrelationShape
    let size: Tiles.Size
    /// Tiles of the largest piece.
    let mostTiles: Int

    /// - Parameters:
    ///   - wanted: Tiles of a piece, where there are as many.
    ///   - lines: Of `images` whole images, or of one where they are given.
    init(_ shape: CorrelationShape, _ size: Tiles.Size, wanted: Int, images: Int, lines: Int?) {
        self.shape = shape
        self.size = size
        let all = images * Tiles.count(height: lines ?? shape.smallHeight, width: shape.smallWidth, size)
        mostTiles = min(all, max(wanted, Tiles.count(height: 1, width: shape.smallWidth, size)))
    }

    /// Cuts rows, which are whole images or whole lines of one.
    func eachPiece(_ rows: Int, _ body: (TilePiece) -> Void) {
        let (width, height) = (shape.smallWidth, min(shape.smallHeight, rows / shape.smallWidth))
        let (images, line) = (max(1, rows / shape.smallPixels), Tiles.count(height: 1, width: width, size))
        let tiles = Tiles.count(height: height, width: width, size)
        let (together, lines) = tiles <= mostTiles ? (mostTiles / tiles, height) : (1, mostTiles / line * size.down)
        for image in stride(from: 0, to: images, by: together) {
            for y in stride(from: 0, to: height, by: lines) {
                body(
                    TilePiece(
                        big: image * shape.bigImage + shape.bigOffset(line: y) - shape.borderOffset,
                        small: image * shape.smallImage + y * width * shape.smallChannels,
                        images: min(together, images - image), line: y,
                        tiles: Tiles(
                            height: min(lines, height - y), width: width, bigWidth: shape.bigWidth,
                            step: shape.strideHeight, size: size, inside: shape.inside(line: y)),
                        isFirst: image + y == 0, isOnly: together >= images && lines >= height))
            }
        }
    }
}

extension CorrelationShape {
    /// Floats of one image.
    var bigImage: Int { bigPixels * bigChannels }
    var smallImage: Int { smallPixels * smallChannels }

    /// Floats from the first window's first pixel to the big image's.
    var borderOffset: Int { border.map { ($0.top * bigWidth + $0.left) * bigChannels } ?? 0 }

    /// The big image's lines and pixels, counted from those of a small line's first window, or of a phase of it.
    func inside(line: Int, phase: (y: Int, x: Int) = (0, 0)) -> (lines: Range<Int>, pixels: Range<Int>)? {
        border.map {
            let (top, left) = ($0.top - line * strideHeight - phase.y, $0.left - phase.x)
            return (top..<top + bigHeight, left..<left + bigWidth)
        }
    }
}
