import Formats
import Tensors

/// Images in rows and columns, as one PNG.
///
/// The first image stands at the top left, the next to its right.
public struct ContactSheet: Hashable, Sendable {
    /// Images in a row; the last row may be short.
    public var columns: Int
    /// Each pixel becomes a square of this many pixels.
    public var scale: Int
    /// Pixels between two images.
    public var gap: Int
    /// The grey level of gaps and empty places, 0 (black) to 255 (white).
    public var background: UInt8

    /// Whether white becomes black and black becomes white, as for ink on paper; gaps stay as they are.
    public var isInverted: Bool

    /// Describes a sheet; see the properties.
    public init(columns: Int, scale: Int = 1, gap: Int = 0, background: UInt8 = 255, isInverted: Bool = false) {
        requireShape(columns > 0 && scale > 0 && gap >= 0, "a sheet of \(columns) columns, scale \(scale), gap \(gap)")
        self.columns = columns
        self.scale = scale
        self.gap = gap
        self.background = background
        self.isInverted = isInverted
    }

    /// Draws the sheet.
    /// - Parameter images: Shape [batch, height, width, channels] of one or more images with 1 (grey) or 3 (RGB)
    ///   channels, or those and alpha. Values are clamped to 0…1; a NaN is black.
    /// - Returns: The bytes of a PNG, (columns · width · scale + (columns − 1) · gap) pixels wide.
    /// - Throws: `PictureError.unsupported` if the sheet is too large for PNG.
    public func png(_ images: Tensor) throws -> [UInt8] { try png(images, quickly: false) }

    /// The same, at once or small, as `PNG.encode` takes it.
    package func png(_ images: Tensor, quickly: Bool) throws -> [UInt8] {
        requireShape(
            images.shape.rank == 4 && images.shape.count > 0 && images.shape[3] <= 4,
            "a sheet needs images of shape [batch, height, width, 1 to 4], not \(images.shape)")
        let values = images.values
        return try png(images.shape, quickly: quickly) { Self.byte(values[$0]) }
    }

    /// Draws the sheet of images that are bytes already.
    /// - Parameters:
    ///   - bytes: All images, one behind the other, NHWC; one or more.
    ///   - shape: Of one, [height, width, channels] with 1 to 4 channels.
    /// - Throws: `PictureError.unsupported` if the sheet is too large for PNG.
    package func png(_ bytes: [UInt8], shape: Shape) throws -> [UInt8] {
        requireShape(
            shape.rank == 3 && (1...4).contains(shape[2]) && !bytes.isEmpty && bytes.count.isMultiple(of: shape.count),
            "a sheet of \(bytes.count) bytes for images of shape \(shape)")
        return try png(Shape([bytes.count / shape.count] + shape.dimensions)) { bytes[$0] }
    }

    @inline(__always)
    private func png(_ shape: Shape, quickly: Bool = false, _ byte: (Int) -> UInt8) throws -> [UInt8] {
        let (count, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let rows = (count + columns - 1) / columns
        let sheetWidth = columns * width * scale + (columns - 1) * gap
        let sheetHeight = rows * height * scale + (rows - 1) * gap
        var pixels = [UInt8](repeating: background, count: sheetWidth * sheetHeight * channels)
        for index in 0..<count {
            let top = index / columns * (height * scale + gap)
            let left = index % columns * (width * scale + gap)
            for y in 0..<height * scale {
                let source = (index * height + y / scale) * width
                let target = (top + y) * sheetWidth + left
                for x in 0..<width * scale {
                    for channel in 0..<channels {
                        let byte = byte((source + x / scale) * channels + channel)
                        pixels[(target + x) * channels + channel] = isInverted ? 255 - byte : byte
                    }
                }
            }
        }
        return try PNG.encode(
            width: sheetWidth, height: sheetHeight, channels: channels, pixels: pixels, quickly: quickly)
    }

    /// 0…1 to 0…255, rounded; what is outside is clamped, a NaN is 0.
    private static func byte(_ value: Float) -> UInt8 {
        guard value > 0 else { return 0 }
        return value < 1 ? UInt8((value * 255).rounded()) : 255
    }
}
