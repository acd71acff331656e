import Layers
import Tensors

extension Architecture {
    /// The convolutional VAE for MNIST that the project reproduces: 57,652 + 112,577 parameters.
    public static let tutorial = Architecture.tutorial()

    /// The tutorial's layers with another number of latent dimensions, or another last activation.
    /// - Parameters:
    ///   - latent: Dimensions of z.
    ///   - output: The tutorial ends in a ReLU; a Bernoulli likelihood wants logits, hence `linear`.
    public static func tutorial(latent: Int = 2, output: ActivationFunction = .relu) -> Architecture {
        Architecture(
            name: "tutorial", imageShape: [28, 28, 1],
            encoder: [
                .conv2D(Conv2D(filters: 64, kernel: 5, activation: .relu)),
                .maxPool2D(MaxPool2D()),
                .conv2D(Conv2D(filters: 64, kernel: 3, activation: .relu)),
                .maxPool2D(MaxPool2D()),
                .conv2D(Conv2D(filters: 32, kernel: 3, activation: .relu)),
                .maxPool2D(MaxPool2D()),
                .flatten,
                .dense(Dense(units: 16)),
            ],
            latent: latent,
            decoder: [
                .dense(Dense(units: 64)),
                .reshape([1, 1, 64]),
                .convTranspose2D(ConvTranspose2D(filters: 64, kernel: 3, activation: .relu)),
                .convTranspose2D(ConvTranspose2D(filters: 64, kernel: 3, activation: .relu)),
                .upsample2D(Upsample2D()),
                .convTranspose2D(ConvTranspose2D(filters: 64, kernel: 3, activation: .relu)),
                .upsample2D(Upsample2D()),
                .convTranspose2D(ConvTranspose2D(filters: 1, kernel: 5, activation: output)),
            ])
    }
}
