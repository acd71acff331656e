import Datasets
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

    @Test(arguments: ["/api/runs/small/codes", "/api/runs/small/codes?most=7", "/", "/assets/main.js"])
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

    /// Pictures are compressed already.
    @Test(arguments: ["images", "images?sheet=0&split=train", "images?at=3,1,4", "images/test/5"])
    func eachSheetHasItsTag(_ path: String) async throws {
        try await Served.run { served in
            let sheet = try await served.ask("GET", "/api/runs/small/\(path)", ["Accept-Encoding: gzip"])
            #expect(sheet["content-type"] == "image/png")
            #expect(sheet["content-encoding"] == nil)
            let tag = try #require(sheet["etag"])
            let again = try await served.ask("GET", "/api/runs/small/\(path)", ["If-None-Match: \(tag)"])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
        }
    }

    /// Row by row, the chosen images in the order that was asked for.
    @Test func sheetsHoldTheImages() async throws {
        try await Served.run { served in
            let noise = ImageDataset.noise(40, [28, 28, 1]).pixels
            func tile(_ sheet: StoredPicture, _ place: Int, columns: Int) -> [UInt8] {
                (0..<28).flatMap { y in
                    let start = (place / columns * 28 + y) * sheet.width + place % columns * 28
                    return sheet.pixels[start..<start + 28]
                }
            }
            let chosen = try PNG.decode(
                try await served.ask("GET", "/api/runs/small/images?at=3,39,4,0,3").body, source: "chosen")
            #expect((chosen.width, chosen.height) == (3 * 28, 2 * 28))
            for (place, index) in [3, 39, 4, 0, 3].enumerated() {
                #expect(tile(chosen, place, columns: 3) == Array(noise[index * 784..<(index + 1) * 784]))
            }
            let detail = try await served.ask("GET", "/api/runs/small").json
            let columns = try #require(detail?["sheet"]?["columns"]?.integer)
            let whole = try PNG.decode(try await served.ask("GET", "/api/runs/small/images").body, source: "whole")
            for index in 0..<40 {
                #expect(tile(whole, index, columns: columns) == Array(noise[index * 784..<(index + 1) * 784]))
            }
        }
    }

    @Test func codesAreTakenAtEvenDistances() async throws {
        try await Served.run { served in
            let all = try await served.ask("GET", "/api/runs/small/codes").json
            let few = try await served.ask("GET", "/api/runs/small/codes?most=7").json
            #expect(few?["count"] == 7)
            #expect(few?["total"] == 40)
            let losses = try #require(all?["reconstruction_loss"]?.array)
            #expect(few?["reconstruction_loss"]?.array == (0..<7).map { losses[$0 * 40 / 7] })
            #expect(try await served.ask("GET", "/api/runs/small/codes?most=41").json == all)
        }
    }

    @Test(
        arguments: [
            ("a.png", "a.png"), ("ö/b c.jpg", "%C3%B6%2Fb%20c.jpg"),
            ("x\r\nSet-Cookie: a=\"b\"", "x%0D%0ASet-Cookie%3A%20a%3D%22b%22"),
        ])
    func aFileNameIsOneWordOfAHeader(_ name: String, _ word: String) {
        #expect(ContentDisposition.inline(name) == "inline; filename*=UTF-8''" + word)
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
