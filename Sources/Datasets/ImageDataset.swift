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
    /// Values of a pixel: 1 for grey, 3 for red, green and blue, 4 with alpha.
    public let channels: Int
    /// A class for each image, from 0 on; nil where nobody gave one.
    public let labels: [Int]?
    /// What the classes are called, by their number; nil where they are numbers only.
    public let classNames: [String]?
    /// The file that each image comes from; nil where they come from one.
    public let fileNames: [String]?
    let store: Store

    /// Where the bytes are.
    enum Store: Sendable {
        /// All values, NHWC.
        case memory([UInt8])
        /// In a file, the set's images by their place there; nil for all in their order.
        case file(PixelFile, rows: [UInt32]?)
    }

    /// Creates a set from its bytes; sizes that do not fit them end the program.
    /// - Parameters:
    ///   - name: What the set is called in messages and reports.
    ///   - height: Rows of an image, at least 1.
    ///   - width: Columns of an image, at least 1.
    ///   - channels: Values of a pixel, at least 1.
    ///   - pixels: All values, NHWC.
    ///   - labels: A class for each image, from 0 on.
    ///   - classNames: What the classes are called, by their number; more than the largest label.
    ///   - fileNames: The file that each image comes from.
    public init(
        name: String, height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int]? = nil,
        classNames: [String]? = nil, fileNames: [String]? = nil
    ) {
        let size = height > 0 && width > 0 && channels > 0 ? checkedProduct([height, width, channels]) : nil
        guard let size, pixels.count.isMultiple(of: size) else {
            fatalError("\(pixels.count) bytes are no images of \(height)×\(width)×\(channels)")
        }
        self.init(
            name: name, shape: [height, width, channels], store: .memory(pixels), labels: labels,
            classNames: classNames, fileNames: fileNames)
    }

    /// Creates a set whose bytes stay in a file.
    /// - Parameter shape: Of one image, [height, width, channels].
    package init(
        name: String, shape: Shape, file: PixelFile, labels: [Int]?, classNames: [String]?, fileNames: [String]?
    ) {
        requireShape(file.imageSize == shape.count, "a file of \(file.imageSize) bytes an image for \(shape)")
        self.init(
            name: name, shape: shape, store: .file(file, rows: nil), labels: labels, classNames: classNames,
            fileNames: fileNames)
    }

    init(
        name: String, shape: Shape, store: Store, labels: [Int]?, classNames: [String]?, fileNames: [String]?
    ) {
        self.name = name
        (height, width, channels) = (shape[0], shape[1], shape[2])
        (self.store, self.labels, self.classNames, self.fileNames) = (store, labels, classNames, fileNames)
        requireShape(labels.map { $0.count == count } ?? true, "\(labels?.count ?? 0) labels for \(count) images")
        requireShape(
            fileNames.map { $0.count == count } ?? true, "\(fileNames?.count ?? 0) names for \(count) images")
        if let labels, let least = labels.min(), let most = labels.max() {
            requireShape(
                least >= 0 && most < classNames?.count ?? .max,
                "labels \(least) to \(most) for \(classNames?.count ?? 0) classes")
        }
    }

    /// Images of noise, always the same: for measuring speed.
    /// - Parameter shape: Of one image, [height, width, channels].
    package static func noise(_ count: Int, _ shape: Shape) -> ImageDataset {
        let values = RandomSource(seed: 0).uniforms(count: count * shape.count, limit: 128, .sampling, index: 0)
        return ImageDataset(
            name: "noise", height: shape[0], width: shape[1], channels: shape[2],
            pixels: values.map { UInt8(max(0, 127 + $0)) })
    }

    /// Classes of a set at the most.
    package static let mostClasses = 1 << 16

    /// Height, width and channels.
    package var shape: Shape { [height, width, channels] }

    /// The number of images.
    public var count: Int {
        switch store {
        case .memory(let pixels): pixels.count / imageSize
        case .file(let file, let rows): rows?.count ?? file.count
        }
    }

    /// The number of values in an image.
    public var imageSize: Int { height * width * channels }

    /// SHA-256 over size, pixels and labels, in hexadecimal; names have no part in it.
    ///
    /// It is the digest of the three lines `images N H W C`, `pixels DIGEST` and `labels DIGEST` (or `labels none`),
    /// each ended by a line break; a label is a byte, or four (little-endian) where one of them is above 255. Computed
    /// anew each time: about 30 ms for 50 MB.
    public func contentHash() -> String {
        let pixels = SHA256()
        forEachPart(pixels.add)
        let lines = """
            images \(count) \(height) \(width) \(channels)
            pixels \(pixels.hex())
            labels \(labels.map(Self.hash) ?? "none")

            """
        return SHA256.hex(of: Array(lines.utf8))
    }

    private static func hash(_ labels: [Int]) -> String {
        let areBytes = labels.allSatisfy { $0 <= 255 }
        var bytes: [UInt8] = []
        for label in labels {
            if areBytes { bytes.append(UInt8(label)) } else { bytes.append(littleEndian: UInt32(label)) }
        }
        return SHA256.hex(of: bytes)
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
            for image in 0..<count {
                withImage(position(image)) { pixels in
                    for value in 0..<size { buffer[image * size + value] = Self.unitValues[Int(pixels[value])] }
                }
            }
            initialized = count * size
        }
        return Tensor([count, height, width, channels], values)
    }

    /// byte / 255 for each byte, correctly rounded.
    package static let unitValues: [Float] = (0...255).map { Float($0) / 255 }
}
