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
