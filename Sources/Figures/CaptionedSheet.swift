import Formats
import Tensors

/// Rows of images with a caption over each, as one PNG.
package struct CaptionedSheet {
    /// What stands over the images of a row; nil for nothing.
    package typealias Row = (caption: String?, images: Tensor)

    private let rows: [Row]
    private let scale: Int

    /// Pixels between images and around all; of a letter's pixel; rows of pixels that a caption takes.
    private static let (gap, dot, captionHeight) = (4, 2, 2 * BitmapFont.height + 6)
    private static let ink: UInt8 = 32

    /// - Parameters:
    ///   - rows: One or more, each with images [count, height, width, channels] of one size, 1 (grey) or 3 (RGB)
    ///     channels, values in 0…1.
    ///   - side: How large an image may become: small ones are enlarged by whole factors.
    package init(_ rows: [Row], side: Int) {
        requireShape(!rows.isEmpty, "a sheet without rows")
        let shape = rows[0].images.shape
        requireShape(
            rows.allSatisfy { Array($0.images.shape.dimensions.dropFirst()) == Array(shape.dimensions.dropFirst()) },
            "rows of a sheet with images of several sizes")
        self.rows = rows
        scale = max(1, side / max(shape[1], shape[2]))
    }

    /// Draws the sheet.
    /// - Throws: `PictureError.unsupported` if it is too large for PNG.
    package func png() throws -> [UInt8] {
        let shape = rows[0].images.shape
        let (height, width, channels) = (shape[1] * scale, shape[2] * scale, shape[3])
        let most = rows.map { $0.images.shape[0] }.max() ?? 0
        let sheetWidth = Self.gap + most * (width + Self.gap)
        let sheetHeight = rows.reduce(Self.gap) {
            $0 + height + Self.gap + ($1.caption == nil ? 0 : Self.captionHeight)
        }
        var canvas = Canvas(width: sheetWidth, height: sheetHeight, channels: channels)
        var top = Self.gap
        for row in rows {
            if let caption = row.caption {
                canvas.write(caption, x: Self.gap, y: top + 2, dot: Self.dot, ink: Self.ink)
                top += Self.captionHeight
            }
            let values = row.images.values
            for image in 0..<row.images.shape[0] {
                let left = Self.gap + image * (width + Self.gap)
                for y in 0..<height {
                    for x in 0..<width {
                        let from = ((image * shape[1] + y / scale) * shape[2] + x / scale) * channels
                        for channel in 0..<channels {
                            canvas.pixels[((top + y) * sheetWidth + left + x) * channels + channel] =
                                UInt8((min(max(values[from + channel], 0), 1) * 255).rounded())
                        }
                    }
                }
            }
            top += height + Self.gap
        }
        return try PNG.encode(width: sheetWidth, height: sheetHeight, channels: channels, pixels: canvas.pixels)
    }
}

/// White paper.
private struct Canvas {
    let width, height, channels: Int
    var pixels: [UInt8]

    init(width: Int, height: Int, channels: Int) {
        (self.width, self.height, self.channels) = (width, height, channels)
        pixels = [UInt8](repeating: 255, count: width * height * channels)
    }

    /// Writes words that end in … where they do not fit.
    mutating func write(_ text: String, x: Int, y: Int, dot: Int, ink: UInt8) {
        let room = max(1, (width - x) / (BitmapFont.advance * dot))
        let text = text.count <= room ? text : text.prefix(max(0, room - 2)) + ".."
        for (place, character) in text.enumerated() {
            for (column, bits) in BitmapFont.columns(of: character).enumerated() {
                for row in 0..<8 where bits >> UInt8(row) & 1 == 1 {
                    fill(x + (place * BitmapFont.advance + column) * dot, y + row * dot, dot, ink)
                }
            }
        }
    }

    private mutating func fill(_ left: Int, _ top: Int, _ side: Int, _ level: UInt8) {
        for y in top..<min(top + side, height) {
            for x in left..<max(left, min(left + side, width)) {
                for channel in 0..<channels { pixels[(y * width + x) * channels + channel] = level }
            }
        }
    }
}
