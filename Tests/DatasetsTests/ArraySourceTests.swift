@testable import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Sets in NumPy's files, read as their own programs write them.
struct ArraySourceTests {
    private func load(
        _ bytes: [UInt8], as name: String, _ split: ImageDataset.Split = .train, limit: Int? = nil,
        range: ClosedRange<Double>? = nil
    ) throws -> ImageDataset {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arrays-\(UUID())").path
        try FileTree.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/\(name)"
        try AtomicFile.write(bytes, to: path)
        var reading = ImageReading()
        reading.floatRange = range
        do {
            let images = try ImageSources.open(path, reading, threads: 1).load(split, limit: limit) { _ in }
            _ = images.pixels
            return images
        } catch { throw Message("\(error)".replacing(folder + "/", with: "")) }
    }

    private struct Message: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private func message(_ body: () throws -> ImageDataset) -> String {
        do {
            _ = try body()
            return "no error"
        } catch { return (error as? Message)?.text ?? "\(error)" }
    }

    /// NumPy's header and values of bytes.
    private func bytes(_ shape: String, _ values: [UInt8], type: String = "|u1", fortran: Bool = false) -> [UInt8] {
        var header = Array(
            "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(shape)), }".utf8)
        header += [UInt8](repeating: 0x20, count: -(header.count + 11) & 63) + [0x0A]
        return NPY.magic + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header + values
    }

    private func floats(_ shape: Shape, _ values: [Float]) -> [UInt8] { NPY.serialized(Tensor(shape, values)) }

    @Test func `bytes stay in the file, with or without channels`() throws {
        let grey = try load(bytes("2, 1, 2", [1, 2, 3, 4]), as: "x.npy")
        #expect(grey.isInFile && grey.shape == [1, 2, 1] && grey.count == 2)
        let colour = try load(bytes("1, 1, 2, 3", [1, 2, 3, 4, 5, 6]), as: "x.npy")
        #expect(colour.shape == [1, 2, 3])
    }

    @Test func `channels first, Fortran's order and floats become bytes in rows`() throws {
        let first = try load(bytes("1, 3, 1, 2", [1, 2, 3, 4, 5, 6]), as: "x.npy")
        #expect(first.shape == [1, 2, 3] && first.pixels == [1, 3, 5, 2, 4, 6])
        let fortran = try load(bytes("2, 1, 2", [1, 2, 3, 4], fortran: true), as: "x.npy")
        #expect(fortran.pixels == [1, 3, 2, 4])
        // Half of black and white is 127.5, which goes up.
        let unit = try load(floats([1, 1, 3], [0, 0.5, 1]), as: "x.npy", range: 0...1)
        #expect(unit.pixels == [0, 128, 255])
        let signed = try load(floats([1, 1, 3], [-1, 0, 1]), as: "x.npy", range: -1...1)
        #expect(signed.pixels == [0, 128, 255])
        let all = (0...255).map { Float($0) / 255 }
        #expect(try load(floats([1, 16, 16], all), as: "x.npy", range: 0...1).pixels == (0...255).map { UInt8($0) })
    }

    @Test func `an archive has sets by the names that people give them`() throws {
        let images = floats([2, 1, 2], [1, 2, 3, 4])
        let archive = Zip.archive([
            ("x_train.npy", images), ("y_train.npy", NPY.serialized(.int64([5, 300]))),
            ("x_test.npy", floats([1, 1, 2], [9, 8])), ("y_test.npy", bytes("1, 1", [3])),
        ])
        let train = try load(archive, as: "set.npz", range: 0...255)
        #expect(train.pixels == [1, 2, 3, 4] && train.labels == [5, 300])
        let test = try load(archive, as: "set.npz", .test, range: 0...255)
        #expect(test.pixels == [9, 8] && test.labels == [3])
        #expect(try load(archive, as: "set.npz", limit: 1, range: 0...255).labels == [5])
        let alone = try load(Zip.archive([("pictures.npy", bytes("1, 1, 2", [1, 2]))]), as: "set.npz")
        #expect(alone.pixels == [1, 2] && alone.labels == nil)
    }

    @Test func `what makes no set is refused by name`() throws {
        #expect(
            message { try load(floats([1, 1, 2], [0, 0.5]), as: "x.npy") }
                == "x.npy: expected floats whose range is stated, such as --pixel-range 0..1, found values from 0 to 0.5"
        )
        #expect(
            message { try load(floats([1, 1, 2], [-1, 0.5]), as: "x.npy") }.contains("--pixel-range -1..1, found"))
        #expect(
            message { try load(floats([2, 1, 1], [0.5, 1.5]), as: "x.npy", range: 0...1) }
                == "x.npy: expected values from 0 to 1, found 1.5 in image 1")
        #expect(
            message { try load(floats([1, 1, 1], [.nan]), as: "x.npy", range: 0...1) }.hasSuffix("found nan in image 0")
        )
        #expect(
            message { try load(bytes("2, 784", [UInt8](repeating: 0, count: 1568)), as: "x.npy") }
                == "x.npy: expected images of shape [count, height, width] or [count, height, width, channels] with 1, 3 "
                + "or 4 channels, found an array of shape [2, 784]")
        #expect(message { try load(bytes("0, 2, 2", []), as: "x.npy") }.hasSuffix("at least one image, found none"))
        #expect(message { try load(bytes("1, 1, 1", [0]), as: "x.npy", .test) }.contains("expected a test set"))
        let image = bytes("1, 1, 1", [0])
        func labelled(_ labels: [UInt8]) -> [UInt8] { Zip.archive([("images.npy", image), ("labels.npy", labels)]) }
        #expect(
            message { try load(labelled(bytes("1, 2", [0, 1])), as: "set.npz") }
                == "set.npz/labels.npy: expected a class for each image, shape [count], found shape [1, 2] "
                + "(numpy.argmax(labels, axis=1) makes classes of it)")
        #expect(
            message { try load(labelled(NPY.serialized(.int64([-1]))), as: "set.npz") }
                == "set.npz/labels.npy: expected classes from 0 to 65535, found -1.0 for image 0")
        #expect(
            message { try load(labelled(NPY.serialized(.int64([1, 2]))), as: "set.npz") }
                == "set.npz/labels.npy: expected a label for each of the 1 images in set.npz, found 2 labels")
        #expect(
            message { try load(Zip.archive([("a.npy", image), ("b.npy", image)]), as: "set.npz") }
                == "set.npz: expected an array named x_train, X_train, train_images or so, found a, b")
    }

    @Test func `a part of each class is set apart`() throws {
        let labels = (0..<100).map { $0 < 80 ? 0 : $0 < 95 ? 1 : 2 }
        let set = ImageDataset(
            name: "many", height: 1, width: 1, channels: 1, pixels: (0..<100).map { UInt8($0) }, labels: labels)
        let (training, validation) = try set.split(validationFraction: 0.2, byClass: true, seed: 1)
        func counts(_ part: ImageDataset) -> [Int] { (0..<3).map { label in part.labels!.count { $0 == label } } }
        #expect(counts(validation) == [16, 3, 1] && counts(training) == [64, 12, 4])
        #expect((training.pixels + validation.pixels).sorted() == set.pixels)
        #expect(training.pixels == training.pixels.sorted())
        let other = try set.split(validationFraction: 0.2, byClass: true, seed: 2).validation
        #expect(other.pixels != validation.pixels && counts(other) == [16, 3, 1])
        // What is left over goes to the largest remainders: 8, 1.5 and 0.5 of ten.
        #expect(counts(try set.split(validationFraction: 0.1, byClass: true, seed: 1).validation) == [8, 2, 0])
    }
}
