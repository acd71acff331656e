import Tensors

/// The order of a flat value that was an image, or becomes one.
///
/// Our images and Keras's are [height, width, channels] and flatten pixel by pixel; Keras's `Flatten` of images that are
/// said to be channels first does so too. PyTorch's are [channels, height, width] and flatten channel by channel.
package struct FlattenOrder: Hashable, Sendable {
    /// [height, width, channels].
    package let image: Shape

    /// Nil where both orders are the same: one pixel, or one channel.
    package init?(_ image: Shape) {
        guard image.rank == 3, image[0] * image[1] > 1, image[2] > 1 else { return nil }
        self.image = image
    }

    /// Of each value in PyTorch's order: its place in ours.
    package var ours: [Int] {
        let (pixels, channels) = (image[0] * image[1], image[2])
        return (0..<channels).flatMap { channel in (0..<pixels).map { $0 * channels + channel } }
    }

    /// Of each value in our order: its place in PyTorch's.
    package var pytorch: [Int] {
        let (pixels, channels) = (image[0] * image[1], image[2])
        return (0..<pixels).flatMap { pixel in (0..<channels).map { $0 * pixels + pixel } }
    }
}
