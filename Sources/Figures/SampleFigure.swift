import Tensors

/// A few images of a data set, each with its label as title.
public struct SampleFigure: Hashable, Sendable {
    /// Shape [batch, height, width, channels], values 0…1.
    public let images: Tensor
    /// One for each image.
    public let labels: [String]
    /// A quieter line under each image, such as its file's name; empty for none.
    public let notes: [String]
    /// How the figure shows the images; the PNG has them as they are.
    public let polarity: Polarity

    /// Takes images of shape [batch, height, width, channels] and a label for each.
    /// - Parameters:
    ///   - notes: A quieter line for each image; nil for none.
    ///   - polarity: Judged by the images if left out.
    public init(images: Tensor, labels: [String], notes: [String]? = nil, polarity: Polarity? = nil) {
        requireShape(images.batch == labels.count, "\(labels.count) labels for \(images.batch) images")
        requireShape(
            notes?.count ?? labels.count == labels.count, "\(notes?.count ?? 0) notes for \(labels.count) images")
        self.notes = notes ?? []
        self.images = images
        self.labels = labels
        self.polarity = polarity ?? Polarity(of: images)
    }

    /// Of a panel: words need some room over a narrow image.
    private static let leastWidth = 96.0

    /// The images side by side as one PNG, without their labels.
    public func png(scale: Int = 4) throws -> [UInt8] {
        try ContactSheet(columns: images.batch, scale: scale, gap: 4 * scale).png(images)
    }

    /// The images with their labels above them.
    public func figure(title: String, caption: String) throws -> Figure {
        let panels = try labels.indices.map { index in
            let tile = try Tile(images, index, fitting: 144, polarity: polarity)
            // 6 pixels: the mean width of a letter at 11 pixels.
            let room = max(Self.leastWidth, tile.width)
            let note = notes.isEmpty ? "" : NumberText.shortened(notes[index], to: Int(room / 6), isPath: true)
            return Figure.Panel(
                width: room, height: tile.height + 26 + (note.isEmpty ? 0 : 20),
                description: "An image with the label \(labels[index])"
            ) { panel in
                let label = NumberText.shortened(labels[index], to: Int(room / 8))
                panel.label(label, x: room / 2, y: 14, anchor: .middle, style: "title")
                tile.draw(in: &panel, x: (room - tile.width) / 2, y: 26, description: labels[index])
                if !note.isEmpty {
                    panel.label(note, x: room / 2, y: tile.height + 26 + 15, anchor: .middle, style: "tick")
                }
            }
        }
        return Figure(title: title, caption: caption, rows: [.init(panels: panels, gap: 57)])
    }
}
