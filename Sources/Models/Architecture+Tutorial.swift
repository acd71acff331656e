import Graphs
import Ops
import Tensors

extension Architecture {
    /// The convolutional VAE for MNIST that the project reproduces: 57,652 + 112,577 parameters.
    public static let tutorial = Architecture.tutorial()

    /// The tutorial's layers with another number of latent dimensions, another last activation, or another size.
    /// - Parameters:
    ///   - latent: Dimensions of z.
    ///   - output: The tutorial ends in a ReLU; a Bernoulli likelihood wants logits, hence none.
    ///   - side: Height and width of the images in pixels: 28, or more by a multiple of 4.
    ///   - channels: Of all hidden images but the encoder's last, which has half as many; an even number.
    public static func tutorial(
        latent: Int = 2, output: ActivationFunction? = .relu, side: Int = 28, channels: Int = 64
    ) -> Architecture {
        requireShape(
            side >= 28 && side % 4 == 0 && channels >= 2 && channels % 2 == 0,
            "the tutorial's layers take no images of \(side) pixels with \(channels) channels")
        // Two layers by 2, a doubling, one by 2, a doubling, one by 4.
        let first = (side - 24) / 4
        return Architecture(
            name: "tutorial", imageShape: [side, side, 1],
            encoder: [
                .conv2D(channels, kernel: 5, activation: .relu),
                .maxPooling2D(),
                .conv2D(channels, kernel: 3, activation: .relu),
                .maxPooling2D(),
                .conv2D(channels / 2, kernel: 3, activation: .relu),
                .maxPooling2D(),
                .flatten,
                .dense(16),
            ],
            latent: latent,
            decoder: [
                .dense(first * first * channels),
                .reshape([first, first, channels]),
                .conv2DTranspose(channels, kernel: 3, activation: .relu),
                .conv2DTranspose(channels, kernel: 3, activation: .relu),
                .upSampling2D(),
                .conv2DTranspose(channels, kernel: 3, activation: .relu),
                .upSampling2D(),
                .conv2DTranspose(1, kernel: 5, activation: output),
            ])
    }
}
