import Foundation
import TestSupport
import Testing

#if os(Linux)
    /// What people see who have a terminal of 80 columns.
    @Suite struct TerminalTests {
        /// Runs a program with stdout and stderr on a terminal of its own; what it writes there, line by line.
        private func lines(_ arguments: [String], in scratch: Scratch, output: Bool = false) throws -> [String] {
            var (ours, theirs) = (Int32(-1), Int32(-1))
            var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
            try #require(openpty(&ours, &theirs, nil, nil, &size) == 0)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.vae.path)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
            let terminal = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
            process.standardError = terminal
            process.standardOutput = output ? terminal : FileHandle.nullDevice
            try process.run()
            try terminal.close()
            // It ends in an error once nobody has the other end.
            var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
            while case let count = read(ours, &part, part.count), count > 0 { bytes += part.prefix(count) }
            close(ours)
            process.waitUntilExit()
            return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").split(separator: "\n").map(
                String.init)
        }

        /// Without the bar and what clears it.
        private func words(_ lines: [String]) -> [String] {
            lines.compactMap { line in
                line.split(separator: "\r").last.map { String($0).replacing("\u{1B}[K", with: "") }
            }.filter { !$0.isEmpty }
        }

        @Test func linesAreWrappedBetweenWords() throws {
            let scratch = Scratch()
            let arguments = ["train", "--limit", "256", "--epochs", "2", "--no-figures", "--out", "run"]
            let shown = words(try lines(arguments, in: scratch))
            #expect(shown.filter { $0.count > 80 } == [])
            let plain = try Program.vae.run(arguments + ["--overwrite"], in: scratch).errors
            func letters(_ text: String) -> [Substring] {
                text.split(whereSeparator: \.isWhitespace).filter { !$0.contains(/[0-9]/) }
            }
            #expect(letters(shown.joined(separator: " ")) == letters(plain))
            // A name and its number stay together.
            #expect(!shown.contains { $0.hasSuffix("loss") })
        }

        @Test func aColumnOfWordsIsWrappedBesideItsNames() throws {
            let scratch = Scratch()
            let folder = String(repeating: "long/", count: 6)
            let shown = try lines(["doctor", "--runs", folder], in: scratch, output: true)
            #expect(shown.filter { $0.count > 80 } == [])
            #expect(shown.last == "verdict          ready to train")
            #expect(shown.contains { $0.hasPrefix(String(repeating: " ", count: 17)) })
        }

        @Test func aPathOnATerminalIsNothingThatItObeys() throws {
            let scratch = Scratch()
            let name = "r\u{1B}]0;x\u{7}"
            let shown = try lines(
                ["train", "--limit", "64", "--epochs", "1", "--no-figures", "--progress", "none", "--out", name],
                in: scratch, output: true)
            #expect(shown.last == #"r\u{1B}]0;x\u{7}"#)
            #expect(!shown.joined().contains("\u{1B}"))
        }
    }
#endif
