import Formats
import Pictures
import Tensors

extension ImageSurvey {
    /// A row of a sheet that shows what a set is like.
    package struct SheetRow {
        /// The class that the images are of; nil where there are none.
        package let name: String?
        /// [count, height, width, channels], in 0…1.
        package let images: Tensor
    }

    /// Images of the training set, spread evenly over it: a row for each class, or a few rows where there are none.
    /// - Parameters:
    ///   - columns: Images in a row.
    ///   - rows: The most rows.
    ///   - side: The longest side of an image; larger ones are made smaller.
    /// - Throws: `FileError` or `FormatError` where the set's file cannot be read.
    package func sheet(columns: Int, rows: Int, side: Int) throws -> [SheetRow] {
        guard let images = training, let classes = parts.first?.classes, let labels = images.labels else {
            guard let images = training else { return [] }
            let taken = Self.spread(Array(0..<images.count), columns * min(rows, Self.fewRows))
            return try stride(from: 0, to: taken.count, by: columns).map {
                SheetRow(
                    name: nil,
                    images: try images.small(Array(taken[$0..<min($0 + columns, taken.count)]), side: side))
            }
        }
        var places = [[Int]](repeating: [], count: classes.count)
        for (image, label) in labels.enumerated() { places[label].append(image) }
        return try zip(classes, places).filter { !$0.1.isEmpty }.prefix(rows).map { one, places in
            SheetRow(
                name: "\(one.name) (\(one.images))", images: try images.small(Self.spread(places, columns), side: side))
        }
    }

    private static let fewRows = 8

    private static func spread(_ places: [Int], _ count: Int) -> [Int] {
        places.count <= count ? places : (0..<count).map { places[$0 * places.count / count] }
    }
}

extension ImageDataset {
    /// Some of its images, no side of them longer than `side`, without alpha.
    fileprivate func small(_ positions: [Int], side: Int) throws -> Tensor {
        var settings = PictureSettings()
        let longest = max(height, width)
        if longest > side {
            settings.size = .init(
                height: max(1, height * side / longest), width: max(1, width * side / longest))
            settings.fit = .stretch
        }
        let preparer = try PicturePreparer(settings)
        let shape = preparer.shape(of: .init(kind: .png, width: width, height: height, channels: channels))
        var values: [Float] = []
        var (stored, small) = ([UInt8](repeating: 0, count: imageSize), [UInt8](repeating: 0, count: shape.count))
        for position in positions {
            try stored.withUnsafeMutableBufferPointer { try read(position..<position + 1, into: $0) }
            let picture = StoredPicture(width: width, height: height, channels: channels, pixels: stored)
            small.withUnsafeMutableBufferPointer { preparer.prepare(picture, into: $0) }
            values += small.map { Self.unitValues[Int($0)] }
        }
        return Tensor([positions.count, shape.height, shape.width, shape.channels], values)
    }
}
