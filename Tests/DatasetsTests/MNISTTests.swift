import Datasets
import Formats
import MNISTData
import Tensors
import Testing

struct MNISTTests {
    /// SHA-256 of the uncompressed values, as `gzip -dc FILE | tail -c +17 | sha256sum` (+9 for labels) gives them of
    /// files whose MD5 are the canonical ones in Sources/CMNISTData/data/README.md.
    @Test(
        arguments: [
            (
                ImageDataset.Split.train, 60_000, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
                "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
                "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"
            ),
            (
                .test, 10_000, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
                "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
                "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"
            ),
        ] as [(ImageDataset.Split, Int, [Int], String, String)])
    func `the embedded files are the canonical ones`(
        split: ImageDataset.Split, count: Int, labels: [Int], pixelDigest: String, labelDigest: String
    ) throws {
        let set = try ImageDataset.embeddedMNIST(split)
        #expect(set.count == count && set.height == 28 && set.width == 28 && set.channels == 1)
        #expect(set.name == "MNIST \(split.rawValue)")
        #expect(SHA256.hex(of: set.pixels) == pixelDigest)
        let all = try #require(set.labels)
        #expect(Array(all.prefix(10)) == labels)
        #expect(SHA256.hex(of: all.map { UInt8($0) }) == labelDigest)
    }
}
