import Formats
import Testing

@testable import Pictures

/// What `settings` make of a file, and what was noted.
func prepared(_ file: PictureFile, _ change: (inout PictureSettings) -> Void) throws -> (Image, [PictureNote]) {
    var settings = PictureSettings()
    change(&settings)
    let preparer = try PicturePreparer(settings)
    let shape = preparer.shape(of: file.outline)
    // Bytes that nobody writes show.
    var image = [UInt8](repeating: 77, count: shape.count)
    let notes = try image.withUnsafeMutableBufferPointer { try preparer.prepare(file, into: $0) }
    return (Image(shape: [shape.height, shape.width, shape.channels], bytes: image), notes)
}

/// Whether a file can be decoded here.
func isReadable(_ name: String) -> Bool { !name.hasSuffix(".webp") || WebP.isAvailable }

/// Pillow 13.0.0 (`Goldens/pillow.versions.json`), byte for byte.
@Suite struct PillowTests {
    @Test("Every kind of file gives the samples that Pillow gives", arguments: PictureGoldens.pillow.names("stored/"))
    func stored(words: [String]) throws {
        guard isReadable(words[1]) else { return }
        let picture = try PictureGoldens.file(words[1]).decode()
        #expect(Image(picture).largestDifference(from: PictureGoldens.pillow[words]) == 0)
    }

    @Test(
        "EXIF's eight orientations are turned as ImageOps.exif_transpose turns them, where that is asked for",
        arguments: PictureGoldens.pillow.names("turned/"))
    func turned(words: [String]) throws {
        let file = try PictureGoldens.file(words[1])
        let orientation = try #require(words[1].compactMap(\.wholeNumberValue).first)
        #expect(file.outline.orientation == orientation)
        #expect(file.outline.notes == (orientation == 1 ? [] : [.orientation(orientation)]))
        guard isReadable(words[1]) else { return }
        #expect(try prepared(file) { $0.orientation = .apply }.0 == PictureGoldens.pillow[words])
        #expect(try prepared(file) { _ in }.0 == PictureGoldens.pillow[["stored", words[1]]])
    }

    @Test("Colours become grey by Pillow's integers", arguments: PictureGoldens.pillow.names("grey/"))
    func grey(words: [String]) throws {
        let file = try PictureGoldens.file(words[1])
        #expect(try prepared(file) { $0.colour = .grey }.0 == PictureGoldens.pillow[words])
    }

    @Test(
        "Transparent pixels are laid over white or black in stored values",
        arguments: PictureGoldens.pillow.names("white/") + PictureGoldens.pillow.names("black/"))
    func backgrounds(words: [String]) throws {
        let file = try PictureGoldens.file(words[1])
        let alpha = try #require(PictureSettings.Alpha(rawValue: words[0]))
        #expect(try prepared(file) { $0.alpha = alpha }.0 == PictureGoldens.pillow[words])
    }

    @Test("Cut, padded, stretched, by every filter", arguments: PictureGoldens.pillow.names("resized/"))
    func resized(words: [String]) throws {
        let file = try PictureGoldens.file(words[1])
        let (image, notes) = try prepared(file) {
            $0.fit = PictureSettings.Fit(rawValue: words[2])!
            $0.filter = PictureSettings.Filter(rawValue: words[3])!
            $0.size = .init(height: Int(words[4])!, width: Int(words[5])!)
            if words[1] == "wide-alpha.png" { $0.alpha = .keep }
        }
        #expect(image.largestDifference(from: PictureGoldens.pillow[words]) == 0)
        #expect(notes.isEmpty)
    }
}

/// Keras 3.15.1 on TensorFlow 2.21.0 (`Goldens/keras.versions.json`), byte for byte once its floats are rounded half up.
@Suite struct KerasTests {
    @Test("As image_dataset_from_directory gives them", arguments: PictureGoldens.keras.names())
    func images(words: [String]) throws {
        let file = try PictureGoldens.file(words[0])
        let (image, _) = try prepared(file) {
            $0.mode = .keras
            $0.fit = PictureSettings.Fit(rawValue: words[1])!
            $0.filter = PictureSettings.Filter(rawValue: words[2])!
            $0.size = .init(height: Int(words[3])!, width: Int(words[4])!)
            $0.colour = PictureSettings.Colour(rawValue: words[5])!
        }
        #expect(image.largestDifference(from: PictureGoldens.keras[words]) == 0)
    }
}
