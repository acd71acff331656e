import CMNISTData
import Datasets
import Formats

#if os(Linux)
    import Glibc
#endif

/// The MNIST that the program carries, as a source of images.
package struct EmbeddedMNIST: ImageSource {
    package init() {}

    package let name = "MNIST"
    package let form = ImageForm.idx

    package func outline(_ split: ImageDataset.Split, limit: Int?) throws -> ImageOutline {
        try ImageDataset.embeddedMNISTOutline(split).prefix(limit ?? .max)
    }

    package func load(
        _ split: ImageDataset.Split, limit: Int?, judge: (ImageOutline) throws -> Void
    ) throws -> ImageDataset {
        try judge(outline(split))
        return try ImageDataset.embeddedMNIST(split, limit: limit)
    }

    /// Bytes of the largest file within the program, which stand in memory once more while it is unpacked.
    package let extraBytes = vae_mnist_train_images().count
}

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

    /// What the set says of itself, without unpacking it.
    fileprivate static func embeddedMNISTOutline(_ split: Split) throws -> ImageOutline {
        let file = split == .train ? vae_mnist_train_images() : vae_mnist_test_images()
        return try ImageOutline(idx: source("MNIST \(split.rawValue) images", file), hasLabels: true)
    }

    private static func source(_ name: String, _ file: vae_mnist_file) -> ByteSource {
        defer { letGo(file) }
        return ByteSource(Array(UnsafeBufferPointer(start: file.bytes, count: file.count)), name: name)
    }

    /// Ten megabytes of the program that are needed once need not stay in memory; the system reads them again if they are.
    private static func letGo(_ file: vae_mnist_file) {
        #if os(Linux)
            let page = sysconf(Int32(_SC_PAGESIZE))
            let start = (Int(bitPattern: file.bytes) + page - 1) / page * page
            let end = (Int(bitPattern: file.bytes) + file.count) / page * page
            if start < end { _ = madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_DONTNEED) }
        #endif
    }
}
