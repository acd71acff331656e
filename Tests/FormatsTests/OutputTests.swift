import Formats
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What the path of an output may lead to besides a new file.
@Suite struct OutputTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "outputs-\(UUID().uuidString)"

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
        }

        func isLink(_ name: String) -> Bool {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/\(name)")) != nil
        }
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func aLinkStaysAndWhatItLeadsToIsReplaced() throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.path + "/deep", withIntermediateDirectories: false)
        try AtomicFile.write([1], to: folder.path + "/deep/target")
        // Relative to where the link lies, by way of another link.
        try folder.link("deep/near", to: "target")
        try folder.link("far", to: "deep/near")
        try AtomicFile.write([2, 3], to: folder.path + "/far")
        #expect(folder.isLink("far") && folder.isLink("deep/near"))
        #expect(try FileBytes.read(folder.path + "/deep/target", limit: 10) == [2, 3])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep").sorted() == ["near", "target"])
    }

    @Test func aLinkThatLeadsNowhereMakesItsTarget() throws {
        let folder = try Folder()
        try folder.link("link", to: "new")
        try AtomicFile.write([4], to: folder.path + "/link")
        #expect(folder.isLink("link"))
        #expect(try FileBytes.read(folder.path + "/new", limit: 10) == [4])
    }

    @Test func linksInACircleAreRefused() throws {
        let folder = try Folder()
        try folder.link("a", to: "b")
        try folder.link("b", to: "a")
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder.path + "/a") }
        #expect(error?.code == ELOOP)
        #expect(folder.isLink("a") && folder.isLink("b"))
    }

    @Test(arguments: [0o600, 0o640, 0o755] as [mode_t])
    func aFileThatIsReplacedHandsItsPermissionBitsOn(_ bits: mode_t) throws {
        let path = try Folder()
        let file = path.path + "/page.html"
        try AtomicFile.write([1], to: file)
        #expect(chmod(file, bits) == 0)
        try AtomicFile.write([2], to: file)
        #expect(mode(file).map { $0 & 0o7777 } == bits)
        try AtomicFile.write([3], to: file, keepingOldAs: path.path + "/old")
        #expect(mode(file).map { $0 & 0o7777 } == bits)
    }

    @Test func aPipeIsWrittenThroughAndStays() throws {
        let folder = try Folder()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let reader = Process()
        let output = folder.path + "/received"
        #expect(FileManager.default.createFile(atPath: output, contents: nil))
        reader.executableURL = URL(fileURLWithPath: "/bin/cat")
        reader.arguments = [path]
        reader.standardOutput = FileHandle(forWritingAtPath: output)
        try reader.run()
        // More than a pipe holds at a time.
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try AtomicFile.write(bytes, to: path)
        reader.waitUntilExit()
        #expect(try FileBytes.read(output, limit: 1 << 20) == bytes)
        #expect(mode(path).map { $0 & S_IFMT } == S_IFIFO)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["pipe", "received"])
    }

    #if os(Linux)
        /// A device of our own, so that the machine's is safe from a test that fails; nil where none may be made.
        private func device(_ folder: Folder, _ name: String, minor: UInt32) -> String? {
            let path = "\(folder.path)/\(name)"
            if mknod(path, S_IFCHR | 0o666, dev_t(1 << 8 | minor)) == 0 { return path }
            print("skipped: no device can be made here")
            return nil
        }

        @Test func aDeviceStaysOne() throws {
            let folder = try Folder()
            guard let full = device(folder, "full", minor: 7), let null = device(folder, "null", minor: 3) else {
                return
            }
            let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: full) }
            // A container may forbid devices to be opened.
            #expect(error?.code == ENOSPC || error?.code == EACCES)
            try? AtomicFile.write([1, 2], to: null)
            #expect([full, null].allSatisfy { mode($0).map { $0 & S_IFMT } == S_IFCHR })
        }
    #endif
}
