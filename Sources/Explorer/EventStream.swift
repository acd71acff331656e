import Exploration
import Formats
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Settings

/// Server-sent events (WHATWG HTML, 9.2).
enum EventStream {
    static let mediaType = "text/event-stream"

    /// One client's stream, until it leaves or the server stops.
    ///
    /// It begins with how all runs stand, so that a page that opens while a training goes on need not wait for news.
    static func response(
        to request: Request, from hub: EventHub, _ explorer: RunExplorer, _ metrics: ServerMetrics, limit: Int
    ) throws -> Response {
        guard metrics.openedEventStream(limit: limit) else {
            throw APIError(
                .serviceUnavailable, "all \(limit) event streams are taken", headers: [.retryAfter: "15"])
        }
        // Freed with the body, also where nobody ever writes it: HEAD asks for none.
        let place = Place(metrics)
        // A browser that comes back by itself says it in a header; a page that opens a new stream cannot.
        let last = request.headers[.init("Last-Event-ID")!] ?? request.uri.queryParameters["after"].map(String.init)
        return Response(
            status: .ok, headers: [.contentType: mediaType],
            body: ResponseBody { writer in
                let events = hub.events(after: last)
                var output = writer
                do {
                    try await withGracefulShutdownHandler {
                        if let runs = try? await explorer.runs() {
                            try await output.write(ByteBuffer(string: EventHub.text("runs", runs.json)))
                        }
                        for await event in events { try await output.write(ByteBuffer(string: event)) }
                    } onGracefulShutdown: {
                        hub.finish()
                    }
                } catch {
                    // The client has left.
                }
                try await output.finish(nil)
                withExtendedLifetime(place) {}
            })
    }

    /// One of the streams that may be open.
    private final class Place: Sendable {
        private let metrics: ServerMetrics

        init(_ metrics: ServerMetrics) {
            self.metrics = metrics
        }

        deinit { metrics.closedEventStream() }
    }
}

/// Watches the runs, and keeps the streams alive.
struct EventService: Service {
    let explorer: RunExplorer
    let hub: EventHub
    let heartbeat: Duration
    /// What is made before anybody asks.
    let prepare: @Sendable () async -> Void
    /// How the training of the first run stands.
    let progress: AsyncStream<[UInt8]>?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in explorer.events() { hub.publish(event.name, event.json) }
                }
                group.addTask(operation: prepare)
                group.addTask {
                    guard let progress else { return }
                    for await line in progress { await tell(line) }
                    hub.tell("progress", nil)
                }
                group.addTask {
                    while (try? await Task.sleep(for: heartbeat)) != nil { hub.beat() }
                }
            }
        }
        hub.finish()
    }

    /// The line as an event, with the run that it is about.
    private func tell(_ line: [UInt8]) async {
        guard case .object(let members) = try? JSONValue(parsing: line, source: "progress"),
            let run = try? await explorer.runs().runs.first
        else { return }
        hub.tell("progress", JSONValue.object([.init("run", .string(run.id))] + members).serialized())
    }
}
