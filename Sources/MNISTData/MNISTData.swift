import CMNISTData
import Datasets
import Formats

extension ImageDataset {
    /// MNIST's 60,000 training or 10,000 test images with their labels, from the program itself: no file, no network.
    ///
    /// By Yann LeCun and Corinna Cortes, under CC BY-SA 3.0. Unpacking takes about 0.2 s for the training set.
    /// - Parameters:
    ///   - split: Which of the two sets.
    ///   - limit: Unpacks only so many images, the first ones; all if left out.
    /// - Returns: 28×28 grey images; labels 0–9.
    public static func embeddedMNIST(_ split: Split, limit: Int? = nil) throws -> ImageDataset {
        switch split {
        case .train:
            try idx(
                name: "MNIST train", images: source("MNIST train images", vae_mnist_train_images()),
                labels: source("MNIST train labels", vae_mnist_train_labels()), limit: limit)
        case .test:
            try idx(
                name: "MNIST test", images: source("MNIST test images", vae_mnist_test_images()),
                labels: source("MNIST test labels", vae_mnist_test_labels()), limit: limit)
        }
    }

    private static func source(_ name: String, _ file: vae_mnist_file) -> ByteSource {
        ByteSource(Array(UnsafeBufferPointer(start: file.bytes, count: file.count)), name: name)
    }
}
