import Tensors

/// How pictures stand on a page: as their values are, or as ink on paper.
public enum Polarity: Hashable, Sendable {
    /// 0 is black, 1 is white or a full colour.
    case asStored
    /// 0 is the page and 1 is what one writes with: dark on a light page, light on a dark one.
    case inkOnPaper

    /// The mean value below which grey images are taken for strokes on an empty ground.
    private static let inkLimit = 0.2

    /// Chooses by the images' own values: handwriting, stored as bright strokes on black, is ink; all else is as stored.
    /// - Parameter images: Shape [batch, height, width, channels], values 0…1.
    package init(of images: Tensor) {
        let isGrey = images.shape.rank == 4 && images.shape[3] == 1
        let sum = images.values.reduce(0.0) { $0 + Double($1) }
        self.init(mean: sum / Double(max(1, images.shape.count)), isGrey: isGrey)
    }

    /// Chooses by bytes as a data set has them.
    /// - Parameters:
    ///   - pixels: 0…255, of some images.
    ///   - channels: Values a pixel.
    package init(pixels: ArraySlice<UInt8>, channels: Int) {
        let sum = pixels.reduce(0) { $0 + Int($1) }
        self.init(mean: Double(sum) / 255 / Double(max(1, pixels.count)), isGrey: channels == 1)
    }

    private init(mean: Double, isGrey: Bool) {
        self = isGrey && mean < Self.inkLimit ? .inkOnPaper : .asStored
    }
}

extension Markup {
    /// Pictures whose bytes are ink on paper; where the page is dark, the style sheet turns them.
    mutating func pictures(_ polarity: Polarity, _ content: (inout Markup) -> Void) {
        switch polarity {
        case .asStored: content(&self)
        case .inkOnPaper: element("g", ["class": "ink"], content)
        }
    }
}
