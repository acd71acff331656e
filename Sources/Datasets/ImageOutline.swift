import Formats
import Tensors

/// What a set of images says of itself before it is read: for who only wants to know how many there are.
package struct ImageOutline: Hashable, Sendable {
    package private(set) var count: Int
    package let height, width, channels: Int
    package let hasLabels: Bool

    /// Height, width and channels.
    package var shape: Shape { [height, width, channels] }

    package init(count: Int, height: Int, width: Int, channels: Int, hasLabels: Bool) {
        (self.count, self.height, self.width, self.channels) = (count, height, width, channels)
        self.hasLabels = hasLabels
    }

    /// - Parameter shape: Of an image, [height, width, channels].
    init(count: Int, shape: Shape, hasLabels: Bool) {
        self.init(count: count, height: shape[0], width: shape[1], channels: shape[2], hasLabels: hasLabels)
    }

    /// A set that is read already.
    package init(_ images: ImageDataset) {
        count = images.count
        (height, width, channels) = (images.height, images.width, images.channels)
        hasLabels = images.labels != nil
    }

    /// Reads the header of the IDX file with a set's images, plain or gzip.
    /// - Parameters:
    ///   - file: The file.
    ///   - hasLabels: Whether there is a file of labels too.
    /// - Throws: `FormatError`; whatever reading the file throws.
    package init(idx file: ByteSource, hasLabels: Bool) throws {
        let dimensions = try IDXFile(file).dimensions
        guard dimensions.count == 3 else {
            throw FormatError(source: file.name, offset: 3, expected: "IDX rank 3", found: "\(dimensions.count)")
        }
        (count, height, width, channels) = (dimensions[0], dimensions[1], dimensions[2], 1)
        self.hasLabels = hasLabels
    }

    /// Of the first images of the set.
    package func prefix(_ limit: Int) -> ImageOutline {
        var first = self
        first.count = min(count, limit)
        return first
    }
}
