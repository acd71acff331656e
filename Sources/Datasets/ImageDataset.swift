import Formats
import Tensors

/// Images of one size as bytes, with or without labels.
///
/// Bytes take a quarter of the memory of Float32; `images(_:)` turns those that are asked for into a tensor.
public struct ImageDataset: Sendable {
    /// The two sets that known data comes in.
    public enum Split: String, CaseIterable, Sendable {
        /// The images to learn from.
        case train
        /// The images to judge by.
        case test
    }

    /// Which of the two sets a training learns from.
    public enum TrainingSet: String, CaseIterable, Sendable, Codable {
        /// The training images.
        case train
        /// Training and test images together, for examples that look at no set apart.
        case all
    }

    /// What the set is called in messages and reports.
    public let name: String
    /// Rows of an image.
    public let height: Int
    /// Columns of an image.
    public let width: Int
    /// Values of a pixel: 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// All values, NHWC: shape [count, height, width, channels], row-major.
    public let pixels: [UInt8]
    /// A class for each image; nil where nobody gave one.
    public let labels: [UInt8]?

    /// Creates a set from its bytes; sizes that do not fit them end the program.
    /// - Parameters:
    ///   - name: What the set is called in messages and reports.
    ///   - height: Rows of an image, at least 1.
    ///   - width: Columns of an image, at least 1.
    ///   - channels: Values of a pixel, at least 1.
    ///   - pixels: All values, NHWC.
    ///   - labels: A class for each image.
    public init(name: String, height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [UInt8]? = nil) {
        let size = height > 0 && width > 0 && channels > 0 ? checkedProduct([height, width, channels]) : nil
        guard let size, pixels.count.isMultiple(of: size) else {
            fatalError("\(pixels.count) bytes are no images of \(height)×\(width)×\(channels)")
        }
        requireShape(
            labels.map { $0.count == pixels.count / size } ?? true,
            "\(labels?.count ?? 0) labels for \(pixels.count / size) images")
        self.name = name
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.labels = labels
    }

    /// Images of noise, always the same: for measuring speed.
    /// - Parameter shape: Of one image, [height, width, channels].
    package static func noise(_ count: Int, _ shape: Shape) -> ImageDataset {
        let values = RandomSource(seed: 0).uniforms(count: count * shape.count, limit: 128, .sampling, index: 0)
        return ImageDataset(
            name: "noise", height: shape[0], width: shape[1], channels: shape[2],
            pixels: values.map { UInt8(max(0, 127 + $0)) })
    }

    /// Height, width and channels.
    package var shape: Shape { [height, width, channels] }

    /// The number of images.
    public var count: Int { pixels.count / imageSize }

    /// The number of values in an image.
    public var imageSize: Int { height * width * channels }

    /// SHA-256 over size, pixels and labels, in hexadecimal; the name has no part in it.
    ///
    /// It is the digest of the three lines `images N H W C`, `pixels DIGEST` and `labels DIGEST` (or `labels none`),
    /// each ended by a line break. Computed anew each time: about 30 ms for 50 MB.
    public func contentHash() -> String {
        let lines = """
            images \(count) \(height) \(width) \(channels)
            pixels \(SHA256.hex(of: pixels))
            labels \(labels.map(SHA256.hex(of:)) ?? "none")

            """
        return SHA256.hex(of: Array(lines.utf8))
    }
}

// MARK: - Images as tensors

extension ImageDataset {
    /// A run of images, values in [0, 1].
    /// - Parameter range: Positions within the set.
    /// - Returns: byte / 255, shape [range.count, height, width, channels].
    public func images(_ range: Range<Int>) -> Tensor {
        requireShape(range.lowerBound >= 0 && range.upperBound <= count, "images \(range) of a set of \(count)")
        return tensor(count: range.count) { range.lowerBound + $0 }
    }

    /// Chosen images in the order given, values in [0, 1].
    /// - Parameter positions: Positions within the set; one may stand several times.
    /// - Returns: byte / 255, shape [positions.count, height, width, channels].
    public func images(at positions: [Int]) -> Tensor {
        requireShape(positions.allSatisfy { $0 >= 0 && $0 < count }, "images at \(positions) of a set of \(count)")
        return tensor(count: positions.count) { positions[$0] }
    }

    private func tensor(count: Int, position: (Int) -> Int) -> Tensor {
        let size = imageSize
        let values = [Float](unsafeUninitializedCapacity: count * size) { buffer, initialized in
            pixels.withUnsafeBufferPointer { pixels in
                Self.unitValues.withUnsafeBufferPointer { unitValues in
                    for image in 0..<count {
                        let start = position(image) * size
                        for value in 0..<size {
                            buffer[image * size + value] = unitValues[Int(pixels[start + value])]
                        }
                    }
                }
            }
            initialized = count * size
        }
        return Tensor([count, height, width, channels], values)
    }

    /// byte / 255 for each byte, correctly rounded.
    package static let unitValues: [Float] = (0...255).map { Float($0) / 255 }
}

// MARK: - Parts

extension ImageDataset {
    /// The first `limit` images, or all where they are fewer.
    public func prefix(_ limit: Int) -> ImageDataset {
        requireShape(limit >= 0, "the first \(limit) images of a set")
        if limit >= count { return self }
        return ImageDataset(
            name: name, height: height, width: width, channels: channels, pixels: Array(pixels[..<(limit * imageSize)]),
            labels: labels.map { Array($0.prefix(limit)) })
    }

    /// These images and behind them those of another set, with labels where both have some.
    /// - Throws: `FormatError` where the others are of another size.
    package func joined(with other: ImageDataset) throws(FormatError) -> ImageDataset {
        guard other.shape == shape else {
            throw FormatError(
                source: other.name, expected: "images \(shape), as \(name) has them", found: "\(other.shape)")
        }
        return ImageDataset(
            name: name == other.name ? name : "\(name) and \(other.name)", height: height, width: width,
            channels: channels, pixels: pixels + other.pixels,
            labels: labels.flatMap { labels in other.labels.map { labels + $0 } })
    }

    /// The images at `positions`, in that order.
    package func subset(_ positions: [Int]) -> ImageDataset {
        var subset: [UInt8] = []
        subset.reserveCapacity(positions.count * imageSize)
        for position in positions {
            subset.append(contentsOf: pixels[position * imageSize..<(position + 1) * imageSize])
        }
        return ImageDataset(
            name: name, height: height, width: width, channels: channels, pixels: subset,
            labels: labels.map { labels in positions.map { labels[$0] } })
    }

    /// Sets images apart for validation, chosen at random: sets on disk are often sorted by class.
    ///
    /// The choice depends on the seed and the number of images alone. Within each part the images keep their order.
    /// - Parameters:
    ///   - fraction: The part that is set apart, between 0 and 1; rounded to whole images, to nearest.
    ///   - seed: Chooses the images.
    /// - Throws: `DatasetError` where a part would be empty.
    public func split(
        validationFraction fraction: Double, seed: UInt64
    ) throws(DatasetError) -> (training: ImageDataset, validation: ImageDataset) {
        let validationCount = fraction > 0 && fraction < 1 ? Int((fraction * Double(count)).rounded()) : 0
        guard validationCount > 0, validationCount < count else {
            throw .cannotSplit(source: name, count: count, fraction: fraction)
        }
        let random = RandomSource(seed: seed)
        let order = permutation(count) { random.words(.split, block: $0) }.map(Int.init)
        return (subset(order[validationCount...].sorted()), subset(order[..<validationCount].sorted()))
    }
}
