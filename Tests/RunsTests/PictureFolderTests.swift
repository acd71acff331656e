import Formats
import Tensors
import TestSupport
import Testing

@testable import Runs

/// Pictures under names that anybody chose.
@Suite struct PictureFolderTests {
    @Test(arguments: [
        ("a.png", "a"), ("deep/er/ä b.tar.gz", "ä_b.tar"), ("../../etc/passwd", "passwd"), ("..", ""), ("", ""),
        (".hidden", "hidden"), ("a\u{0}\u{1B}\n:*?", "a______"), ("-rf", "rf"), ("con", "con"), ("/", ""),
        (String(repeating: "é", count: 300), String(repeating: "é", count: 100)),
    ])
    func aNameBecomesAFiles(_ name: String, _ stem: String) {
        #expect(PictureFolder.stem(of: name) == stem)
    }

    @Test func picturesAreNamedEachOnce() throws {
        let scratch = Scratch()
        let folder = try PictureFolder(scratch.path + "/new", count: 12_000)
        try folder.append(Tensor([2, 2, 1, 1], [0, 1, 0.5, 2]), names: nil)
        try folder.append(Tensor([4, 2, 1, 1]), names: ["a.png", "b/A.png", "", "a-2"])
        #expect(scratch.files("new") == ["00000.png", "00001.png", "00004.png", "A-2.png", "a-2-2.png", "a.png"])
        let picture = try PNG.decode(scratch.bytes("new/00001.png"), source: "a")
        // Half a level is rounded up, as in our other pictures.
        #expect(picture.width == 1 && picture.height == 2 && picture.pixels == [128, 255])
        #expect(throws: RunError.occupied(path: scratch.path + "/new", by: "00000.png")) {
            _ = try PictureFolder(scratch.path + "/new/", count: 1)
        }
    }
}
