import Formats
import Tensors

extension ReconstructionFigure {
    /// The sheets side by side as one PNG, without titles and labels; one empty column stands between two sheets.
    public func png(scale: Int = 2) throws -> [UInt8] {
        guard let shape = sheets.first?.images.shape, !labels.isEmpty else {
            throw PictureError.unsupported("a figure without images has no picture")
        }
        let columns = min(columns, labels.count)
        let rows = (labels.count + columns - 1) / columns
        let width = sheets.count * (columns + 1) - 1
        let size = shape.count / shape[0]
        var values = [Float](repeating: 1, count: rows * width * size)
        for (position, sheet) in sheets.enumerated() {
            for image in labels.indices {
                let place = image / columns * width + position * (columns + 1) + image % columns
                let source = sheet.images.values[image * size..<(image + 1) * size]
                values.replaceSubrange(place * size..<(place + 1) * size, with: source)
            }
        }
        let tiles = Tensor(Shape([rows * width] + shape.dimensions.dropFirst()), values)
        return try ContactSheet(columns: width, scale: scale, gap: 2 * scale).png(tiles)
    }
}
