import Formats
import Foundation
import Testing

/// A new folder that vanishes with the test.
private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "formats-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}

struct FileTests {
    @Test(arguments: [0, 1, 4_097, 3_000_001])
    func `what is written is read back, and nothing else is left`(count: Int) throws {
        try withFolder { folder in
            let path = folder + "/a.bin"
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            for bytes in [[1, 2, 3], bytes] {
                try AtomicFile.write(bytes, to: path)
                #expect(try FileBytes.read(path, limit: bytes.count) == bytes)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.bin"])
        }
    }

    @Test func `a write that fails leaves the old file and no other`() throws {
        try withFolder { folder in
            let path = folder + "/full"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(message { try AtomicFile.write([1], to: path) } == "\(path): cannot rename: Is a directory")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["full"])
        }
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: "/nowhere/at/all") }
        #expect(error?.description == "/nowhere/at/all: cannot create: No such file or directory")
        #expect(error?.isMissing == true)
    }

    @Test func `a name without a folder is written to the current one`() throws {
        let name = "formats-\(UUID().uuidString).tmp"
        defer { try? FileManager.default.removeItem(atPath: name) }
        try AtomicFile.write([7], to: name)
        #expect(try FileBytes.read(name, limit: 1) == [7])
    }

    @Test func `refuses missing, large and special files`() throws {
        try withFolder { folder in
            let path = folder + "/a"
            let error = #expect(throws: FileError.self) { try FileBytes.read(path, limit: 9) }
            #expect(error == FileError(path: path, operation: .open, code: ENOENT) && error?.isMissing == true)
            #expect(error?.description == "\(path): cannot open: No such file or directory")

            try AtomicFile.write([1, 2, 3], to: path)
            #expect(message { _ = try FileBytes.read(path, limit: 2) } == "\(path): expected at most 2 bytes, found 3")
            #expect(
                message { _ = try FileBytes.read(folder, limit: 2) } == "\(folder): expected a file, found a folder")
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(
                message { _ = try FileBytes.read(folder + "/pipe", limit: 2) }
                    == "\(folder)/pipe: expected a file, found a device or pipe")
            #expect(FileError(path: "a", operation: .write, code: ENOSPC).isMissing == false)
        }
    }

    // MARK: Words

    @Test func `a path in an error is nothing that a terminal obeys`() {
        let error = FileError(path: "a\n\u{1B}[2J\u{202E}b", operation: .open, code: ENOENT)
        #expect(error.description == #"a\u{A}\u{1B}[2J\u{202E}b: cannot open: No such file or directory"#)
        #expect(printableLines("a\nb\u{9B}\n") == "a\nb\\u{9B}\n")
    }

    @Test(arguments: [
        ("runs/a-1_2.safetensors", "runs/a-1_2.safetensors"), ("größe", "größe"), ("", "''"), ("a b", "'a b'"),
        ("it's", #"'it'\''s'"#), ("$(rm -r x)", "'$(rm -r x)'"), ("a\n'b\\", #"$'a\x0a\'b\\'"#),
        ("\u{202E}x", #"$'\xe2\x80\xaex'"#),
    ])
    func `a word is read back by a shell`(word: String, expected: String) throws {
        #expect(shellWord(word) == expected)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", "printf %s \(expected)"]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        shell.waitUntilExit()
        #expect(try output.fileHandleForReading.readToEnd() ?? Data() == Data(word.utf8))
    }
}
