import Testing

@testable import Exploration

/// Errors in words that go over the network.
@Suite struct WordsTests {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    @Test(
        arguments: [
            // A name that other words hold.
            ("memory ran out: r", ["r"], "memory ran out: r"),
            ("r/config.json: expected a run folder", ["r"], "r/config.json: expected a run folder"),
            ("memory of d/r: r", ["d/r"], "memory of r: r"),
            // Whole paths only, wherever they stand.
            ("/a/run/config.json: cut off", ["/a/run"], "run/config.json: cut off"),
            ("/a/run: no run; see \"/a/run\", (/a/run)", ["/a/run"], "run: no run; see \"run\", (run)"),
            ("/a/run-2/x and /b/a/run and /a/run.old", ["/a/run"], "/a/run-2/x and /b/a/run and /a/run.old"),
            ("/a/run//config.json", ["/a/run/"], "run//config.json"),
            // What a terminal must not be given is written as the error has it.
            ("/a/b\nc/x", ["/a/b\nc"], "b\\u{A}c/x"),
            // One folder within another, whichever comes first.
            ("/a/sets/b: not of /a/sets", ["/a/sets", "/a/sets/b"], "b: not of sets"),
        ] as [(String, [String], String)])
    func foldersGoByTheirNames(_ error: String, _ folders: [String], _ words: String) {
        let first = folders[0]
        let second = folders.count > 1 ? folders[1] : nil
        #expect(Exploration.words(of: Failure(description: error), in: first, second) == words)
    }
}
