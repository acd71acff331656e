import Formats
import Settings
import Testing

@testable import Explorer

/// Server-sent events.
@Suite(.serialized) struct EventTests {
    private func all(_ stream: AsyncStream<String>) async -> [String] {
        var texts: [String] = []
        for await text in stream { texts.append(text) }
        return texts
    }

    @Test func aClientThatComesBackMissesNothing() async {
        let hub = EventHub(origin: "a")
        for number in 1...3 { hub.publish("epoch", Array("\(number)".utf8)) }
        let back = hub.events(after: "a-1")
        let new = hub.events(after: nil)
        let foreign = hub.events(after: "b-2")
        hub.publish("epoch", Array("4".utf8))
        hub.finish()
        func event(_ number: Int) -> String { "id: a-\(number)\nevent: epoch\ndata: \(number)\n\n" }
        let hello = "retry: 2000\n\n"
        #expect(await all(back) == [hello] + (2...4).map(event))
        #expect(await all(new) == [hello, event(4)])
        #expect(await all(foreign) == [hello] + (1...4).map(event))
    }

    @Test func howThingsStandIsTold() async {
        let hub = EventHub(origin: "a")
        let early = hub.events(after: nil)
        hub.tell("progress", Array("1".utf8))
        hub.tell("progress", Array("2".utf8))
        let late = hub.events(after: nil)
        hub.tell("progress", nil)
        let last = hub.events(after: "a-0")
        hub.finish()
        func told(_ number: Int) -> String { "event: progress\ndata: \(number)\n\n" }
        #expect(await all(early) == ["retry: 2000\n\n", told(1), told(2)])
        #expect(await all(late) == ["retry: 2000\n\n", told(2)])
        #expect(await all(last) == ["retry: 2000\n\n"])
    }

    @Test func aStreamBeginsWithHowAllRunsStand() async throws {
        try await Served.run { served in
            let client = try await served.client()
            let text = try await onThread {
                client.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                var text = ""
                while !text.contains("}\n\n"), let part = client.receive(), !part.isEmpty {
                    text += String(decoding: part, as: UTF8.self)
                }
                return text
            }
            let data = try #require(text.firstMatch(of: /event: runs\ndata: (.*)\n\n/)).1
            let run = try JSONValue(parsing: Array(data.utf8), source: "event")["runs"]?.array?.first
            #expect(run?["state"] == "finished")
            #expect(run?["epochs_done"] == 1)
            #expect(run?["loss"]?.number ?? 0 > 0)
            #expect(run?["seconds_left"] == .null)
            // What a page asks for anyway says the same.
            #expect(try await served.ask("GET", "/api/runs").json?["runs"]?.array?.first == run)
        }
    }

    @Test func aStreamThatNobodyReadsKeepsTheNewest() async {
        let hub = EventHub(origin: "a")
        let unread = hub.events(after: nil)
        for number in 1...100_000 { hub.publish("epoch", Array("\(number)".utf8)) }
        let late = hub.events(after: "a-1")
        hub.finish()
        let texts = await all(unread)
        #expect(texts.count == EventHub.queueLimit)
        #expect(texts.last?.contains("id: a-100000\n") == true)
        #expect(await all(late).count == EventHub.queueLimit)
    }

    @Test func aStreamShowsThatItLivesAndEndsWithTheServer() async throws {
        var settings = ServerSettings()
        settings.limits.heartbeat = .milliseconds(50)
        settings.limits.eventStreams = 1
        try await Served.run(settings) { served in
            // Takes no place.
            _ = try await served.ask("HEAD", "/api/events")
            let client = try await served.client()
            let text = try await onThread {
                client.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                var text = ""
                while !text.contains(":\n\n\r\n"), let part = client.receive(), !part.isEmpty {
                    text += String(decoding: part, as: UTF8.self)
                }
                return text
            }
            #expect(text.contains("Content-Type: text/event-stream"))
            #expect(text.contains("retry: 2000"))
            #expect(text.contains(":\n\n\r\n"))
            let second = try await served.ask("GET", "/api/events")
            #expect(second.status == 503)
            #expect(second.message == "all 1 event streams are taken")
        }
    }
}
