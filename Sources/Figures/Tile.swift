import Formats
import Tensors

/// One image of a batch as a figure shows it.
struct Tile {
    /// Pixels on the page.
    let width: Double
    let height: Double
    private let isPixelated: Bool
    private let polarity: Polarity
    private let png: [UInt8]

    /// - Parameters:
    ///   - images: Shape [batch, height, width, channels].
    ///   - index: Of the image.
    ///   - width: Pixels on the page; the height may be twice that. Small images are enlarged by the largest whole
    ///     factor that fits, and keep their hard pixels; larger ones are made to fit.
    ///   - polarity: Of the whole figure.
    init(_ images: Tensor, _ index: Int, fitting available: Double, polarity: Polarity) throws {
        let (rows, columns) = (Double(images.shape[1]), Double(images.shape[2]))
        let fitting = min(available / columns, 2 * available / rows)
        let whole = fitting.rounded(.down)
        isPixelated = whole >= 1
        let factor = isPixelated ? whole : fitting
        // Enlarged in the file itself: not every viewer heeds `image-rendering`, and equal pixels cost little.
        let sheet = ContactSheet(
            columns: 1, scale: isPixelated ? Int(whole) : 1, isInverted: polarity == .inkOnPaper)
        png = try sheet.png(images.rows(index..<index + 1))
        self.polarity = polarity
        width = columns * factor
        height = rows * factor
    }

    func draw(in markup: inout Markup, x: Double, y: Double, description: String) {
        markup.pictures(polarity) {
            $0.picture(
                png, x: x, y: y, width: width, height: height, isPixelated: isPixelated, description: description)
        }
    }
}
