import Tensors

/// A few images of a data set, each with its label as title.
public struct SampleFigure: Hashable, Sendable {
    /// Shape [batch, height, width, channels], values 0…1.
    public let images: Tensor
    /// One for each image.
    public let labels: [String]
    /// How the figure shows the images; the PNG has them as they are.
    public let polarity: Polarity

    /// Takes images of shape [batch, height, width, channels] and a label for each.
    /// - Parameter polarity: Judged by the images if left out.
    public init(images: Tensor, labels: [String], polarity: Polarity? = nil) {
        requireShape(images.batch == labels.count, "\(labels.count) labels for \(images.batch) images")
        self.images = images
        self.labels = labels
        self.polarity = polarity ?? Polarity(of: images)
    }

    /// The images side by side as one PNG, without their labels.
    public func png(scale: Int = 4) throws -> [UInt8] {
        try ContactSheet(columns: images.batch, scale: scale, gap: 4 * scale).png(images)
    }

    /// The images with their labels above them.
    public func figure(title: String, caption: String) throws -> Figure {
        let panels = try labels.indices.map { index in
            let tile = try Tile(images, index, fitting: 144, polarity: polarity)
            return Figure.Panel(
                width: tile.width, height: tile.height + 26, description: "An image with the label \(labels[index])"
            ) { panel in
                panel.label(labels[index], x: tile.width / 2, y: 14, anchor: .middle, style: "title")
                tile.draw(in: &panel, x: 0, y: 26, description: labels[index])
            }
        }
        return Figure(title: title, caption: caption, rows: [.init(panels: panels, gap: 57)])
    }
}
