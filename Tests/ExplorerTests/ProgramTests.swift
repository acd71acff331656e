import Foundation
import Formats
import TestSupport
import Testing

/// `vae explore` and `vae serve`, as their users start them.
@Suite struct ProgramTests {
    @Test func withoutTheExplorerThereIsACommandThatBuildsIt() throws {
        let scratch = Scratch()
        try FileManager.default.copyItem(atPath: Program.vae.path, toPath: scratch.path + "/vae")
        for arguments in [["explore", "runs"], ["serve", "runs"], ["train", "--explore", "--out", "run"]] {
            let outcome = try Program(path: scratch.path + "/vae")
                .run(arguments, in: scratch, environment: ["PATH": "/nowhere"])
            #expect(outcome.status == 66)
            #expect(outcome.errors == "Error: vae-explore is not here: build it with `make explore`\n")
        }
        #expect(!scratch.exists("run"))
    }

    @Test(arguments: [
        (["serve", "none"], 66, "Error: none: no such run\n"),
        (
            ["serve", ".", "--host", "0.0.0.0"], 64,
            "Error: --host 0.0.0.0 lets other machines ask: it needs --token, 16 characters or more "
                + "(`openssl rand -hex 16` makes one)\n"
        ),
    ])
    func whatCannotBeServedIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let outcome = try Program.vae.run(arguments, in: Scratch())
        #expect(outcome.status == status)
        #expect(outcome.errors == words)
    }

    @Test func aServerAnswersAndStopsWhenItIsAsked() async throws {
        let scratch = Scratch()
        let output = scratch.hidden("url")
        try Data().write(to: URL(fileURLWithPath: output))
        let running = try Program.vae.start(["serve", ".", "--port", "0", "--json"], in: scratch, output: output)
        var port: Int?
        for _ in 0..<200 where port == nil {
            try await Task.sleep(for: .milliseconds(50))
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: output)))
            port = (try? JSONValue(parsing: bytes, source: "output"))?["port"]?.integer
        }
        let found = try #require(port)
        #expect(try await isServed(found))
        running.process.terminate()
        let outcome = try running.wait()
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains(#""message":"stopped""#))
    }

    /// Asked to end or killed, a training takes the server of its page along.
    @Test(arguments: [SIGTERM, SIGKILL])
    func aTrainingsPageEndsWithIt(_ signal: Int32) async throws {
        let scratch = Scratch()
        let running = try Program.vae.start(
            ["train", "--epochs", "50", "--no-figures", "--threads", "1", "--explore", "--out", "run"], in: scratch)
        var found: Int?
        for _ in 0..<600 where found == nil {
            try await Task.sleep(for: .milliseconds(50))
            found = running.errors.firstMatch(of: /http:..127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
        }
        let port = try #require(found, "\(running.errors)")
        #expect(try await isServed(port))
        kill(running.process.processIdentifier, signal)
        let outcome = try running.wait()
        #expect(outcome.status == (signal == SIGKILL ? SIGKILL : 75))
        for _ in 0..<200 where try await isServed(port) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try await !isServed(port))
    }

    private func isServed(_ port: Int) async throws -> Bool {
        try await onThread {
            guard let client = try? Client(port: port) else { return false }
            client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.answer().text == "ok\n"
        }
    }
}
