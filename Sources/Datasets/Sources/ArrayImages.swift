import Formats
import Tensors

/// Images in one NumPy array: [images, rows, columns] or [images, rows, columns, channels], or as PyTorch has them,
/// [images, channels, rows, columns].
struct ArrayImages {
    private let outline: NPY.Outline
    private let source: String
    /// Of one image, [height, width, channels].
    let shape: Shape
    let count: Int
    private let isChannelsFirst: Bool

    /// - Throws: `FormatError` for an array of another shape; `DatasetError` for one without images.
    init(_ outline: NPY.Outline, source: String) throws {
        (self.outline, self.source) = (outline, source)
        let sizes = outline.shape
        func isColour(_ size: Int) -> Bool { [1, 3, 4].contains(size) }
        isChannelsFirst = sizes.count == 4 && !isColour(sizes[3]) && isColour(sizes[1])
        switch sizes.count {
        case 3: shape = [sizes[1], sizes[2], 1]
        case 4 where isColour(sizes[3]): shape = [sizes[1], sizes[2], sizes[3]]
        case 4 where isChannelsFirst: shape = [sizes[2], sizes[3], sizes[1]]
        default:
            throw FormatError(
                source: source,
                expected: "images of shape [count, height, width] or [count, height, width, channels] with 1, 3 or 4 "
                    + "channels", found: "an array of shape \(sizes)")
        }
        count = sizes[0]
        guard sizes.allSatisfy({ $0 > 0 }) else { throw DatasetError.empty(source: source) }
    }

    /// Whether the file's bytes are those of the images.
    var isPlain: Bool { outline.type == .uint8 && outline.isPlain && !isChannelsFirst }

    /// Where the images begin in the file.
    var start: Int { outline.range.lowerBound }

    /// The first images as bytes.
    /// - Parameters:
    ///   - file: The whole array's file.
    ///   - range: Which floats are black and white; nil where nobody has said.
    /// - Throws: `FormatError`.
    func pixels(of file: [UInt8], first limit: Int?, range: ClosedRange<Double>?) throws(FormatError) -> [UInt8] {
        let images = min(limit ?? count, count)
        if isPlain { return Array(file[start..<start + images * shape.count]) }
        let all = try NPY.parse(file, source: source).values
        if outline.type.isFloat, range == nil { throw unstated(all) }
        // Whole numbers are bytes, whatever is said of floats.
        let range = outline.type.isFloat ? range : nil
        let (low, high) = (range?.lowerBound ?? 0, range?.upperBound ?? 255)
        let (slack, scale) = (1e-6 * (high - low), 255 / (high - low))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(images * shape.count)
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        for image in 0..<images {
            for place in 0..<shape.count {
                let (pixel, channel) = (place / channels, place % channels)
                let from = isChannelsFirst ? channel * height * width + pixel : place
                let value = Double(all[image * shape.count + from])
                guard value >= low - slack, value <= high + slack else {
                    throw FormatError(
                        source: source, expected: "values from \(shown(low)) to \(shown(high))",
                        found: "\(shown(value)) in image \(image)")
                }
                pixels.append(UInt8(((min(max(value, low), high) - low) * scale + 0.5).rounded(.down)))
            }
        }
        return pixels
    }

    /// Floats say nothing of what is black and what is white.
    private func unstated(_ values: [Float]) -> FormatError {
        let (least, most) = (Double(values.min() ?? 0), Double(values.max() ?? 0))
        let guess = least < 0 ? "-1..1" : most <= 1 ? "0..1" : "0..255"
        return FormatError(
            source: source, expected: "floats whose range is stated, such as --pixel-range \(guess)",
            found: "values from \(shown(least)) to \(shown(most))")
    }

    private func shown(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(Float(value))"
    }
}

extension NPY {
    /// Whole numbers from 0 on, one an image: shape [count], or [count, 1].
    /// - Throws: `FormatError`.
    static func labels(of file: [UInt8], source: String) throws(FormatError) -> [Int] {
        let tensor = try parse(file, source: source)
        let sizes = tensor.shape.dimensions
        guard sizes.count == 1 || sizes.count == 2 && sizes[1] == 1 else {
            throw FormatError(
                source: source, expected: "a class for each image, shape [count]",
                found: "shape \(sizes)"
                    + (sizes.count == 2 ? " (numpy.argmax(labels, axis=1) makes classes of it)" : ""))
        }
        var labels: [Int] = []
        labels.reserveCapacity(sizes[0])
        for (image, value) in tensor.values.enumerated() {
            guard let label = Int(exactly: value), (0..<ImageDataset.mostClasses).contains(label) else {
                throw FormatError(
                    source: source, expected: "classes from 0 to \(ImageDataset.mostClasses - 1)",
                    found: "\(value) for image \(image)")
            }
            labels.append(label)
        }
        return labels
    }
}
