import Formats

/// What a set of images says of itself before it is read: for who only wants to know how many there are.
package struct ImageOutline: Hashable, Sendable {
    package let count, height, width, channels: Int
    package let hasLabels: Bool

    /// A set that is read already.
    package init(_ images: ImageDataset) {
        count = images.count
        (height, width, channels) = (images.height, images.width, images.channels)
        hasLabels = images.labels != nil
    }

    /// Reads the header of the IDX file with a set's images, plain or gzip.
    /// - Parameters:
    ///   - start: The file's first bytes, `headBytes` or more where it has them.
    ///   - source: Its name, for errors.
    ///   - hasLabels: Whether there is a file of labels too.
    /// - Throws: `FormatError`.
    package init(idx start: [UInt8], source: String, hasLabels: Bool) throws(FormatError) {
        let dimensions = try IDX.dimensions(inHead: start, source: source)
        guard dimensions.count == 3 else {
            throw FormatError(source: source, offset: 3, expected: "IDX rank 3", found: "\(dimensions.count)")
        }
        (count, height, width, channels) = (dimensions[0], dimensions[1], dimensions[2], 1)
        self.hasLabels = hasLabels
    }

    /// Bytes of a file in which its header lies, compressed or not.
    package static let headBytes = 1 << 14
}
