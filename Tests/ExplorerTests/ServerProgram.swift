import Formats
import Foundation
import Settings
import TestSupport
import Testing

/// `vae serve` and its like under way, and what is asked of them.
enum ServerProgram {
    /// A server of some runs, its port, and what it says on stdout.
    static func serve(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:]
    ) async throws -> (running: Program.Running, port: Int, told: String) {
        let output = scratch.hidden("url")
        try Data().write(to: URL(fileURLWithPath: output))
        let running = try Program.vae.start(
            ["serve"] + arguments + ["--port", "0", "--json", "--log-level", "error"], in: scratch,
            environment: environment, output: output)
        let port = try await Self.port { Self.port(in: output) }
        return (running, port, try String(contentsOfFile: output, encoding: .utf8))
    }

    /// The port that it has told.
    static func port(in output: String) -> Int? {
        let bytes = (try? Data(contentsOf: URL(fileURLWithPath: output))).map(Array.init) ?? []
        return (try? JSONValue(parsing: bytes, source: "output"))?["port"]?.integer
    }

    /// The same once it can be found.
    static func port(_ find: () -> Int?) async throws -> Int {
        for _ in 0..<600 {
            if let port = find() { return port }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try #require(find())
    }

    /// One GET on a connection of its own.
    static func ask(_ port: Int, _ path: String, _ headers: [String] = []) async throws -> Answered {
        try await onThread {
            let client = try Client(port: port)
            let lines = ["GET \(path) HTTP/1.1", "Host: localhost"] + headers
            client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            return client.answer()
        }
    }

    /// Whether somebody answers there.
    static func isServed(_ port: Int) async throws -> Bool {
        try await onThread {
            guard let client = try? Client(port: port) else { return false }
            client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.answer().text == "ok\n"
        }
    }
}
