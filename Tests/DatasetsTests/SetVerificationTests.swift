import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

// Every file of a set, and the cache against them.
extension PictureSourceTests {
    private func verify(_ path: String? = nil) throws -> SetVerification {
        try SetVerification(
            ImageReading(), limit: nil, open: { try ImageSources.open(path ?? self.pictures, $0, threads: 2) },
            judge: { _, _ in })
    }

    private func state() throws -> PictureCache.State? { try PictureCache.entries().first?.state }

    @Test func `verification decodes all, names the bad, and compares the cache`() throws {
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        func write(_ level: UInt8) throws {
            try self.write("a.png", [level])
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: pictures + "/a.png")
        }
        try write(1)
        #expect(
            try verify().findings.map(\.words) == [
                "1 picture decoded, pixels SHA-256 \(SHA256.hex(of: [UInt8](repeating: 1, count: 6)))",
                "no entry of these files as they are now",
            ])
        _ = try load()
        let first = try #require(PictureCache.path(PictureCache.entries()[0].key))
        #expect(try verify().findings.last?.words == "\(first): these images, byte for byte")
        // Changed in place, at the same size and time: other files.
        try write(2)
        #expect(try verify().findings.last?.words == "no entry of these files as they are now")
        _ = try load()
        let key = try #require(PictureCache.entries().first { PictureCache.path($0.key) != first }?.key)
        let path = try #require(PictureCache.path(key))
        #expect(try verify().findings.last?.words == "\(path): these images, byte for byte")
        // An entry of other images in its place.
        try AtomicFile.write(FileBytes.read(first, limit: 1 << 20), to: path)
        #expect(try verify().bad == 1)
        #expect(try verify().findings.last?.words.hasPrefix("\(path): other images than the files have now") == true)
        // A byte of the cache itself.
        var bytes = try FileBytes.read(path, limit: 1 << 20)
        bytes[9] ^= 1
        try AtomicFile.write(bytes, to: path)
        #expect(
            try verify().findings.last?.words == "\(path): its bytes are no longer those that were written")
        try AtomicFile.write(Array(bytes.dropLast(3)), to: path)
        #expect(try verify().findings.last?.words.hasPrefix("\(path): expected a cache of pictures") == true)
        try writeFile("b.png", [])
        let bad = try verify().findings.filter(\.isBad)
        #expect(bad == [.init(part: "\(pictures)/b.png", isBad: true, words: "an empty file")])
    }

    @Test func `arrays are read whole, every member of an archive`() throws {
        let pixels = NPY.Array.float32(Tensor([2, 3, 4], (0..<24).map { Float($0) }))
        try writeFile("x.npz", NPZ.serialized([(name: "x_train", array: pixels), (name: "notes", array: pixels)]))
        let path = pictures + "/x.npz"
        func verify() throws -> SetVerification {
            var reading = ImageReading()
            reading.floatRange = 0...255
            return try SetVerification(
                reading, limit: nil, open: { try ImageSources.open(path, $0, threads: 1) }, judge: { _, _ in })
        }
        let sound = try verify()
        #expect(sound.bad == 0 && sound.findings.count == 1)
        #expect(sound.findings[0].words.hasPrefix("2 images [3, 4, 1], no labels, SHA-256 "))
        // A byte of the member that is no image.
        var bytes = try FileBytes.read(path, limit: 1 << 20)
        let value = try #require(bytes.lastRange(of: [0, 0, 0xB8, 0x41]))
        bytes[value.lowerBound] = 1
        try writeFile("x.npz", bytes)
        let broken = try verify()
        #expect(broken.bad == 1 && broken.findings[1].words.contains("notes.npy"))
    }

    @Test func `an entry is current until its files, or its folder, are others`() throws {
        try write("a.png", [1])
        try write("b.png", [2])
        _ = try load()
        #expect(try state() == .current)
        try write("c.png", [3])
        #expect(try state() == .outdated)
        try FileManager.default.removeItem(atPath: pictures + "/c.png")
        #expect(try state() == .current)
        try FileManager.default.moveItem(atPath: pictures, toPath: pictures + "-moved")
        #expect(try state() == .orphaned)
        try FileManager.default.moveItem(atPath: pictures + "-moved", toPath: pictures)
        _ = try PictureCache.clear()
        // The first image alone, which another one behind it does not change.
        _ = try load(limit: 1)
        #expect(try state() == .current)
        try write("c.png", [3])
        #expect(try state() == .current)
        try write("0.png", [3])
        #expect(try state() == .outdated)
    }

    @Test func `an entry of a table is known by the table`() throws {
        try write("a.png", [1])
        try writeFile("t.csv", Array("path\na.png\n".utf8))
        _ = try load(path: pictures + "/t.csv")
        let entry = try #require(PictureCache.entries().first)
        #expect(entry.state == .current && entry.source == FileTree.absolutePath(pictures + "/t.csv"))
        try writeFile("t.csv", Array("path\na.png\na.png\n".utf8))
        #expect(try state() == .outdated)
        #expect(try PictureCache.clear(source: entry.source).entries == 1)
    }

    @Test func `what was decoded of a set's folders is cleared with it`() throws {
        try write("train/a.png", [1])
        try write("test/a.png", [2])
        _ = try (load(), load(.test))
        let root = try #require(FileTree.absolutePath(pictures))
        #expect(try PictureCache.clear(source: root + "/trai").entries == 0)
        #expect(try PictureCache.clear(source: root).entries == 2)
    }
}
