import Exploration
import Formats
import HTTPTypes
import Hummingbird
import NIOCore
import Runs

/// What the API answers, by address.
struct APIRoutes: Sendable {
    let explorer: RunExplorer
    let hub: EventHub
    let metrics: ServerMetrics
    let limits: ServerLimits
    private let memory: AnswerMemory
    private let bodies: SharedBodies

    init(explorer: RunExplorer, hub: EventHub, metrics: ServerMetrics, limits: ServerLimits) {
        self.explorer = explorer
        self.hub = hub
        self.metrics = metrics
        self.limits = limits
        memory = AnswerMemory(limit: limits.answers)
        bodies = SharedBodies(explorer, memory, limit: limits.answers / 4)
    }

    var all: [Route] {
        let questions = Question.allCases.map { question in
            Route(
                .post, "/api/\(question.rawValue)", quickBytes: question.quickBytes, names: ["run", "checkpoint"]
            ) { request, _ in try await answer(question, request) }
        }
        return questions + [
            Route(.get, "/api/runs", names: []) { _, _ in
                try json(try await explorer.runs())
            },
            Route(.get, "/api/runs/{id}", names: []) { _, parameters in
                try json(try await explorer.run(try parameters.require("id")))
            },
            Route(.get, "/api/runs/{id}/codes", names: ["checkpoint", "split", "most"]) { request, parameters in
                try await codes(run: try parameters.require("id"), request)
            },
            Route(.get, "/api/runs/{id}/images", names: ["split", "sheet", "at"]) { request, parameters in
                try await sheet(run: try parameters.require("id"), request)
            },
            Route(.get, "/api/runs/{id}/images/{split}/{index}", names: []) { request, parameters in
                let index = try integer(try parameters.require("index")[...], "index")
                let split = try split(parameters.get("split")?[...])
                let picture = try await explorer.pictures(
                    run: try parameters.require("id"), split: split, at: [index])
                var response = try fresh(picture.png).response(MediaTypes.png, to: request)
                response.headers[.contentDisposition] = picture.name.map(ContentDisposition.inline)
                return response
            },
            Route(.get, "/api/events", names: ["after"]) { request, _ in
                try EventStream.response(to: request, from: hub, explorer, metrics, limit: limits.eventStreams)
            },
            Route(.get, "/api/openapi.json", names: []) { _, _ in try whole(OpenAPI.document, MediaTypes.json) },
            Route(.get, "/healthz") { _, _ in try whole(Array("ok\n".utf8), "text/plain; charset=utf-8") },
            Route(.get, "/metrics") { _, _ in
                try whole(
                    Array(metrics.text(answerBytes: memory.heldBytes).utf8), "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    /// Makes what the page asks first, before it does.
    func prepare() async {
        await explorer.prepare()
    }

    /// Images of a set as one PNG: a numbered part of all, which is in memory once, whoever reads it, or chosen ones.
    private func sheet(run: String, _ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let split = try split(query["split"])
        if let at = query["at"] {
            if query["sheet"] != nil { throw APIError(.badRequest, "at: expected no sheet beside it, found one") }
            let positions = try at.split(separator: ",", omittingEmptySubsequences: false).map { try integer($0, "at") }
            guard (1...Self.mostChosen).contains(positions.count) else {
                throw APIError(.badRequest, "at: expected 1 to \(Self.mostChosen) images, found \(positions.count)")
            }
            let png = try await explorer.pictures(run: run, split: split, at: positions).png
            return try fresh(png).response(MediaTypes.png, to: request)
        }
        let kept = try await explorer.images(run: run, split: split)
        let (images, layout) = (kept.images, SheetLayout(kept.images.shape))
        let number = try query["sheet"].map { try integer($0, "sheet") } ?? 0
        let sheets = (images.count + layout.capacity - 1) / layout.capacity
        guard (0..<sheets).contains(number) else {
            throw APIError(.notFound, "sheet: expected 0 to \(sheets - 1), found \(number)")
        }
        let body = try await bodies.body(.sheet(set: kept.number, number), gzip: false) {
            let first = number * layout.capacity
            return try images.sheet(first..<min(first + layout.capacity, images.count), columns: layout.columns)
        }
        return body.response(MediaTypes.png, to: request)
    }

    /// The most images that one may choose for a sheet.
    static let mostChosen = 256

    /// A body that is made for one reader, but known by its bytes.
    private func fresh(_ bytes: [UInt8]) throws -> SharedBody {
        let hold = bytes.count > SharedBody.small ? try memory.hold(bytes.count) : nil
        return SharedBody(bytes, etag: "\"\(SHA256.hex(of: bytes))\"", hold: hold)
    }

    private func integer(_ text: Substring, _ name: String) throws -> Int {
        guard let number = Int(text) else {
            throw APIError(
                .badRequest, "\(name): expected a whole number, found \(printable(String(text), limit: 100))")
        }
        return number
    }

    private func codes(run: String, _ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let model = try await explorer.model(
            run: run, checkpoint: try RunExplorer.checkpoint(named: query["checkpoint"].map(String.init)))
        let codes = try await model.codes(try split(query["split"]))
        let form = try form(of: request, octets: true, picture: false)
        let most = try query["most"].map { try integer($0, "most") }
        if let most, most < 1 { throw APIError(.badRequest, "most: expected 1 or more, found \(most)") }
        let subject = SharedBodies.Subject.codes(
            codes.number, most: most.map { min($0, codes.count) } ?? codes.count, isJSON: form == MediaTypes.json)
        let body = try await bodies.body(subject, gzip: ContentCoding.takesGzip(request)) {
            let answer = CodesAnswer(codes: codes, most: most)
            return form == MediaTypes.json ? answer.json : answer.octets ?? []
        }
        return body.response(form, to: request)
    }

    private func answer(_ question: Question, _ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        let body = try await body(of: question, request)
        let model = try await explorer.model(
            run: query["run"].map(String.init),
            checkpoint: try RunExplorer.checkpoint(named: query["checkpoint"].map(String.init)))
        return try respond(with: try await model.answer(question, body), to: request)
    }

    /// What comes with a question, in the form that the client says it has.
    private func body(of question: Question, _ request: Request) async throws -> Question.Body {
        let header = request.headers[.contentType]
        let type = header == MediaTypes.json ? header : MediaTypes.essence(of: header)
        switch type {
        // The last one is what curl says of data where it is told nothing.
        case nil, MediaTypes.json, "application/x-www-form-urlencoded": return .json(try await bytes(of: request))
        case MediaTypes.floats where question.takesOctets: return .octets(try await bytes(of: request))
        case let type? where MediaTypes.pictures.contains(type) && question.takesPicture:
            return .picture(try await bytes(of: request))
        default:
            let taken =
                [MediaTypes.json] + (question.takesOctets ? [MediaTypes.floats] : [])
                + (question.takesPicture ? MediaTypes.pictures : [])
            throw APIError(
                .unsupportedMediaType,
                "Content-Type: expected \(taken.joined(separator: " or ")), found \(type ?? "none")")
        }
    }

    /// The whole body, if it is no larger than allowed.
    private func bytes(of request: Request) async throws -> [UInt8] {
        let tooLarge = APIError(.contentTooLarge, "expected at most \(limits.body) bytes of body, found more")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body { throw tooLarge }
        do {
            return Array(try await request.body.collect(upTo: limits.body).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    private func split(_ name: Substring?) throws(ExplorationError) -> ImagePart {
        try RunExplorer.split(named: name.map(String.init))
    }

    private func json(_ answer: some Answer) throws -> Response { try whole(answer.json, MediaTypes.json) }

    /// An answer that nobody else gets, kept until it is read.
    private func whole(_ bytes: [UInt8], _ mediaType: String) throws -> Response {
        let hold = bytes.count > SharedBody.small ? try memory.hold(bytes.count) : nil
        return Response(
            status: .ok, headers: [.contentType: mediaType], body: SharedBody(bytes, hold: hold).responseBody)
    }

    /// In the form that the client takes first of those that there are.
    private func respond(with answer: any Answer, to request: Request) throws -> Response {
        let form = try form(of: request, octets: answer.floats != nil, picture: answer.picture != nil)
        switch form {
        case MediaTypes.floats: return try whole(answer.octets ?? [], form)
        case MediaTypes.png: return try whole(try answer.picture?.png() ?? [], form)
        default: return try whole(answer.json, form)
        }
    }

    /// The form that the client takes first of those that there are.
    private func form(
        of request: Request, octets: @autoclosure () -> Bool, picture: @autoclosure () -> Bool
    ) throws -> String {
        let accepted = request.headers[.accept] ?? ""
        if accepted.isEmpty || accepted == "*/*" { return MediaTypes.json }
        for part in accepted.split(separator: ",") {
            switch MediaTypes.essence(of: String(part)) {
            case MediaTypes.floats:
                guard octets() else { throw noSuchForm(MediaTypes.floats) }
                return MediaTypes.floats
            case MediaTypes.png:
                guard picture() else { throw noSuchForm(MediaTypes.png) }
                return MediaTypes.png
            case MediaTypes.json, "*/*", "application/*": return MediaTypes.json
            default: continue
            }
        }
        throw noSuchForm(accepted)
    }

    private func noSuchForm(_ accepted: String) -> APIError {
        APIError(.notAcceptable, "Accept: expected a form that this answer has, as application/json, found \(accepted)")
    }

}

extension Question {
    /// An image of raw numbers, and codes of about a hundred images as JSON, are answered in a millisecond.
    fileprivate var quickBytes: Int {
        switch self {
        case .encode, .reconstruct, .prepare, .score: 4096
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
