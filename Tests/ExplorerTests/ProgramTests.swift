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
        let port = try await port {
            running.errors.firstMatch(of: /http:..127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
        }
        let words = "the training is done; its explorer goes on until Ctrl-C\n"
        for _ in 0..<600 where !running.errors.hasSuffix(words) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(running.errors.hasSuffix(words))
        // Whoever waits for the result has it.
        let json = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: output))), source: "output")
        #expect(json["epochs"] == 2)
        let runs = try await ask(port, "/api/runs").json?["runs"]?.array
        #expect(runs?.first?["state"] == "finished")
        #expect(runs?.first?["loss"]?.number == json["loss"]?.number)
        running.process.interrupt()
        #expect(try running.wait().status == 0)
        #expect(try await !isServed(port))
    }

    /// Within the first epoch, when no folder knows anything yet.
    @Test func aTrainingTellsItsPageWhereItStands() async throws {
        let scratch = Scratch()
        let running = try Program.vae.start(
            ["train", "--epochs", "50", "--no-figures", "--threads", "1", "--explore", "--out", "run"], in: scratch)
        let port = try await port {
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
        let (running, port, told) = try await serve(["."] + words, in: scratch, environment: environment)
        #expect(try await ask(port, "/api/runs").status == 401)
        #expect(try await ask(port, "/api/runs", ["Authorization: Bearer \(Self.secret)"]).status == 200)
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
        let (running, _, _) = try await serve([".", "--token-file", "open"], in: scratch)
        running.process.terminate()
        #expect(try running.wait().errors.contains("warning: open can be read by other users of this machine"))
    }

    #if os(Linux)
        /// The training images are in memory once, whoever reads them.
        @Test func slowReadersShareWhatTheyRead() async throws {
            let scratch = Scratch()
            let trained = try Program.vae.run(
                ["train", "--epochs", "1", "--limit", "64", "--no-figures", "--out", "run"], in: scratch)
            #expect(trained.status == 0)
            let (running, port, _) = try await serve(["run"], in: scratch)
            // What every answer takes, once.
            #expect(try await ask(port, "/api/runs/run/images/test/0").status == 200)
            let before = try residentBytes(running.process.processIdentifier)
            var readers: [Client] = []
            for _ in 0..<40 {
                readers.append(
                    try await onThread {
                        let client = try Client(port: port)
                        client.send("GET /api/runs/run/images?split=train HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        _ = client.receive()
                        return client
                    })
            }
            try await Task.sleep(for: .seconds(1))
            let grown = try residentBytes(running.process.processIdentifier) - before
            #expect(grown < 60 << 20, "\(grown) bytes")
            let last = try #require(readers.last)
            let read = try await onThread { last.rest(limit: 41 << 20) }
            #expect(read >= 41 << 20)
            // What the page takes first is small, and need not come twice.
            let path = "/api/runs/run/images?split=test"
            let images = try await ask(port, path, ["Accept-Encoding: gzip"])
            #expect(images.body.count < 1_700_000)
            let tag = try #require(images["etag"])
            #expect(try await ask(port, path, ["Accept-Encoding: gzip", "If-None-Match: \(tag)"]).status == 304)
            running.process.terminate()
            #expect(try running.wait().status == 0)
        }

        /// Clients beyond what open files allow wait or are refused, and keep no processor busy.
        @Test func fewOpenFilesMakeFewConnections() async throws {
            let scratch = Scratch()
            let shell = "ulimit -n 60 && exec \(Program.vae.path) serve . --port 0 --json --log-level error"
            let output = scratch.hidden("url")
            try Data().write(to: URL(fileURLWithPath: output))
            let running = try Program.shell.start(["-c", shell], in: scratch, output: output)
            let port = try await port { Self.port(in: output) }
            var clients: [Client] = []
            for _ in 0..<150 { clients.append(try await onThread { try Client(port: port) }) }
            let before = try processorSeconds(running.process.processIdentifier)
            try await Task.sleep(for: .seconds(2))
            #expect(try processorSeconds(running.process.processIdentifier) - before < 0.3)
            let refused = clients.filter { $0.hasAnswer("503 Service Unavailable") }.count
            #expect(refused > 100)
            clients = []
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await isServed(port))
            running.process.terminate()
            let outcome = try running.wait()
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
        }

        private func residentBytes(_ process: Int32) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            return try #require(status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) }) * 1024
        }

        private func processorSeconds(_ process: Int32) throws -> Double {
            let fields =
                try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
                .split(separator: ")").last.map { $0.split(separator: " ") } ?? []
            return Double((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    #endif

    /// A server of some runs, its port, and what it says on stdout.
    private func serve(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:]
    ) async throws -> (running: Program.Running, port: Int, told: String) {
        let output = scratch.hidden("url")
        try Data().write(to: URL(fileURLWithPath: output))
        let running = try Program.vae.start(
            ["serve"] + arguments + ["--port", "0", "--json", "--log-level", "error"], in: scratch,
            environment: environment, output: output)
        let port = try await port { Self.port(in: output) }
        return (running, port, try String(contentsOfFile: output, encoding: .utf8))
    }

    private static func port(in output: String) -> Int? {
        let bytes = (try? Data(contentsOf: URL(fileURLWithPath: output))).map(Array.init) ?? []
        return (try? JSONValue(parsing: bytes, source: "output"))?["port"]?.integer
    }

    private func port(_ find: () -> Int?) async throws -> Int {
        for _ in 0..<600 {
            if let port = find() { return port }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try #require(find())
    }

    private func ask(_ port: Int, _ path: String, _ headers: [String] = []) async throws -> Answered {
        try await onThread {
            let client = try Client(port: port)
            let lines = ["GET \(path) HTTP/1.1", "Host: localhost"] + headers
            client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            return client.answer()
        }
    }

    private func isServed(_ port: Int) async throws -> Bool {
        try await onThread {
            guard let client = try? Client(port: port) else { return false }
            client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.answer().text == "ok\n"
        }
    }
}
