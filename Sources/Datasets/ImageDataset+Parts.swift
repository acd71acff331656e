import Formats
import Tensors

// Sets made of other sets.

extension ImageDataset {
    /// The first `limit` images, or all where they are fewer.
    public func prefix(_ limit: Int) -> ImageDataset {
        requireShape(limit >= 0, "the first \(limit) images of a set")
        return limit >= count ? self : subset(0..<limit)
    }

    /// These images and behind them those of another set, in memory, with labels and names where both have some.
    /// - Throws: `FormatError` where the others are of another size, or their classes have other names.
    package func joined(with other: ImageDataset) throws(FormatError) -> ImageDataset {
        guard other.shape == shape else {
            throw FormatError(
                source: other.name, expected: "images \(shape), as \(name) has them", found: "\(other.shape)")
        }
        guard other.classNames == classNames else {
            throw FormatError(
                source: other.name, expected: "the classes \((classNames ?? []).joined(separator: ", "))",
                found: (other.classNames ?? []).joined(separator: ", "))
        }
        func both<Value>(_ values: KeyPath<ImageDataset, [Value]?>) -> [Value]? {
            self[keyPath: values].flatMap { mine in other[keyPath: values].map { mine + $0 } }
        }
        return ImageDataset(
            name: name == other.name ? name : "\(name) and \(other.name)", height: height, width: width,
            channels: channels, pixels: pixels + other.pixels, labels: both(\.labels), classNames: classNames,
            fileNames: both(\.fileNames))
    }

    /// The images at `positions`, in that order; of a set in a file, they stay there.
    package func subset(_ positions: some Collection<Int>) -> ImageDataset {
        let part: Store
        switch store {
        case .memory(let pixels):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(positions.count * imageSize)
            for position in positions {
                bytes.append(contentsOf: pixels[position * imageSize..<(position + 1) * imageSize])
            }
            part = .memory(bytes)
        case .file(let file, let rows):
            part = .file(file, rows: positions.map { rows?[$0] ?? UInt32($0) })
        }
        return ImageDataset(
            name: name, shape: shape, store: part, labels: labels.map { labels in positions.map { labels[$0] } },
            classNames: classNames, fileNames: fileNames.map { names in positions.map { names[$0] } })
    }

    /// Sets images apart for validation, chosen at random: sets on disk are often sorted by class.
    ///
    /// The choice depends on the seed, the number of images and, where it goes by class, the labels alone. Within each part
    /// the images keep their order.
    /// - Parameters:
    ///   - fraction: The part that is set apart, between 0 and 1; rounded to whole images, to nearest.
    ///   - byClass: Sets the same part of each class apart, to the image, as far as there are labels.
    ///   - seed: Chooses the images.
    /// - Throws: `DatasetError` where a part would be empty.
    public func split(
        validationFraction fraction: Double, byClass: Bool = false, seed: UInt64
    ) throws(DatasetError) -> (training: ImageDataset, validation: ImageDataset) {
        let validationCount = fraction > 0 && fraction < 1 ? Int((fraction * Double(count)).rounded()) : 0
        guard validationCount > 0, validationCount < count else {
            throw .cannotSplit(source: name, count: count, fraction: fraction)
        }
        let random = RandomSource(seed: seed)
        let order = permutation(count) { random.words(.split, block: $0) }.map(Int.init)
        guard byClass, let labels else {
            return (subset(order[validationCount...].sorted()), subset(order[..<validationCount].sorted()))
        }
        var left = quotas(labels, of: validationCount)
        var (training, validation): ([Int], [Int]) = ([], [])
        for position in order {
            if left[labels[position]] > 0 {
                left[labels[position]] -= 1
                validation.append(position)
            } else {
                training.append(position)
            }
        }
        return (subset(training.sorted()), subset(validation.sorted()))
    }

    /// How many images of each class are among so many: in proportion, what is left over to the largest remainders.
    private func quotas(_ labels: [Int], of wanted: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: (labels.max() ?? -1) + 1)
        for label in labels { counts[label] += 1 }
        var quotas = counts.map { $0 * wanted / count }
        let byRemainder = counts.indices.sorted {
            (counts[$1] * wanted % count, $0) < (counts[$0] * wanted % count, $1)
        }
        for label in byRemainder.prefix(wanted - quotas.reduce(0, +)) { quotas[label] += 1 }
        return quotas
    }
}
