import CMNISTData
import Datasets

extension ImageDataset {
    /// MNIST's 60,000 training or 10,000 test images with their labels, from the program itself: no file, no network.
    ///
    /// By Yann LeCun and Corinna Cortes, under CC BY-SA 3.0. Unpacking takes about 0.2 s for the training set.
    /// - Parameter split: Which of the two sets.
    /// - Returns: 28×28 grey images; labels 0–9.
    public static func embeddedMNIST(_ split: Split) throws -> ImageDataset {
        switch split {
        case .train:
            try idx(
                name: "MNIST train", images: ("MNIST train images", bytes(vae_mnist_train_images())),
                labels: ("MNIST train labels", bytes(vae_mnist_train_labels())))
        case .test:
            try idx(
                name: "MNIST test", images: ("MNIST test images", bytes(vae_mnist_test_images())),
                labels: ("MNIST test labels", bytes(vae_mnist_test_labels())))
        }
    }

    private static func bytes(_ file: vae_mnist_file) -> [UInt8] {
        Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
    }
}
