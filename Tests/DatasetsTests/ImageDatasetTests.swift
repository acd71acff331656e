import Datasets
import Tensors
import Testing

/// Three images of 1×2 grey pixels.
private let three = ImageDataset(
    name: "three", height: 1, width: 2, channels: 1, pixels: [0, 51, 102, 153, 204, 255], labels: [1, 0, 2])

struct ImageDatasetTests {
    @Test func `turns bytes into values from 0 to 1`() {
        #expect(three.count == 3 && three.imageSize == 2)
        #expect(three.images(1..<3) == Tensor([2, 1, 2, 1], [0.4, 0.6, 0.8, 1]))
        #expect(three.images(0..<0) == Tensor([0, 1, 2, 1], []))
        #expect(three.images(at: [2, 0, 2]) == Tensor([3, 1, 2, 1], [0.8, 1, 0, 0.2, 0.8, 1]))
        #expect(three.images(at: []) == Tensor([0, 1, 2, 1], []))
        #expect(ImageDataset.unitValues == (0...255).map { Float(Double($0) / 255) })
    }

    @Test func `takes parts, labels with them`() {
        #expect(three.prefix(2).pixels == [0, 51, 102, 153] && three.prefix(2).labels == [1, 0])
        #expect(three.prefix(0).count == 0 && three.prefix(9).contentHash() == three.contentHash())
        #expect(three.subset([2, 0]).pixels == [204, 255, 0, 51] && three.subset([2, 0]).labels == [2, 1])
    }

    /// The same in Python, from `hashlib.sha256`.
    @Test func `the content hash covers size, pixels and labels, not the name`() {
        func hash(height: Int, width: Int, labels: [Int]?) -> String {
            ImageDataset(
                name: "other", height: height, width: width, channels: 1, pixels: three.pixels, labels: labels
            ).contentHash()
        }
        #expect(three.contentHash() == "4bac1ec28222ae00a15df69b111f28757b093049ead36f7f75da88f60bffa463")
        #expect(hash(height: 1, width: 2, labels: [1, 0, 2]) == three.contentHash())
        #expect(
            hash(height: 1, width: 2, labels: nil) == "9a7d1b73c71595bce577be6811b3eb9c1db43f63a8c4d8fd09f58e049997b017"
        )
        #expect(hash(height: 2, width: 1, labels: [1, 0, 2]) != three.contentHash())
        #expect(hash(height: 1, width: 2, labels: [1, 0, 3]) != three.contentHash())
        // Labels of four bytes.
        #expect(
            hash(height: 1, width: 2, labels: [1, 0, 70_000])
                == "1aa3949fde7b52010357e2014f1160f8324dca840537374ec4602aab81e52772")
    }

    @Test(arguments: [(2, 0.5, 1), (10, 0.1, 1), (10, 0.25, 3), (1_001, 0.2, 200), (100, 0.999, 100 - 1)])
    func `splits at random, repeatably, without loss`(count: Int, fraction: Double, validationCount: Int) throws {
        let pixels = (0..<2 * count).map { UInt8(truncatingIfNeeded: ($0 / 2) >> (8 * ($0 % 2))) }
        let set = ImageDataset(
            name: "many", height: 2, width: 1, channels: 1, pixels: pixels,
            labels: pixels.enumerated().filter { $0.offset % 2 == 0 }.map { Int($0.element) })
        func split(_ seed: UInt64) throws -> (training: ImageDataset, validation: ImageDataset) {
            try set.split(validationFraction: fraction, seed: seed)
        }
        guard fraction < 0.99 else {
            #expect(throws: DatasetError.cannotSplit(source: "many", count: count, fraction: fraction)) { try split(0) }
            return
        }
        let (training, validation) = try split(0)
        #expect(validation.count == validationCount && training.count == count - validationCount)
        #expect(training.labels?.enumerated().allSatisfy { training.pixels[2 * $0.offset] == $0.element } == true)
        func numbers(_ part: ImageDataset) -> [Int] {
            (0..<part.count).map { Int(part.pixels[2 * $0]) + Int(part.pixels[2 * $0 + 1]) << 8 }
        }
        #expect(numbers(training) == numbers(training).sorted())
        #expect((numbers(training) + numbers(validation)).sorted() == Array(0..<count))
        #expect(try split(0).validation.contentHash() == validation.contentHash())
        if count > 100 { #expect(try split(1).validation.contentHash() != validation.contentHash()) }
    }

    @Test(arguments: [0, 1, -0.5, .nan, 0.1] as [Double])
    func `refuses a split with an empty part`(fraction: Double) {
        let error = #expect(throws: DatasetError.self) {
            try three.split(validationFraction: fraction, seed: 1)
        }
        #expect(
            error?.description == "three: expected at least one image on either side of a validation fraction of "
                + "\(fraction), found 3 in all")
    }
}
