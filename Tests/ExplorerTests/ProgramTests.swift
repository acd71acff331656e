import Foundation
import Formats
import Settings
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
        (["serve", "none", "--port", "0"], 66, "Error: none: no such run\n"),
        (
            ["serve", ".", "--host", "0.0.0.0"], 64,
            "Error: --host 0.0.0.0 lets other machines ask: it needs --token-file, VAE_TOKEN or --token, 16 characters "
                + "or more (`openssl rand -hex 16` makes one)\n"
        ),
        (["serve", ".", "--token-file", "none"], 66, "Error: none: cannot open: No such file or directory\n"),
    ])
    func whatCannotBeServedIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let outcome = try Program.vae.run(arguments, in: Scratch())
        #expect(outcome.status == status)
        #expect(outcome.errors == words)
    }

    /// By `vae` and by the program that it becomes, which people can start too.
    @Test(arguments: [
        (["explore", ""], "argument 2"), (["serve", ".", "--data", ""], "--data"), (["serve", "--host="], "--host"),
        (["serve", ".", "--token-file="], "--token-file"), (["explore", ".", "--export", ""], "--export"),
    ])
    func anEmptyValueIsRefused(_ arguments: [String], _ name: String) throws {
        for program in [Program.vae, Program(path: Program.vae.path + "-explore")] {
            let outcome = try program.run(arguments, in: Scratch())
            #expect(outcome.status == 64)
            #expect(
                outcome.errors == "Error: \(name): expected a value, found nothing (a variable that is not set?)\n")
        }
    }

    @Test func theServersOptionsAreShown() throws {
        let scratch = Scratch()
        // Where there is no server too.
        try FileManager.default.copyItem(atPath: Program.vae.path, toPath: scratch.path + "/vae")
        for (arguments, options) in [
            (["serve", "--help"], ["--token-file", "--log-level", "--port"]),
            (["help", "explore"], ["--token-file", "--no-open", "--export", "--checkpoint"]),
        ] {
            let outcome = try Program(path: scratch.path + "/vae")
                .run(arguments, in: scratch, environment: ["PATH": "/nowhere"])
            #expect(outcome.status == 0)
            for option in options { #expect(outcome.output.contains("\n  \(option)")) }
            for hidden in ["--ends-with", "--page-folder"] { #expect(!outcome.output.contains(hidden)) }
        }
    }

    @Test(arguments: [
        (
            ["--export", "page.html", "--port", "1"],
            "--export: expected none of the server's options beside it, found --port"
        ),
        (["--checkpoint", "best"], "--checkpoint: it is --export's, which is not there"),
    ])
    func optionsThatGoTogetherAreNamed(_ arguments: [String], _ words: String) throws {
        let outcome = try Program.vae.run(["explore", "run"] + arguments, in: Scratch())
        #expect(outcome.status == 64)
        #expect(outcome.errors == "Error: \(words)\n")
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
        #expect(try await ServerProgram.isServed(found))
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
        #expect(try await ServerProgram.isServed(port))
        kill(running.process.processIdentifier, signal)
        let outcome = try running.wait()
        #expect(outcome.status == (signal == SIGKILL ? SIGKILL : 75))
        for _ in 0..<200 where try await ServerProgram.isServed(port) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try await !ServerProgram.isServed(port))
    }

    /// The training is over, and what came of it can be looked at until somebody ends that too.
    @Test func aTrainingsPageStaysWhenItIsDone() async throws {
        let scratch = Scratch()
        let output = scratch.hidden("json")
        try Data().write(to: URL(fileURLWithPath: output))
        let running = try Program.vae.start(
            [
                "train", "--epochs", "2", "--limit", "512", "--no-figures", "--threads", "1", "--explore", "--json",
                "--out", "run",
            ], in: scratch, output: output)
        let port = try await ServerProgram.port {
            running.errors.firstMatch(of: /http:..127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
        }
        let words = "the training is done; its explorer goes on until Ctrl-C\n"
        for _ in 0..<600 where !running.errors.hasSuffix(words) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(running.errors.hasSuffix(words))
        // Whoever waits for the result has it.
        let json = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: output))), source: "output")
        #expect(json["epochs"] == 2)
        let runs = try await ServerProgram.ask(port, "/api/runs").json?["runs"]?.array
        #expect(runs?.first?["state"] == "finished")
        #expect(runs?.first?["loss"]?.number == json["loss"]?.number)
        running.process.interrupt()
        #expect(try running.wait().status == 0)
        #expect(try await !ServerProgram.isServed(port))
    }

    /// Within the first epoch, when no folder knows anything yet.
    @Test func aTrainingTellsItsPageWhereItStands() async throws {
        let scratch = Scratch()
        let running = try Program.vae.start(
            ["train", "--epochs", "50", "--no-figures", "--threads", "1", "--explore", "--out", "run"], in: scratch)
        let port = try await ServerProgram.port {
            running.errors.firstMatch(of: /http:..127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
        }
        let client = try await onThread { try Client(port: port) }
        let text = try await onThread {
            client.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            var text = ""
            while text.firstMatch(of: /event: progress\ndata: .*\n\n/) == nil, let part = client.receive(),
                !part.isEmpty
            { text += String(decoding: part, as: UTF8.self) }
            return text
        }
        running.process.terminate()
        #expect(try running.wait().status == 75)
        let data = try #require(text.firstMatch(of: /event: progress\ndata: (.*)\n\n/)).1
        let progress = try JSONValue(parsing: Array(data.utf8), source: "event")
        #expect(progress["run"] == "run")
        #expect(progress["epoch"]?.integer ?? 0 >= 1)
        #expect(progress["epochs"] == 50)
        #expect(progress["steps"]?.integer ?? 0 > 100)
        #expect(progress["loss"]?.number ?? 0 > 0)
        #expect(progress["seconds_left"]?.number ?? 0 > 0)
    }

    private static let secret = "0123456789abcdef-._~"

    /// A command's words are seen by everybody on the machine, so the token has other ways, and is said nowhere.
    @Test(
        arguments: [
            (["--token-file", "token"], [:], secret + "\n"), ([], ["VAE_TOKEN": " \(secret)\r\n"], ""),
            (["--token-file", "token"], ["VAE_TOKEN": "of no account, being the second"], secret),
        ] as [([String], [String: String], String)])
    func aTokenCanBeKeptOutOfSight(_ words: [String], _ environment: [String: String], _ file: String) async throws {
        let scratch = Scratch()
        try scratch.write(file, to: "token")
        chmod(scratch.path + "/token", 0o600)
        let (running, port, told) = try await ServerProgram.serve(["."] + words, in: scratch, environment: environment)
        #expect(try await ServerProgram.ask(port, "/api/runs").status == 401)
        #expect(try await ServerProgram.ask(port, "/api/runs", ["Authorization: Bearer \(Self.secret)"]).status == 200)
        running.process.terminate()
        let outcome = try running.wait()
        #expect(!told.contains(Self.secret))
        #expect(!outcome.errors.contains(Self.secret))
        #expect(!outcome.errors.contains("warning"))
    }

    @Test func aTokenThatIsNoneIsRefused() async throws {
        let scratch = Scratch()
        try scratch.write(" \n", to: "empty")
        try scratch.write("short", to: "short")
        for (words, environment, error) in [
            (["--token-file", "empty"], [:], "empty: expected a token, found nothing"),
            ([], ["VAE_TOKEN": ""], "VAE_TOKEN: expected a token, found nothing"),
            (
                ["--token-file", "short"], [:],
                "the token: expected 16 or more of the letters, digits and -._~, found fewer or others"
            ),
        ] as [([String], [String: String], String)] {
            let outcome = try Program.vae.run(["serve", "."] + words, in: scratch, environment: environment)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasSuffix("Error: \(error)\n"))
        }
        // Readable by others: it works, with a word about it.
        try scratch.write(Self.secret, to: "open")
        chmod(scratch.path + "/open", 0o644)
        let (running, _, _) = try await ServerProgram.serve([".", "--token-file", "open"], in: scratch)
        running.process.terminate()
        #expect(try running.wait().errors.contains("warning: open can be read by other users of this machine"))
    }
}
