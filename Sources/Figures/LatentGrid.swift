import Tensors

/// Images decoded from a square lattice in a plane of the latent space, laid out as that plane lies.
///
/// z₁ grows to the right and z₂ upward, so the first image is that of the lowest z₁ and the *highest* z₂:
/// `codes` gives the codes in this order.
public struct LatentGrid: Hashable, Sendable {
    /// Shape [side², height, width, channels], values 0…1; rows of the picture from its top left.
    public let images: Tensor
    /// Images along each axis.
    public let side: Int
    /// The latent values at the two ends of both axes.
    public let range: ClosedRange<Double>
    /// How the figure shows the images; the PNG has them as they are.
    public let polarity: Polarity

    /// Takes the images decoded from `codes(side:range:)`, shape [side², height, width, channels].
    /// - Parameter polarity: Judged by the images if left out.
    public init(images: Tensor, side: Int, range: ClosedRange<Double> = -3...3, polarity: Polarity? = nil) {
        requireShape(
            side > 1 && images.shape.rank == 4 && images.batch == side * side,
            "a grid of \(side) × \(side) from images of shape \(images.shape)")
        self.images = images
        self.side = side
        self.range = range
        self.polarity = polarity ?? Polarity(of: images)
    }

    /// The codes to decode, in the order in which the picture needs them: from its top left, row by row.
    ///
    /// Both axes are `linspace(range.lowerBound, range.upperBound, side)`.
    /// - Returns: Shape [side², 2]: z₁, z₂.
    public static func codes(side: Int, range: ClosedRange<Double> = -3...3) -> Tensor {
        requireShape(side > 1, "a grid of \(side) × \(side)")
        // Divided last, so that the two ends are met exactly.
        let span = range.upperBound - range.lowerBound
        let line = (0..<side).map { Float(range.lowerBound + span * Double($0) / Double(side - 1)) }
        let values = (0..<side * side).flatMap { [line[$0 % side], line[side - 1 - $0 / side]] }
        return Tensor([side * side, 2], values)
    }

    /// The picture alone.
    public func png(scale: Int = 1) throws -> [UInt8] {
        try ContactSheet(columns: side, scale: scale).png(images)
    }

    /// The picture with its axes; ticks stand at the middle of the image that their value made.
    /// - Parameters:
    ///   - title: Of the figure.
    ///   - caption: Under the figure.
    ///   - axes: The names of the two latent dimensions: z₁ and z₂ if there are two.
    public func figure(title: String, caption: String, axes: (x: String, y: String) = ("z₁", "z₂")) throws -> Figure {
        let (height, width) = (images.shape[1], images.shape[2])
        let natural = Double(side * width)
        let available = Figure.measure - 88
        let whole = (available / natural).rounded(.down)
        let factor = whole >= 1 ? whole : available / natural
        let size = (x: natural * factor, y: Double(side * height) * factor)
        let half = (x: Double(width) * factor / 2, y: Double(height) * factor / 2)
        let (left, top) = (52.0, 30.0)
        let horizontal = Scale(domain: range, pixels: (left + half.x, left + size.x - half.x))
        let vertical = Scale(domain: range, pixels: (top + size.y - half.y, top + half.y))
        let ticks = Ticks(range, count: 8)
        let picture = try ContactSheet(columns: side, isInverted: polarity == .inkOnPaper).png(images)
        let panel = Figure.Panel(
            width: left + size.x + 36, height: top + size.y + 52,
            description: "\(side) × \(side) images decoded from \(axes.x) and \(axes.y) "
                + "between \(ticks.label(range.lowerBound)) and \(ticks.label(range.upperBound))"
        ) { markup in
            // Hard pixels only where none is lost: the report shows the picture smaller on a telephone.
            markup.pictures(polarity) {
                $0.picture(
                    picture, x: left, y: top, width: size.x, height: size.y, isPixelated: factor > 1,
                    description: title)
            }
            for tick in ticks.values {
                let (x, y) = (horizontal(tick), vertical(tick))
                markup.line(from: (x, top + size.y + 4), to: (x, top + size.y + 9), style: "hairline rule")
                markup.line(from: (left - 9, y), to: (left - 4, y), style: "hairline rule")
                markup.label(ticks.label(tick), x: x, y: top + size.y + 25, anchor: .middle, style: "tick")
                markup.label(ticks.label(tick), x: left - 15, y: y + 4, anchor: .end, style: "tick")
            }
            markup.label("\(axes.x) →", x: left + size.x, y: top + size.y + 46, anchor: .end)
            markup.label("↑ \(axes.y)", x: left, y: top - 10)
        }
        return Figure(title: title, caption: caption, rows: [.init(panels: [panel], gap: 0)])
    }
}
