import Tensors

/// Sheets of the same images side by side: originals, and what a model makes of them.
public struct ReconstructionFigure: Hashable, Sendable {
    /// One sheet.
    public struct Sheet: Hashable, Sendable {
        /// What it holds: "Originals".
        public let title: String
        /// A second, quieter line: "z = mean".
        public let note: String
        /// Shape [batch, height, width, channels], values 0…1.
        public let images: Tensor

        /// Takes a title, a second line, and images of shape [batch, height, width, channels].
        public init(title: String, note: String, images: Tensor) {
            self.title = title
            self.note = note
            self.images = images
        }
    }

    /// From the left.
    public let sheets: [Sheet]
    /// One for each image, the same in each sheet: the index in the data set, for instance.
    public let labels: [String]
    /// Images in a row of a sheet.
    public let columns: Int
    /// How the figure shows the images; the PNG has them as they are.
    public let polarity: Polarity

    /// Takes sheets of equally many images, a label for each image, and the images in a row of a sheet.
    /// - Parameter polarity: Judged by the first sheet if left out.
    public init(sheets: [Sheet], labels: [String], columns: Int = 3, polarity: Polarity? = nil) {
        requireShape(columns > 0, "a sheet of \(columns) columns")
        for sheet in sheets {
            requireShape(
                sheet.images.batch == labels.count,
                "\(labels.count) labels for \(sheet.images.batch) images of the sheet '\(sheet.title)'")
        }
        self.sheets = sheets
        self.labels = labels
        self.columns = columns
        self.polarity = polarity ?? sheets.first.map { Polarity(of: $0.images) } ?? .asStored
    }

    /// The sheets side by side.
    public func figure(title: String, caption: String) throws -> Figure {
        Figure(title: title, caption: caption, rows: [.init(panels: try sheets.map(panel), gap: 50)])
    }

    private func panel(_ sheet: Sheet) throws -> Figure.Panel {
        let (gap, labelHeight, top) = (12.0, 20.0, 46.0)
        let tiles = try labels.indices.map { try Tile(sheet.images, $0, fitting: 84, polarity: polarity) }
        let (width, height) = (tiles.first?.width ?? 0, tiles.first?.height ?? 0)
        let rows = Double((labels.count + columns - 1) / columns)
        return Figure.Panel(
            width: Double(columns) * (width + gap) - gap, height: top + rows * (height + labelHeight),
            description: "\(sheet.title), \(sheet.note): \(labels.count) images"
        ) { panel in
            panel.label(sheet.title, x: 0, y: 14, style: "title")
            panel.label(sheet.note, x: 0, y: 33, style: "muted")
            for (index, tile) in tiles.enumerated() {
                let x = Double(index % columns) * (width + gap)
                let y = top + Double(index / columns) * (height + labelHeight)
                tile.draw(in: &panel, x: x, y: y, description: "\(sheet.title), \(labels[index])")
                panel.label(labels[index], x: x + width / 2, y: y + height + 13, anchor: .middle, style: "tick")
            }
        }
    }
}
