import Datasets
import Formats
import Models
import Tensors
import TestSupport
import Testing

@testable import Runs

/// Codes of a set of images, as files.
@Suite struct EmbeddingTests {
    private let scratch = Scratch()
    private let model: VariationalAutoencoder
    private let images: ImageDataset

    init() throws {
        model = try VariationalAutoencoder(SmallModel.architecture(.relu), likelihood: .squaredError, threads: 1)
        images = ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(5), labels: [1, 0, 1, 1, 0],
            classNames: ["tea\tpot", " "], fileNames: ["a.png", "b,c.png", "d", "e", "f"])
    }

    private func write(_ format: Embedding.Format, of images: ImageDataset, _ path: String) throws -> [String] {
        try Embedding(of: images, by: model).write(format, to: scratch.path + "/" + path, title: "a \"b\" é")
    }

    @Test func aRowIsWhatTheModelSays() throws {
        #expect(try write(.csv, of: images, "codes.csv") == [scratch.path + "/codes.csv"])
        var reader = CSVReader(try scratch.bytes("codes.csv"), source: "codes.csv")
        let head = try #require(try reader.next()).map(\.text)
        #expect(
            head == [
                "index", "name", "label", "class", "mean_0", "mean_1", "mean_2", "sigma_0", "sigma_1", "sigma_2",
                "reconstruction_loss", "kl_loss", "loss", "score",
            ])
        let (scores, codes) = (model.score(images.images(0..<5)), model.encode(images))
        let divergence = codes.divergence().values
        for image in 0..<5 {
            let row = try #require(try reader.next()).map(\.text)
            #expect(
                row[..<4] == [
                    "\(image)", images.fileNames![image], "\(images.labels![image])",
                    images.classNames![images.labels![image]],
                ])
            let numbers = row[4...].compactMap { Float($0) }
            #expect(Array(numbers[..<3]) == Array(codes.mean.values[3 * image..<3 * image + 3]))
            #expect(Array(numbers[3..<6]) == Array(codes.standardDeviation.values[3 * image..<3 * image + 3]))
            #expect(numbers[6] == Float(scores.reconstruction[image]) && numbers[7] == Float(scores.others[image]))
            #expect(abs(numbers[8] - numbers[6] - numbers[7]) <= 1e-6 * numbers[8])
            #expect(abs(numbers[9] - numbers[6] - divergence[image]) <= 1e-5 * numbers[9])
        }
        #expect(try reader.next() == nil)
    }

    /// However many images are taken at a time, a row is the same.
    @Test func partsMakeNoDifference() throws {
        let many = ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(2500))
        _ = try write(.npz, of: many, "codes.npz")
        let bytes = try scratch.bytes("codes.npz")
        #expect(try NPZ.parse(bytes, source: "codes.npz").map(\.name).prefix(3) == ["index", "mean", "sigma"])
        #expect(try NPZ.array(of: ["mean"], in: bytes, source: "a").tensor == model.encode(many).mean)
        #expect(
            try NPZ.array(of: ["loss"], in: bytes, source: "a").tensor.values.suffix(3)
                == Embedding(of: many.subset(2497..<2500), by: model).losses)
    }

    @Test func theProjectorsFilesHaveNoEmptyLabel() throws {
        let names = ["tensors.tsv", "metadata.tsv", "sprite.png", "projector_config.pbtxt"]
        // Two channels are no picture, so there is no sheet.
        #expect(
            try write(.projector, of: images, "p/")
                == names.filter { $0 != "sprite.png" }.map { "\(scratch.path)/p/\($0)" })
        #expect(
            try scratch.text("p/metadata.tsv") == """
                index\tlabel\tname
                0\t-\ta.png
                1\ttea pot\tb,c.png
                2\t-\td
                3\t-\te
                4\ttea pot\tf

                """)
        #expect(
            try scratch.text("p/tensors.tsv").split(separator: "\n").map { $0.split(separator: "\t").count } == [
                3, 3, 3, 3, 3,
            ])
        #expect(
            try scratch.text("p/projector_config.pbtxt").hasPrefix(
                "embeddings {\n  tensor_name: \"a \\042b\\042 \\303\\251\"\n"))
    }

    @Test func labelsBeyondTheNamesHaveNone() throws {
        let unnamed = ImageDataset(
            name: "noise", height: 10, width: 9, channels: 2, pixels: SmallModel.pixels(2), labels: [3, 10])
        let path = scratch.path + "/codes.csv"
        for (names, head) in [
            (Array(repeating: "x", count: 10), "index,label,mean_0"),
            (Array(repeating: "x", count: 11), "index,label,class,mean_0"),
        ] {
            _ = try Embedding(of: unnamed, by: model, classNames: names).write(.csv, to: path, title: "")
            #expect(try scratch.text("codes.csv").hasPrefix(head))
        }
    }
}

extension Embedding {
    /// The column `loss`.
    fileprivate var losses: [Float] {
        get throws {
            let path = Scratch()
            _ = try write(.npz, to: path.path + "/a.npz", title: "")
            return try NPZ.array(of: ["loss"], in: path.bytes("a.npz"), source: "a").tensor.values
        }
    }
}
