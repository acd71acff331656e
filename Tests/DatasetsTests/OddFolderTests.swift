import Formats
import Foundation
import Pictures
import Tensors
import Testing

@testable import Datasets

// What people have in their folders, each with the right value.
extension PictureSourceTests {
    @Test func `files that systems leave in folders are no pictures and no classes`() throws {
        for label in ["cats", "dogs"] {
            try write("\(label)/1.png", [7])
            try writeFile("\(label)/.DS_Store", [0, 0, 0, 1])
            try writeFile("\(label)/Thumbs.db", [0xD0, 0xCF])
            try writeFile("\(label)/desktop.ini", [1])
            try writeFile("__MACOSX/\(label)/._1.png", [0, 5, 22, 7])
        }
        let (images, remarks) = try load()
        #expect(images.classNames == ["cats", "dogs"] && images.fileNames == ["cats/1.png", "dogs/1.png"])
        #expect(remarks == ["passed over 4 files of other kinds: 2 .db, 2 .ini"])
    }

    @Test func `an empty class folder is no class, and is told`() throws {
        try write("a/1.png", [1])
        try write("c/1.png", [3])
        try FileTree.makeFolder(pictures + "/b")
        #expect(try load().images.classNames == ["a", "c"] && load().images.labels == [0, 1])
        #expect(try PictureListing(of: pictures).emptyFolders == ["b"])
    }

    /// The system's file name is bytes; a line break, a quote and marks of Unicode are such.
    @Test(arguments: ["é.png", "e\u{301}.png", "two\nlines.png", "a \"b\".png", "日本.png", "🙂.png", "-x.png", "a.b.png"])
    func `any name of UTF-8 is a name`(name: String) throws {
        try write(name, [200])
        let images = try load().images
        #expect(images.fileNames.map { $0.map { Array($0.utf8) } } == [Array(name.utf8)] && images.pixels[0] == 200)
    }

