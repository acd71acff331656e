import Formats
import Foundation
import Pictures
import Tensors
import Testing

@testable import Datasets

/// Folders of pictures and tables of them, and the cache between them and a training; one after the other, since all
/// share the environment.
@Suite(.serialized)
final class PictureSourceTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pictures-\(UUID())").path
    var pictures: String { folder + "/pictures" }

    init() {
        setenv("XDG_CACHE_HOME", folder + "/cache", 1)
    }

    deinit {
        unsetenv("XDG_CACHE_HOME")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A picture of one colour; grey where one level is given.
    func write(_ name: String, _ levels: [UInt8], height: Int = 2, width: Int = 3) throws {
        let pixels = Array(repeating: levels, count: height * width).flatMap(\.self)
        try writeFile(name, try PNG.encode(width: width, height: height, channels: levels.count, pixels: pixels))
    }

    func writeFile(_ name: String, _ bytes: [UInt8]) throws {
        let path = "\(pictures)/\(name)"
        try FileTree.makeFolder(AtomicFile.split(path).folder)
        try AtomicFile.write(bytes, to: path)
    }

    func load(
        _ split: ImageDataset.Split = .train, limit: Int? = nil, path: String? = nil,
        _ change: (inout ImageReading) -> Void = { _ in }
    ) throws -> (images: ImageDataset, remarks: [String]) {
        var reading = ImageReading()
        change(&reading)
        let source = try ImageSources.open(path ?? pictures, reading, threads: 2)
        return (try source.load(split, limit: limit) { _ in }, source.remarks)
    }

    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacing(pictures, with: "PICTURES")
        }
    }

    @Test func `a flat folder is a set without labels, in the order of names`() throws {
        try write("b.png", [20])
        try write("a.png", [10])
        try write("in/c.PNG", [30])
        try writeFile(".hidden.png", [99])
        try writeFile("notes.txt", [1])
        let (images, remarks) = try load()
        #expect(images.isInFile && images.shape == [2, 3, 1] && images.labels == nil && images.classNames == nil)
        #expect(images.fileNames == ["a.png", "b.png", "in/c.PNG"])
        #expect(images.pixels == [10, 20, 30].flatMap { [UInt8](repeating: $0, count: 6) })
        #expect(remarks == ["passed over 1 file of other kinds: 1 .txt"])
    }

    @Test func `folders are classes, by number where all are numbers, and taken in turn`() throws {
        for name in ["10", "2", "1"] {
            try write("\(name)/a.png", [UInt8(name)!])
            try write("\(name)/deeper/b.png", [UInt8(name)! + 100])
        }
        try FileTree.makeFolder(pictures + "/.git")
        try FileTree.makeFolder(pictures + "/empty")
        let images = try load().images
        #expect(images.classNames == ["1", "2", "10"] && images.labels == [0, 1, 2, 0, 1, 2])
        #expect(images.pixels.enumerated().filter { $0.offset % 6 == 0 }.map(\.element) == [1, 2, 10, 101, 102, 110])
        #expect(try load(limit: 4).images.labels == [0, 1, 2, 0])
    }

    @Test func `names that are no numbers are in the order of their bytes`() throws {
        for name in ["dog", "Cat", "10"] { try write("\(name)/a.png", [1]) }
        #expect(try load().images.classNames == ["10", "Cat", "dog"])
    }

    @Test func `one folder, or pictures beside folders, are no classes`() throws {
        try write("only/a.png", [1])
        #expect(try load().images.classNames == nil)
        try write("z.png", [2])
        try write("other/b.png", [3])
        let images = try load().images
        #expect(images.classNames == nil && images.fileNames == ["z.png", "only/a.png", "other/b.png"])
    }

    @Test(arguments: ["test", "val", "valid", "validation"])
    func `folders train and test are two sets`(name: String) throws {
        for label in ["x", "y"] {
            try write("train/\(label)/a.png", [1])
            try write("\(name)/\(label)/a.png", [2])
        }
        #expect(try load().images.fileNames == ["x/a.png", "y/a.png"])
        #expect(try load(.test).images.pixels == [UInt8](repeating: 2, count: 12))
    }

    @Test func `without a test set its error says how to set images apart`() throws {
        try write("a.png", [1])
        #expect(
            message { _ = try load(.test) }
                == "PICTURES: expected a test set (folders train and test in it), found only images to learn from, of "
                + "which --validation-split 0.1 sets a part apart")
    }

    @Test func `colour anywhere makes all RGB, and grey or RGB may be asked for`() throws {
        try write("a.png", [100])
        try write("b.png", [255, 0, 0])
        let images = try load().images
        #expect(images.channels == 3 && Array(images.pixels[..<3]) == [100, 100, 100])
        #expect(Array(images.pixels[18..<21]) == [255, 0, 0])
        let grey = try load { $0.pictures.colour = .grey }.images
        // (19595 · 255 + 32768) >> 16
        #expect(grey.channels == 1 && grey.pixels.suffix(1) == [76])
    }

    @Test func `several sizes are refused by name until one is asked for`() throws {
        try write("a.png", [1])
        try write("b.png", [1], height: 5, width: 4)
        #expect(
            message { _ = try load() }
                == "PICTURES: expected pictures of one size, found 2×3 in a.png and 5×4 in b.png; --size 64 makes all of "
                + "them one")
        #expect(try load { $0.pictures.size = .init(height: 4, width: 6) }.images.shape == [4, 6, 1])
    }

    @Test func `a bad file refuses the set by name, or is left out and listed`() throws {
        try writeFile("a.png", [])
        try write("b.png", [1])
        try writeFile("c.jpg", Array("<html>".utf8))
        try write("d.png", [4])
        #expect(message { _ = try load() } == "PICTURES/a.png: an empty file; --skip-bad leaves bad files out")
        let (images, remarks) = try load { $0.skipsBad = true }
        #expect(images.fileNames == ["b.png", "d.png"])
        #expect(
            remarks == [
                "left out 2 bad files:\n  a.png: an empty file\n  c.jpg: an HTML page, as servers send in place of a "
                    + "picture; fetch it again"
            ])
        // What was left out once is not taken for sound by who does not ask for that.
        #expect(message { _ = try load() } == "PICTURES/a.png: an empty file; --skip-bad leaves bad files out")
    }

    @Test func `links that lead nowhere are refused, and circles end`() throws {
        try write("x/a.png", [1])
        try FileManager.default.createSymbolicLink(atPath: pictures + "/x/up", withDestinationPath: pictures)
        #expect(try load().images.count == 1)
        try FileManager.default.createSymbolicLink(atPath: pictures + "/b.png", withDestinationPath: "nowhere.png")
        #expect(message { _ = try load() }.hasPrefix("PICTURES: b.png: no such file"))
        #expect(try load { $0.skipsBad = true }.remarks == ["left out 1 bad file:\n  b.png: no such file"])
    }

    @Test func `a folder without pictures says what is in it`() throws {
        try writeFile("a.gif", [1])
        try writeFile("b.gif", [1])
        #expect(
            message { _ = try load() }
                == "PICTURES: expected PNG, JPEG or WebP files, found none; passed over 2 files of other kinds: 2 .gif")
    }

    // MARK: The cache

    @Test func `pictures are decoded once, until one of them or a setting changes`() throws {
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        try write("a.png", [1])
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: pictures + "/a.png")
        #expect(try load().images.pixels[0] == 1)
        let first = try PictureCache.entries()
        #expect(first.count == 1 && first[0].images == 1 && first[0].shape == [2, 3, 1] && first[0].fault == nil)
        #expect(try load().images.pixels[0] == 1)
        #expect(try load { $0.pictures.colour = .rgb }.images.channels == 3)
        #expect(try PictureCache.entries().count == 2)
        // A picture that is changed in place, at the same size and time.
        try write("a.png", [2])
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: pictures + "/a.png")
        #expect(try load().images.pixels[0] == 2)
        // Another folder of the same names, sizes and times.
        try write("other/a.png", [3])
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: pictures + "/other/a.png")
        #expect(try load(path: pictures + "/other").images.pixels[0] == 3)
    }

    @Test func `a test set has the classes of its training set, by their numbers`() throws {
        for name in ["a", "b", "c"] { try write("train/\(name)/1.png", [1]) }
        try write("test/c/1.png", [1])
        #expect(try load(.test).images.labels == [2] && load(.test).images.classNames == ["a", "b", "c"])
        try write("test/d/1.png", [1])
        #expect(
            message { _ = try load(.test) }
                == "PICTURES/test: expected the classes of the training images (a, b, c), found d")
    }

    @Test func `a class may be called train beside others, and sets may begin with capitals`() throws {
        for name in ["train", "bus", "test"] { try write("\(name)/1.png", [1]) }
        #expect(try load().images.classNames == ["bus", "test", "train"])
        try FileManager.default.removeItem(atPath: pictures + "/bus")
        for name in ["train", "test"] {
            try FileManager.default.moveItem(
                atPath: "\(pictures)/\(name)", toPath: "\(pictures)/\(name.capitalized)")
        }
        #expect(try load().images.count == 1 && load(.test).images.count == 1)
    }

    @Test func `a run's own figures are no pictures`() throws {
        try write("a.png", [1])
        try write("runs/mine/figures/b.png", [1])
        try FileTree.makeFolder(pictures + "/runs/mine/checkpoints")
        #expect(try load().images.fileNames == ["a.png"])
    }

    @Test func `a cache that is damaged is made anew, and one without a home is held in memory`() throws {
        try write("a.png", [7])
        let images = try load().images
        let entry = try #require(PictureCache.entries().first)
        let path = try #require(PictureCache.path(entry.key))
        for bytes in [Array("nonsense".utf8), [], Array(try FileBytes.read(path, limit: 1 << 20).dropLast(3))] {
            try AtomicFile.write(bytes, to: path)
            #expect(try PictureCache.entries().first?.fault != nil)
            #expect(try load().images.contentHash() == images.contentHash())
            #expect(try PictureCache.entries().first?.fault == nil)
        }
        unsetenv("XDG_CACHE_HOME")
        let home = getenv("HOME").map { String(cString: $0) }
        unsetenv("HOME")
        let (held, remarks) = try load()
        if let home { setenv("HOME", home, 1) }
        setenv("XDG_CACHE_HOME", folder + "/cache", 1)
        #expect(!held.isInFile && held.contentHash() == images.contentHash())
        #expect(remarks == ["held in memory: neither XDG_CACHE_HOME nor HOME says where a cache may be"])
        // A file where the folder should be.
        setenv("XDG_CACHE_HOME", path, 1)
        #expect(try load().remarks.first?.hasPrefix("held in memory: \(path)/vae") == true)
        setenv("XDG_CACHE_HOME", folder + "/cache", 1)
    }

    @Test func `a cleared cache is gone, and a set that reads it goes on`() throws {
        try write("a.png", [7])
        let images = try load().images
        let bytes = try PictureCache.entries()[0].bytes
        #expect(try PictureCache.clear(source: "/elsewhere").entries == 0)
        #expect(try PictureCache.clear() == (1, bytes))
        #expect(try PictureCache.entries().isEmpty && images.pixels.first == 7)
        try images.requireWhole()
    }

    // MARK: Tables

    @Test func `a table names files, classes and sets`() throws {
        for (name, level) in [("a.png", 1), ("b.png", 2), ("c.png", 3)] { try write(name, [UInt8(level)]) }
        try writeFile("t.csv", Array("file,class,split\nb.png,dog,train\na.png,cat,train\nc.png,cat,test\n".utf8))
        let path = pictures + "/t.csv"
        let train = try load(path: path).images
        #expect(
            train.fileNames == ["b.png", "a.png"] && train.labels == [1, 0] && train.classNames == ["cat", "dog"])
        #expect(try load(.test, path: path).images.labels == [0])
        try writeFile("n.tsv", Array("path\tlabel\na.png\t7\n\(pictures)/b.png\t300\n".utf8))
        let numbered = try load(path: pictures + "/n.tsv").images
        #expect(numbered.labels == [7, 300] && numbered.classNames == nil && numbered.pixels[6] == 2)
    }

    @Test(arguments: [
        (
            "a,b\n1,2\n",
            "t.csv: expected a column called path, file, filename, file_name, image, image_path, found a, b"
        ),
        ("path\nno.png\n", "t.csv:2:1: expected the path of a picture, found \"no.png\", where there is none"),
        ("path,split\na.png,holdout\n", "t.csv:2:7: expected train or test, found \"holdout\""),
    ])
    func `a table that names no pictures is refused with its place`(text: String, expected: String) throws {
        try write("a.png", [1])
        try writeFile("t.csv", Array(text.utf8))
        #expect(message { _ = try load(path: pictures + "/t.csv") } == "PICTURES/" + expected)
    }
}
