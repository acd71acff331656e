import Exploration
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Stands before all routes: who may ask, for what kind of address, and what every answer carries.
struct Gate: HTTPResponder {
    typealias Context = ConnectionContext

    let settings: ServerSettings
    let metrics: ServerMetrics
    let routes: RouterResponder<ConnectionContext>
    /// Methods of a route's pattern, for addresses that exist under another one.
    let methods: [(path: [Substring], method: HTTPRequest.Method)]

    private let token: AccessToken?

    init(_ settings: ServerSettings, _ metrics: ServerMetrics, _ routes: [Route]) {
        self.settings = settings
        self.metrics = metrics
        token = settings.token.map(AccessToken.init)
        let router = Router(context: ConnectionContext.self, options: .autoGenerateHeadEndpoints)
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try route.checkNames(of: request)
                if route.isQuick(for: request) { return try await route.respond(request, context.parameters) }
                return try await context.work.run { try await route.respond(request, context.parameters) }
            }
        }
        self.routes = router.buildResponder()
        methods = routes.map { ($0.path.split(separator: "/"), $0.method) }
    }

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let start = NIODeadline.now()
        var response: Response
        do {
            response = try await admit(request)
            if response.status == .ok { response = try await routes.respond(to: request, context: context) }
            if response.status == .notFound, response.body.contentLength == 0 { throw notFound(request) }
        } catch let error as APIError {
            response = error.response
        } catch let error as ExplorationError {
            response = APIError(error).response
        } catch let error where Self.tellsOfClient(error) || !context.isConnected {
            response = APIError(Self.clientHasLeft, "the client has left").response
        } catch is HTTPParserError {
            response = APIError(.badRequest, "expected a body as the header fields announce it").response
        } catch is CancellationError {
            response = APIError(.serviceUnavailable, "the server stops").response
        } catch {
            context.logger.error("request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            response = APIError(.internalServerError, "the server failed; its log says why").response
        }
        SecurityHeaders.add(to: &response.headers)
        let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        let route = context.endpointPath.map { $0 == "NotFound" ? ServerMetrics.noRoute : $0 } ?? ServerMetrics.noRoute
        // What is answered to nobody is no answer.
        let status = context.isConnected ? response.status : Self.clientHasLeft
        metrics.record(route: route, status: status.code, seconds: seconds)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(status.code)",
                "seconds": "\(seconds)",
            ])
        return response
    }

    /// As nginx counts it; no fault of the server.
    private static let clientHasLeft = HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")

    /// Whether an error says no more than that the client has left, or its connection broke.
    private static func tellsOfClient(_ error: any Error) -> Bool {
        error is ClientHasLeft || error is IOError || error is ChannelError
            || error as? HTTPParserError == .invalidEOFState
    }

    /// `ok`, or the answer that keeps the request from the routes.
    private func admit(_ request: Request) async throws(APIError) -> Response {
        let host = try checkHost(request)
        try checkPath(request.head.path ?? "")
        try checkOrigin(request)
        try checkSite(request)
        if let token, request.uri.path != "/healthz" {
            if let redirection = token.redirection(for: request, to: host) { return redirection }
            guard token.isShown(by: request, to: host) else {
                throw APIError(
                    .unauthorized, "expected the server's token as 'Authorization: Bearer TOKEN' or as ?token=TOKEN",
                    headers: [.wwwAuthenticate: "Bearer"])
            }
        }
        return Response(status: .ok)
    }

    /// Any port: one that is forwarded from elsewhere has another number, and a foreign page cannot choose the name.
    private func checkHost(_ request: Request) throws(APIError) -> Host {
        guard let first = request.head.authority else { throw APIError(.badRequest, "expected one Host header") }
        let host = try checkHost(first)
        // A second one is the client's, or that of a whole URL as the address.
        for other in request.headers where other.name.canonicalName == "host" {
            _ = try checkHost(other.value)
            throw APIError(.badRequest, "expected one Host header, the same as the address names")
        }
        return host
    }

    private func checkHost(_ text: String) throws(APIError) -> Host {
        guard let host = Host(text) else { throw APIError(.badRequest, "Host: expected a host, found '\(text)'") }
        // Whoever shows a token has been told this machine's name, whatever it is.
        let isKnown =
            Host.isLoopback(host.name) || host.name == settings.host.lowercased()
            || Host.isWildcard(settings.host) && token != nil
        guard isKnown else {
            throw APIError(.forbidden, "Host: expected localhost or \(settings.host), found '\(text)'")
        }
        return host
    }

    /// Addresses here need no escapes, so whatever has one tries to be another address than it seems.
    private func checkPath(_ target: String) throws(APIError) {
        guard target.utf8.first == UInt8(ascii: "/") else {
            throw APIError(.badRequest, "expected an address that begins with /")
        }
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        if String(Substring(path)).lowercased().contains("%00") {
            throw APIError(.badRequest, "expected an address without a NUL")
        }
        var previous = UInt8(ascii: "x")
        for byte in path {
            let isDouble = byte == UInt8(ascii: "/") && previous == UInt8(ascii: "/")
            let isHidden = byte == UInt8(ascii: ".") && previous == UInt8(ascii: "/")
            guard !isDouble, !isHidden, byte == UInt8(ascii: "/") || AccessToken.isAllowed(byte) else {
                throw APIError(.notFound, "there is no such address")
            }
            previous = byte
        }
    }

    /// A page elsewhere can send a form here, but not without saying whose it is.
    private func checkOrigin(_ request: Request) throws(APIError) {
        guard let origin = request.headers[.origin] else { return }
        let authority = request.head.authority ?? ""
        guard ["http://\(authority)", "https://\(authority)"].contains(origin.lowercased()) else {
            throw APIError(.forbidden, "Origin: expected http://\(authority), found '\(origin)'")
        }
    }

    /// A page elsewhere can also name an address here, as that of a picture for instance, and keep this machine busy.
    ///
    /// Browsers say so. A link may lead to the page itself.
    private func checkSite(_ request: Request) throws(APIError) {
        guard let site = request.headers[Self.fetchSite], site != "same-origin", site != "none" else { return }
        let isLink = request.headers[Self.fetchMode] == "navigate" && request.method == .get && request.uri.path == "/"
        guard isLink else {
            throw APIError(.forbidden, "Sec-Fetch-Site: expected same-origin or none, found '\(site)'")
        }
    }

    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
    private static let fetchMode = HTTPField.Name("Sec-Fetch-Mode")!

    /// 405 where the address has other methods.
    private func notFound(_ request: Request) -> APIError {
        let path = request.uri.path.split(separator: "/")
        let allowed = methods.filter { candidate in
            candidate.path.count == path.count
                && zip(candidate.path, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        guard let method = allowed.first?.method, method != request.method else {
            return APIError(.notFound, "there is no such address")
        }
        return APIError(
            .methodNotAllowed, "expected \(method.rawValue), found \(request.method.rawValue)",
            headers: [.allow: method.rawValue])
    }
}

/// One address and what it answers.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// As OpenAPI writes it: `/api/runs/{id}`.
    let path: String
    /// Bytes of a body whose answer takes less time than going over to another thread.
    private let quickBytes: Int
    /// The names that a query may have; nil for addresses where nobody minds.
    let names: [String]?
    let respond: @Sendable (Request, Parameters) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, quickBytes: Int = -1, names: [String]? = nil,
        respond: @escaping @Sendable (Request, Parameters) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.quickBytes = quickBytes
        self.names = names
        self.respond = respond
    }

    /// Refuses a query with a name that means nothing here.
    func checkNames(of request: Request) throws(APIError) {
        guard let names, request.uri.query != nil else { return }
        do {
            try Names.require(request.uri.queryParameters.map { String($0.key) }, among: names, of: "the query")
        } catch {
            throw APIError(error)
        }
    }

    /// Whether the answer may be made on the thread that serves all connections.
    func isQuick(for request: Request) -> Bool {
        (request.headers[.contentLength].map { Int($0) ?? .max } ?? 0) <= quickBytes
    }
}

/// What keeps a browser from doing with an answer what it is not for.
enum SecurityHeaders {
    private static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    private static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!

    static func add(to headers: inout HTTPFields) {
        headers[.xContentTypeOptions] = "nosniff"
        headers[referrerPolicy] = "no-referrer"
        headers[crossOriginResourcePolicy] = "same-origin"
        headers[crossOriginOpenerPolicy] = "same-origin"
        if headers[.contentSecurityPolicy] == nil {
            headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    }
}
