@testable import Datasets
import Formats
import Foundation
import Tensors
import Testing

/// An IDX file of unsigned bytes.
private func idx(_ sizes: [Int], _ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, 0, UInt8($0)] } + values
}

/// A new folder with these files, that vanishes with the test.
private func withFolder(_ files: [String: [UInt8]], _ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "datasets-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, bytes) in files { try AtomicFile.write(bytes, to: "\(folder)/\(name)") }
    try body(folder)
}

/// `printf '\0\0\10\1\0\0\0\2\3\4' | gzip -n9`: two labels, 3 and 4.
private let compressedLabels: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x64, 0x60, 0x60, 0x60, 0x62,
    0x66, 0x01, 0x00, 0xc3, 0x3b, 0xdc, 0xb9, 0x0a, 0x00, 0x00, 0x00,
]

/// A header of two images of one pixel, and no pixel.
private let boast = Gzip.compress(idx([2, 1, 1], []))

struct IDXDatasetTests {
    @Test func `reads either split, plain or compressed`() throws {
        let files = [
            "train-images-idx3-ubyte": idx([2, 2, 1], [1, 2, 3, 4]), "train-labels-idx1-ubyte.gz": compressedLabels,
            "t10k-images-idx3-ubyte": idx([1, 1, 1], [9]), "t10k-labels-idx1-ubyte": idx([1], [7]),
        ]
        try withFolder(files) { folder in
            let train = try ImageDataset.idx(folder: folder, split: .train)
            #expect(train.pixels == [1, 2, 3, 4] && train.labels == [3, 4] && train.name == folder)
            #expect(train.height == 2 && train.width == 1 && train.channels == 1)
            let test = try ImageDataset.idx(folder: folder, split: .test)
            #expect(test.pixels == [9] && test.labels == [7])
        }
    }

    @Test(
        arguments: [
            (
                [:],
                "FOLDER: expected training images (train-images-idx3-ubyte or train-images-idx3-ubyte.gz), found none"
            ),
            (
                ["TRAIN-IMAGES.IDX3-UBYTE.gz": [1]],
                "FOLDER: expected training images (train-images-idx3-ubyte or train-images-idx3-ubyte.gz), found none"
            ),
            (
                // The count is judged before the values, which are not there.
                ["train-images-idx3-ubyte.gz": boast, "train-labels-idx1-ubyte": idx([3], [0, 1, 2])],
                "FOLDER/train-labels-idx1-ubyte: expected a label for each of the 2 images in "
                    + "FOLDER/train-images-idx3-ubyte.gz, found 3 labels"
            ),
            (
                ["train-images-idx3-ubyte": idx([2, 1, 1], [0, 0]), "train-labels-idx1-ubyte": idx([3], [0, 1, 2])],
                "FOLDER/train-labels-idx1-ubyte: expected a label for each of the 2 images in "
                    + "FOLDER/train-images-idx3-ubyte, found 3 labels"
            ),
            (
                ["train-images-idx3-ubyte": idx([0, 28, 28], []), "train-labels-idx1-ubyte": idx([0], [])],
                "FOLDER/train-images-idx3-ubyte: expected at least one image, found none"
            ),
            (
                ["train-images-idx3-ubyte": idx([2], [0, 0]), "train-labels-idx1-ubyte": idx([2], [0, 0])],
                "FOLDER/train-images-idx3-ubyte, byte 3: expected IDX rank 3 (image, row, column), found 1"
            ),
            (
                [
                    "train-images-idx3-ubyte": idx([2, 1, 1], [0, 0]), "train-labels-idx1-ubyte": idx([2, 1], [0, 0]),
                ],
                "FOLDER/train-labels-idx1-ubyte, byte 3: expected IDX rank 1 (label), found 2"
            ),
            (
                ["train-images-idx3-ubyte": [], "train-labels-idx1-ubyte": []],
                "FOLDER/train-images-idx3-ubyte, byte 0: expected IDX magic (2 bytes), found 0 bytes"
            ),
        ] as [([String: [UInt8]], String)])
    func `refuses what makes no set`(files: [String: [UInt8]], expected: String) throws {
        try withFolder(files) { folder in
            do {
                _ = try ImageDataset.idx(folder: folder, split: .train)
                Issue.record("no error")
            } catch {
                #expect("\(error)".replacing(folder, with: "FOLDER") == expected)
                #expect(
                    (error as? DatasetError).map(\.isMissing) ?? false
                        == expected.hasPrefix("FOLDER: expected training"))
            }
        }
    }

    @Test func `labels are read where they are`() throws {
        try withFolder(["train-images-idx3-ubyte": idx([2, 2, 1], [1, 2, 3, 4])]) { folder in
            let train = try ImageDataset.idx(folder: folder, split: .train)
            #expect(train.pixels == [1, 2, 3, 4] && train.labels == nil)
        }
    }

    @Test func `a limit reads the first images and looks no further`() throws {
        let files = [
            // Cut off behind the first of two images, which gzip gives all the same.
            "train-images-idx3-ubyte.gz": Array(Gzip.compress(idx([2, 2, 1], [5, 6, 7, 8])).dropLast(7)),
            "train-labels-idx1-ubyte": idx([2], [3, 4]),
        ]
        try withFolder(files) { folder in
            let first = try ImageDataset.idx(folder: folder, split: .train, limit: 1)
            #expect(first.pixels == [5, 6] && first.labels == [3])
            #expect(throws: FormatError.self) { _ = try ImageDataset.idx(folder: folder, split: .train) }
        }
    }

    @Test func `a shape that is not wanted is refused before the images are read`() throws {
        struct Unwanted: Error {}
        try withFolder(["train-images-idx3-ubyte.gz": boast]) { folder in
            #expect(throws: Unwanted.self) {
                _ = try IDXSource(folder: folder, name: folder).load(.train, limit: nil) {
                    #expect($0.shape == [1, 1, 1])
                    throw Unwanted()
                }
            }
        }
    }

    @Test(
        arguments: [
            ([0, 255], nil), ([0, 64], nil),
            (
                [0, 1, 0],
                "pixels are 0 to 1 of 255, so all of them are all but black: are they meant as 0 and 255? Multiply them by "
                    + "255"
            ),
            (
                [3, 15],
                "pixels are 3 to 15 of 255, so all of them are dark: are they of another range? Multiply them by 17"
            ),
            ([0, 0], "every pixel is 0 of 255: there is nothing to learn"),
            ([255], "every pixel is 255 of 255: there is nothing to learn"),
        ] as [([UInt8], String?)])
    func `an odd range of pixels is named`(pixels: [UInt8], remark: String?) {
        let images = ImageDataset(name: "few", height: 1, width: 1, channels: 1, pixels: pixels)
        #expect(images.pixelRange?.remark == remark)
    }

    @Test func `a file that is there but cannot be read is not called missing`() throws {
        try withFolder([:]) { folder in
            let path = folder + "/train-images-idx3-ubyte"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
            let error = #expect(throws: FileError.self) { try ImageDataset.idx(folder: folder, split: .train) }
            #expect(error?.description == "\(path): cannot open: Too many levels of symbolic links")
        }
    }
}
