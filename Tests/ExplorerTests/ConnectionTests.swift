import Foundation
import NIOCore
import Testing

@testable import Explorer

/// What one connection may take.
@Suite(.serialized) struct ConnectionTests {
    private static let hasty: ServerSettings = {
        var settings = ServerSettings()
        settings.limits.head = .milliseconds(400)
        settings.limits.reading = .milliseconds(400)
        settings.limits.writing = .milliseconds(400)
        return settings
    }()

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "a"),
        ("POST /api/decode HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", "0"),
        ("", nil), ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", nil),
    ])
    func whoTricklesOrWaitsIsLeft(_ start: String, _ drop: String?) async throws {
        try await Served.run(Self.hasty) { served in
            let client = try await served.client()
            let seconds = try await onThread {
                client.send(start)
                return client.secondsToClose(trickling: drop)
            }
            #expect(try #require(seconds) < 3)
        }
    }

    @Test func anAnswerThatNobodyReadsIsDropped() async throws {
        try await Served.run(Self.hasty) { served in
            let client = try await served.client()
            // 25 MB of JSON, more than the sockets' buffers hold.
            _ = try await onThread {
                client.send("POST /api/grid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{\"side\":64}")
            }
            try await Task.sleep(for: .seconds(3))
            let answer = try await onThread { client.answer() }
            #expect(answer.status == 200)
            #expect(!answer.isWhole)
        }
    }

    @Test func headersAndBodiesHaveLimits() async throws {
        try await Served.run { served in
            let field = "X: " + String(repeating: "a", count: 9_000)
            let many = try await served.ask("GET", "/", Array(repeating: field, count: 9))
            #expect(many.status == 431)
            #expect(
                many.message == "expected at most 65536 bytes of header fields, 16384 in one, found more")
            let large = try await served.ask(
                "GET", "/", ["X: " + String(repeating: "a", count: 81 << 10)])
            #expect(large.status == 431)
            let long = try await served.ask("GET", "/?" + String(repeating: "a", count: 81 << 10))
            #expect(long.status == 431)
            let body = String(repeating: " ", count: 3 << 20)
            let heavy = try await served.ask("POST", "/api/decode", body: body)
            #expect(heavy.status == 413)
            #expect(heavy.message == "expected at most 2097152 bytes of body, found more")
            let chunked = try await served.ask(
                "POST", "/api/decode", ["Transfer-Encoding: chunked"], body: nil)
            #expect(chunked.status == 0)
        }
    }

    @Test func aBodyThatWaitsForLeaveGetsIt() async throws {
        try await Served.run { served in
            @Sendable func start(_ length: Int) -> String {
                "POST /api/decode HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
            }
            let (small, large) = (try await served.client(), try await served.client())
            let (leave, answer) = try await onThread {
                small.send(start(13))
                let leave = small.receive()
                small.send(#"{"z":[[0,0]]}"#)
                return (leave, small.answer())
            }
            #expect(leave == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            #expect(answer.status == 200)
            #expect(
                try await onThread {
                    large.send(start(3 << 20))
                    return large.answer().status
                } == 413)
        }
    }

    @Test func otherBytesAreNoRequest() async throws {
        try await Served.run { served in
            let client = try await served.client()
            let answer = try await onThread {
                client.send("\u{16}\u{3}\u{1}\r\n\r\n")
                return client.answer()
            }
            #expect(answer.status == 400)
            #expect(answer.message == "expected an HTTP/1.1 request, found other bytes")
        }
    }

    @Test func connectionsPastTheCapAreRefused() async throws {
        var settings = ServerSettings()
        settings.limits.connections = 3
        try await Served.run(settings) { served in
            var clients: [Client] = []
            for _ in 0..<3 {
                let client = try await served.client()
                let status = try await onThread {
                    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    return client.answer().status
                }
                #expect(status == 200)
                clients.append(client)
            }
            let late = try await served.client()
            let answer = try await onThread { late.answer() }
            #expect(answer.status == 503)
            #expect(answer.message == "all 3 connections are taken")
            clients = []
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await served.ask("GET", "/healthz").status == 200)
        }
    }

    @Test func aThousandConnectionsLeaveNothing() async throws {
        @Sendable func descriptors() -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? -1
        }
        try await Served.run { served in
            #expect(try await served.ask("GET", "/healthz").status == 200)
            let before = descriptors()
            for number in 0..<1000 {
                let client = try await served.client()
                // Some leave at once, some in the middle of a request, some in that of an event stream.
                try await onThread {
                    switch number % 3 {
                    case 0: break
                    case 1: client.send("POST /api/decode HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
                    default: client.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    }
                }
            }
            for _ in 0..<50 where descriptors() > before + 3 { try await Task.sleep(for: .milliseconds(100)) }
            #expect(descriptors() <= before + 3)
            let metrics = try await served.ask("GET", "/metrics").text
            #expect(metrics.contains("\nvae_connections 1\n"))
        }
    }

    @Test func whatNobodyWaitsForIsNotComputed() async throws {
        try await Served.run { served in
            // As many as may wait.
            let (clients, side) = (4, 64)
            for _ in 0..<clients {
                let client = try await served.client()
                try await onThread {
                    client.send(
                        "POST /api/grid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{\"side\":\(side)}")
                    // Long enough that the question is read, so that only its client's leaving ends it.
                    usleep(20_000)
                }
            }
            func total(_ start: String) async throws -> Double {
                try await served.ask("GET", "/metrics").text.split(separator: "\n")
                    .filter { $0.hasPrefix(start) }
                    .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
            }
            let answers = "vae_requests_total{route=\"/api/grid\","
            for _ in 0..<100 where try await total(answers) < Double(clients) {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await total(answers) == Double(clients))
            #expect(try await total(answers + "status=\"499\"") > Double(clients) / 2)
            let computed = try await total("vae_batch_rows_sum ")
            #expect(computed < Double(clients * side * side) / 2)
        }
    }
}
