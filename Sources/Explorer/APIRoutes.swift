import Datasets
import Exploration
import Formats
import HTTPTypes
import Hummingbird
import NIOCore

/// What the API answers, by address.
struct APIRoutes: Sendable {
    let explorer: RunExplorer
    let hub: EventHub
    let metrics: ServerMetrics
    let limits: ServerLimits

    var all: [Route] {
        let questions = Question.allCases.map { question in
            Route(.post, "/api/\(question.rawValue)", quickBytes: question.quickBytes) { request, _ in
                try await answer(question, request)
            }
        }
        return questions + [
            Route(.get, "/api/runs") { _, _ in json(try await explore { try await explorer.runs() }) },
            Route(.get, "/api/runs/{id}") { _, parameters in
                json(try await explore { try await explorer.run(try parameters.require("id")) })
            },
            Route(.get, "/api/runs/{id}/codes") { request, parameters in
                let query = request.uri.queryParameters
                let answer = try await explore {
                    let model = try await explorer.model(
                        run: try parameters.require("id"),
                        checkpoint: try RunExplorer.checkpoint(named: query["checkpoint"].map(String.init)))
                    return CodesAnswer(codes: try await model.codes(try split(query["split"])))
                }
                return try respond(with: answer, to: request)
            },
            Route(.get, "/api/runs/{id}/images") { request, parameters in
                let images = try await explore {
                    try await explorer.images(
                        run: try parameters.require("id"), split: try split(request.uri.queryParameters["split"]))
                }
                return cached(images.pixels, MediaTypes.floats, request)
            },
            Route(.get, "/api/runs/{id}/images/{split}/{index}") { request, parameters in
                guard let index = Int(try parameters.require("index")) else {
                    throw APIError(.badRequest, "index: expected a whole number")
                }
                let png = try await explore {
                    try await explorer.picture(
                        run: try parameters.require("id"), split: try split(parameters.get("split")?[...]), index: index
                    ).png()
                }
                return cached(png, MediaTypes.png, request)
            },
            Route(.get, "/api/events") { request, _ in
                try EventStream.response(to: request, from: hub, metrics, limit: limits.eventStreams)
            },
            Route(.get, "/api/openapi.json") { _, _ in
                Response(bytes: OpenAPI.document, MediaTypes.json)
            },
            Route(.get, "/healthz") { _, _ in Response(bytes: Array("ok\n".utf8), "text/plain; charset=utf-8") },
            Route(.get, "/metrics") { _, _ in
                Response(bytes: Array(metrics.text.utf8), "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    private func answer(_ question: Question, _ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let bytes = try await body(of: request)
        let isRaw = request.headers[.contentType] == MediaTypes.floats
        let answer = try await explore {
            let model = try await explorer.model(
                run: query["run"].map(String.init),
                checkpoint: try RunExplorer.checkpoint(named: query["checkpoint"].map(String.init)))
            return try await model.answer(question, isRaw ? .octets(bytes) : .json(bytes))
        }
        return try respond(with: answer, to: request)
    }

    /// The whole body, if it is no larger than allowed.
    private func body(of request: Request) async throws -> [UInt8] {
        let tooLarge = APIError(.contentTooLarge, "expected at most \(limits.body) bytes of body, found more")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body { throw tooLarge }
        do {
            return Array(try await request.body.collect(upTo: limits.body).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    private func split(_ name: Substring?) throws(ExplorationError) -> ImageDataset.Split {
        try RunExplorer.split(named: name.map(String.init))
    }

    private func json(_ answer: some Answer) -> Response { Response(bytes: answer.json, MediaTypes.json) }

    /// In the form that the client takes first of those that there are.
    private func respond(with answer: any Answer, to request: Request) throws -> Response {
        let accepted = request.headers[.accept] ?? ""
        if accepted.isEmpty || accepted == "*/*" { return Response(bytes: answer.json, MediaTypes.json) }
        for part in accepted.split(separator: ",") {
            switch part.prefix(while: { $0 != ";" }).filter({ $0 != " " }) {
            case MediaTypes.floats:
                guard let bytes = answer.octets else { throw noSuchForm(MediaTypes.floats) }
                return Response(bytes: bytes, MediaTypes.floats)
            case MediaTypes.png:
                guard let picture = answer.picture else { throw noSuchForm(MediaTypes.png) }
                let png = try Self.translate { try picture.png() }
                return Response(bytes: png, MediaTypes.png)
            case MediaTypes.json, "*/*", "application/*": return Response(bytes: answer.json, MediaTypes.json)
            default: continue
            }
        }
        throw noSuchForm(accepted)
    }

    private func noSuchForm(_ accepted: String) -> APIError {
        APIError(.notAcceptable, "Accept: expected a form that this answer has, as application/json, found \(accepted)")
    }

    private func explore<Value>(_ ask: () async throws -> Value) async throws -> Value {
        do { return try await ask() } catch let error as ExplorationError { throw APIError(error) }
    }

    private static func translate<Value>(_ ask: () throws -> Value) throws -> Value {
        do { return try ask() } catch let error as ExplorationError { throw APIError(error) }
    }
}

extension Question {
    /// An image of raw numbers, and codes of about a hundred images as JSON, are answered in a millisecond.
    fileprivate var quickBytes: Int {
        switch self {
        case .encode, .reconstruct, .score: 4096
        case .decode: 1024
        case .sample, .interpolate, .neighbors, .activations, .grid: -1
        }
    }
}

extension APIError {
    init(_ error: ExplorationError) {
        switch error.kind {
        case .invalid: self.init(.badRequest, error.description)
        case .unknown: self.init(.notFound, error.description)
        case .unavailable: self.init(.conflict, error.description)
        case .overloaded: self.init(.serviceUnavailable, error.description, headers: [.retryAfter: "1"])
        }
    }
}

/// Bytes that a client may have already.
func cached(_ bytes: [UInt8], _ mediaType: String, _ request: Request, etag: String? = nil) -> Response {
    let etag = etag ?? "\"\(SHA256.hex(of: bytes))\""
    // Asked anew each time, which costs no bytes if nothing has changed.
    let headers: HTTPFields = [.eTag: etag, .cacheControl: "no-cache"]
    if request.headers[values: .ifNoneMatch].contains(where: { $0.contains(etag) }) {
        return Response(status: .notModified, headers: headers)
    }
    var response = Response(bytes: bytes, mediaType)
    for field in headers { response.headers[field.name] = field.value }
    return response
}

extension Response {
    /// Bytes at once, or in parts where a slow reader would keep many of them waiting.
    init(bytes: [UInt8], _ mediaType: String) {
        let part = 256 << 10
        let buffer = ByteBuffer(bytes: bytes)
        let body =
            bytes.count <= part
            ? ResponseBody(byteBuffer: buffer)
            : ResponseBody(contentLength: bytes.count) { writer in
                var rest = buffer
                while let slice = rest.readSlice(length: min(part, rest.readableBytes)), slice.readableBytes > 0 {
                    try await writer.write(slice)
                }
                try await writer.finish(nil)
            }
        self.init(status: .ok, headers: [.contentType: mediaType], body: body)
    }
}
