import Formats
import Tensors

/// Many small images in one picture, in rows from the top left, as TensorBoard's projector wants them.
///
/// A square of places, no side above 8192 pixels; images are made smaller where they would not fit.
package struct SpriteSheet: Sendable {
    /// Pixels of an image in the sheet.
    package let width, height: Int
    private let columns: Int
    private let channels: Int
    private let size: (height: Int, width: Int)
    private var pixels: [UInt8]
    private var count = 0

    /// The longest side that browsers draw everywhere, in pixels.
    package static let longestSide = 8192
    /// The longest side of an image in it.
    private static let longestImage = 128
    /// Below it there is nothing to be seen.
    private static let shortestImage = 4

    /// An empty sheet for so many images; nil where they would be too small, or have other channels than 1 or 3.
    package init?(of count: Int, height: Int, width: Int, channels: Int) {
        guard count > 0, channels == 1 || channels == 3 else { return nil }
        columns = Int(Double(count).squareRoot().rounded(.up))
        let longest = min(Self.longestImage, Self.longestSide / columns)
        let side = max(height, width)
        (self.height, self.width) =
            side <= longest ? (height, width) : (height * longest / side, width * longest / side)
        guard side <= longest || min(self.height, self.width) >= Self.shortestImage else { return nil }
        self.channels = channels
        size = (height, width)
        let rows = (count + columns - 1) / columns
        pixels = [UInt8](repeating: 0, count: rows * self.height * columns * self.width * channels)
    }

    /// Adds images: shape [batch, height, width, channels], values in [0, 1].
    package mutating func append(_ images: Tensor) {
        let values = images.values
        let line = columns * width * channels
        for image in 0..<images.batch {
            let source = image * size.height * size.width * channels
            let target = (count / columns) * height * line + (count % columns) * width * channels
            for y in 0..<height {
                for x in 0..<width {
                    for channel in 0..<channels {
                        let value = mean(values, source, y, x, channel)
                        pixels[target + y * line + x * channels + channel] = UInt8((value * 255).rounded())
                    }
                }
            }
            count += 1
        }
    }

    /// Of the image's pixels that fall into one of the sheet's.
    private func mean(_ values: [Float], _ source: Int, _ y: Int, _ x: Int, _ channel: Int) -> Float {
        let rows = y * size.height / height..<max((y + 1) * size.height / height, y * size.height / height + 1)
        let columns = x * size.width / width..<max((x + 1) * size.width / width, x * size.width / width + 1)
        var sum: Float = 0
        for row in rows {
            for column in columns { sum += values[source + (row * size.width + column) * channels + channel] }
        }
        return min(1, max(0, sum / Float(rows.count * columns.count)))
    }

    /// The sheet as a PNG.
    /// - Throws: `PictureError`.
    package func png() throws -> [UInt8] {
        let line = columns * width * channels
        return try PNG.encode(
            width: columns * width, height: pixels.count / line, channels: channels, pixels: pixels)
    }
}
