import Formats
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Explorer

/// The bodies of answers: compressed, shared, and bounded.
@Suite(.serialized) struct BodyTests {
    @Test(
        arguments: [
            ([], false), (["gzip"], true), (["GZIP;q=0.5, br"], true), (["gzip;q=0"], false),
            (["gzip; q=0.000"], false),
            (["br, deflate"], false), (["*"], true), (["*;q=0"], false), (["gzip;q=0, *"], false),
            (["*;q=0, gzip"], true),
            (["identity", "x-gzip"], true), (["gzipped"], false), (["gzip;q=x"], false),
        ] as [([String], Bool)])
    func gzipIsForWhoTakesIt(_ fields: [String], _ takesIt: Bool) {
        var headers: HTTPFields = [:]
        for field in fields { headers.append(HTTPField(name: .acceptEncoding, value: field)) }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: headers)
        #expect(ContentCoding.takesGzip(Request(head: head, body: .init(buffer: ByteBuffer()))) == takesIt)
    }

    @Test(arguments: ["/api/runs/small/images", "/api/runs/small/codes", "/", "/assets/main.js"])
    func eachFormHasItsTag(_ path: String) async throws {
        try await Served.run { served in
            let plain = try await served.ask("GET", path)
            let compressed = try await served.ask("GET", path, ["Accept-Encoding: gzip"])
            #expect(plain["content-encoding"] == nil)
            #expect(compressed["content-encoding"] == "gzip")
            #expect(try Gzip.inflate(compressed.body, source: path, limit: 1 << 20) == plain.body)
            let tags = try (#require(plain["etag"]), #require(compressed["etag"]))
            #expect(tags.0 != tags.1)
            for (tag, headers) in [(tags.0, []), (tags.1, ["Accept-Encoding: gzip"])] {
                for answer in [plain, compressed] { #expect(answer["vary"] == "Accept-Encoding") }
                let again = try await served.ask("GET", path, headers + ["If-None-Match: \(tag)"])
                #expect(again.status == 304)
                #expect(again["etag"] == tag)
                #expect(again.body.isEmpty)
            }
            #expect(try await served.ask("GET", path, ["If-None-Match: \"other\""]).status == 200)
        }
    }

    @Test func answersTogetherAreBounded() throws {
        let memory = AnswerMemory(limit: 100)
        // One that is too large for all is answered alone.
        var large: AnswerMemory.Hold? = try memory.hold(1000)
        #expect(throws: APIError.self) { try memory.hold(1) }
        #expect(memory.heldBytes == 1000)
        large = nil
        _ = large
        var holds = try (0..<4).map { _ in try memory.hold(25) }
        let error = #expect(throws: APIError.self) { try memory.hold(1) }
        #expect(error?.status == .serviceUnavailable)
        #expect(error?.headers[.retryAfter] == "1")
        holds.removeLast()
        #expect(throws: Never.self) { _ = try memory.hold(20) }
        #expect(memory.heldBytes == 75)
    }

    /// Readers that take nothing hold what was made for them alone; the next one is told to come later.
    @Test func manyUnreadAnswersAreRefused() async throws {
        var settings = ServerSettings()
        // One lattice of 32 by 32 is 6 MB of JSON.
        settings.limits.answers = 8 << 20
        try await Served.run(settings) { served in
            let ask = "POST /api/grid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{\"side\":32}"
            let first = try await served.client()
            _ = try await onThread {
                first.send(ask)
                return first.receive()
            }
            let held = try await served.ask("GET", "/metrics").text.firstMatch(of: /vae_answer_bytes ([0-9]+)/)
            #expect(held.flatMap { Int($0.1) } ?? 0 > 4 << 20)
            let second = try await served.ask("POST", "/api/grid", body: "{\"side\":32}")
            #expect(second.status == 503)
            #expect(second["retry-after"] == "1")
            // Small answers go on.
            #expect(try await served.ask("POST", "/api/decode", body: #"{"z":[[0,0]]}"#).status == 200)
            first.reset()
            try await Task.sleep(for: .milliseconds(500))
            let third = try await served.client()
            let start = try await onThread {
                third.send(ask)
                return third.receive() ?? []
            }
            #expect(start.starts(with: Array("HTTP/1.1 200 OK".utf8)))
        }
    }
}