    @Test func `a bad file's name is told on one line`() throws {
        try writeFile("two\nlines.png", [])
        #expect(
            message { _ = try load() } == "PICTURES/two\\u{A}lines.png: an empty file; --skip-bad leaves bad files out")
    }

    @Test func `a name that is not UTF-8 is refused, or left out`() throws {
        try write("a.png", [1])
        let bytes =
            (pictures + "/x").utf8.map { CChar(bitPattern: $0) } + [-1] + ".png".utf8.map { CChar(bitPattern: $0) } + [
                0
            ]
        close(open(bytes, O_CREAT | O_WRONLY, 0o600))
        defer { unlink(bytes) }
        #expect(message { _ = try load() }.contains("its name is not UTF-8"))
        #expect(try load { $0.skipsBad = true }.images.fileNames == ["a.png"])
    }

    @Test func `the same name in several classes is several images`() throws {
        for (place, label) in ["a", "b", "c"].enumerated() { try write("\(label)/1.png", [UInt8(place)]) }
        let images = try load().images
        #expect(
            images.count == 3 && images.pixels.enumerated().filter { $0.offset % 6 == 0 }.map(\.element) == [0, 1, 2])
        // Names that differ in case alone are two files here.
        try write("a/1.PNG", [9])
        #expect(try load().images.count == 4)
    }

    @Test func `a link to a folder above ends, and one to itself is no file`() throws {
        try write("a/1.png", [1])
        try write("b/1.png", [2])
        try FileManager.default.createSymbolicLink(atPath: pictures + "/b/up", withDestinationPath: "../..")
        #expect(try load().images.labels == [0, 1])
        try FileManager.default.createSymbolicLink(atPath: pictures + "/a/self.png", withDestinationPath: "self.png")
        #expect(message { _ = try load() }.hasPrefix("PICTURES: a/self.png: no such file"))
        #expect(try load { $0.skipsBad = true }.images.count == 2)
    }

    @Test func `a pipe that is called a picture is not waited for`() throws {
        try write("a.png", [1])
        #expect(mkfifo(pictures + "/b.png", 0o600) == 0)
        let (images, remarks) = try load()
        #expect(images.count == 1 && remarks == ["passed over 1 file of other kinds: 1 .png"])
    }

    @Test(.enabled(if: geteuid() != 0)) func `a file that may not be read is bad`() throws {
        try write("a.png", [1])
        try write("b.png", [1])
        chmod(pictures + "/a.png", 0)
        #expect(message { _ = try load() } == "PICTURES/a.png: cannot open: Permission denied")
        #expect(try load { $0.skipsBad = true }.images.fileNames == ["b.png"])
    }

    @Test func `what a file is its bytes say, not its name`() throws {
        try writeGolden("rgb.png", as: "a.jpg")
        try writeGolden("rgb-444.jpg", as: "b.png")
        let images = try load().images
        #expect(images.count == 2 && images.shape == [18, 23, 3])
        try writeGolden("rgb.png", as: "c.dat")
        try writeGolden("animated.gif", as: "d.gif")
        #expect(try load().remarks == ["passed over 2 files of other kinds: 1 .dat, 1 .gif"])
        try writeGolden("animated.gif", as: "d.png")
        #expect(
            message { _ = try load() }
                == "PICTURES/d.png: a GIF; convert it to PNG; --skip-bad leaves bad files out")
    }

    /// Each golden in a folder of its own has the pixels that Pillow made of it.
    @Test(arguments: [
        "palette.png", "palette-transparent.png", "bits-1.png", "grey-16.png", "rgb-16.png", "cmyk.jpg", "ycck.jpg",
        "orientation-6.jpg", "interlaced.png", "progressive.jpg", "grey-alpha.png", "rgba.png",
    ])
    func `a folder gives the pixels of its files`(golden: String) throws {
        try writeGolden(golden, as: golden)
        let images = try load().images
        let file = try PictureFile(contentsOf: "\(pictures)/\(golden)")
        let preparer = try PicturePreparer(PictureSettings())
        var image = [UInt8](repeating: 0, count: preparer.shape(of: file.outline).count)
        _ = try image.withUnsafeMutableBufferPointer { try preparer.prepare(file, into: $0) }
        #expect(images.pixels == image && images.imageSize == image.count)
    }

    @Test(arguments: ["orientation-3.jpg", "orientation-6.jpg", "orientation-6.png"])
    func `EXIF turns where it is asked to, and is told where not`(golden: String) throws {
        try writeGolden(golden, as: golden)
        let (stored, remarks) = try load()
        #expect(stored.shape == [8, 16, 3])
        #expect(
            remarks == [
                "1 picture (\(golden)) with an EXIF orientation, taken as stored; --orientation apply turns them"
            ])
        let (turned, none) = try load { $0.pictures.orientation = .apply }
        #expect(turned.shape == (golden.contains("3") ? [8, 16, 3] : [16, 8, 3]) && none.isEmpty)
        // The last pixel of the first row comes first where the picture is upside down; of the first column where it lies.
        let pixels = stored.pixels
        let from = golden.contains("3") ? pixels.count - 3 : 7 * 16 * 3
        #expect(Array(turned.pixels[..<3]) == Array(pixels[from..<from + 3]))
    }

    @Test(arguments: ["rgb.png", "rgb-420.jpg", "lossy.webp"])
    func `a file that is cut off is bad wherever it is cut`(golden: String) throws {
        try writeGolden(golden, as: "a")
        let whole = try FileBytes.read(pictures + "/a", limit: 1 << 20)
        try FileManager.default.removeItem(atPath: pictures + "/a")
        for part in [1, 3, 20, 60, whole.count / 2, whole.count - 3] {
            try writeFile("x.png", Array(whole.prefix(part)))
            #expect(throws: (any Error).self, "\(part) bytes") { try load() }
        }
        try writeFile("x.png", whole)
        #expect(try load().images.count == 1)
    }

    @Test func `a table leaves out rows without a file where bad files are left out`() throws {
        try write("a.png", [5])
        try writeFile("t.csv", Array("path,label\nno.png,x\na.png,y\n".utf8))
        let (images, remarks) = try load(path: pictures + "/t.csv") { $0.skipsBad = true }
        #expect(images.labels == [1] && images.classNames == ["x", "y"] && images.fileNames == ["a.png"])
        #expect(remarks == ["left out 1 bad file:\n  no.png: no such file"])
    }
}
