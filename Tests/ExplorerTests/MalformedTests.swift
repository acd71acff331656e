import Formats
import NIOHTTP1
import Testing

@testable import Explorer

/// Requests that are none, and clients that leave in the middle: each is answered or counted as what it is.
@Suite(.serialized) struct MalformedTests {
    private static let post = "POST /api/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

    @Test(arguments: [
        post + "Transfer-Encoding: xchunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked, gzip\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabcd\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}too long\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        post + "Content-Length: -1\r\n\r\n",
        post + "Content-Length: 1e3\r\n\r\n",
        post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        post + "Content-Length: 99999999999999999999\r\n\r\n{}",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n-1\r\n",
        "GET /api/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\u{0}c\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/3.7\r\nHost: localhost\r\n\r\n",
        "GET /healthz\r\n\r\n",
        "GET\r\n\r\n",
        "G\u{1}T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET mailto:/api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET http:/api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET api/runs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ])
    func whatIsNoRequestIsAnswered400(_ request: String) async throws {
        try await Served.run { served in
            let client = try await served.client()
            let answer = try await onThread {
                client.send(request)
                return client.answer()
            }
            #expect(answer.status == 400)
            #expect(answer.message?.isEmpty == false)
            let statuses = try await served.statuses()
            #expect(statuses[400] == 1)
            #expect(Set(statuses.keys).isSubset(of: [200, 400]))
        }
    }

    /// The whole request before it has its answer first.
    @Test func bytesBehindARequestAreAnsweredAfterIt() async throws {
        try await Served.run { served in
            let client = try await served.client()
            let text = try await onThread {
                client.send(
                    "POST /api/sample HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" + "nonsense\r\n\r\n")
                var text = ""
                while let part = client.receive(), !part.isEmpty { text += String(decoding: part, as: UTF8.self) }
                return text
            }
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\"images\":"))
            #expect(text.contains("}HTTP/1.1 400 Bad Request\r\n"))
            #expect(text.hasSuffix("found other bytes\"}}"))
        }
    }

    @Test func aClientThatLeavesIsNoFaultOfTheServer() async throws {
        try await Served.run { served in
            let starts = [
                Self.post + "Content-Length: 100\r\n\r\n{\"z\"", Self.post + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
                "POST /api/grid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{\"side\":64}",
            ]
            for _ in 0..<20 {
                for start in starts {
                    let client = try await served.client()
                    _ = try await onThread { client.send(start) }
                    try await Task.sleep(for: .milliseconds(2))
                    client.reset()
                }
            }
            var statuses: [Int: Int] = [:]
            for _ in 0..<100 where statuses[499, default: 0] < 60 {
                try await Task.sleep(for: .milliseconds(50))
                statuses = try await served.statuses()
            }
            #expect(statuses[499] == 60)
            #expect(Set(statuses.keys).isSubset(of: [200, 499]))
        }
    }

    /// They end with their answer, as their clients wait for: nothing after them would be read.
    @Test(arguments: [
        "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
    ])
    func someRequestsEndTheirConnection(_ request: String) async throws {
        try await Served.run { served in
            let client = try await served.client()
            let (answer, seconds) = try await onThread {
                client.send(request)
                return (client.answer(), client.secondsToClose())
            }
            #expect(answer.text == "ok\n")
            #expect(try #require(seconds) < 3)
        }
    }

    @Test(arguments: [
        ("/a?b=c", "localhost", "/a?b=c", ["localhost"]),
        ("http://localhost/a?b", "LOCALHOST", "/a?b", ["LOCALHOST"]),
        ("HTTPS://evil.example:1/a", "localhost", "/a", ["localhost", "evil.example:1"]),
        ("http://evil.example", "localhost", "/", ["localhost", "evil.example"]),
        ("http://evil.example?a=b", "localhost", "/?a=b", ["localhost", "evil.example"]),
        ("http://localhost@evil.example/", "localhost", "/", ["localhost", "localhost@evil.example"]),
        ("ftp://localhost/a", "localhost", "*", ["localhost"]), ("a:/b", "localhost", "*", ["localhost"]),
        ("", "localhost", "*", ["localhost"]),
    ])
    func aWholeURLBecomesAPathAndAHost(_ uri: String, _ host: String, _ path: String, _ hosts: [String]) {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: ["Host": host])
        let plain = RequestLine.plain(head)
        #expect(plain.uri == path)
        #expect(plain.headers["host"] == hosts)
        #expect(!plain.headers.contains(name: "connection"))
    }
}

extension Served {
    /// How many requests were answered with each status.
    func statuses() async throws -> [Int: Int] {
        var statuses: [Int: Int] = [:]
        for line in try await ask("GET", "/metrics").text.split(separator: "\n") {
            guard let found = line.firstMatch(of: /^vae_requests_total.*status="([0-9]+)"} ([0-9]+)$/) else { continue }
            statuses[Int(found.1) ?? 0, default: 0] += Int(found.2) ?? 0
        }
        return statuses
    }
}
