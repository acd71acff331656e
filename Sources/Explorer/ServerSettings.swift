import NIOCore

/// What a server answers to, and how much of everything it takes.
package struct ServerSettings: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// 0 takes a free one.
    package var port = 8080
    /// What a client must show; nil where everybody on this machine may ask.
    package var token: String?
    package var limits = ServerLimits()

    package init() {}

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool { Host.isLoopback(host) }

    /// Refuses an address that others reach and that nothing guards.
    package func validate() throws(ServerSettingsError) {
        if let token, token.utf8.count < Self.shortestToken || !token.utf8.allSatisfy(AccessToken.isAllowed) {
            throw .weakToken
        }
        if !isLoopback, token == nil { throw .needsToken(host: host) }
    }

    /// Bytes that a token has at least.
    static let shortestToken = 16
}

/// A server that would not be safe to start.
package enum ServerSettingsError: Error, Equatable, CustomStringConvertible {
    case needsToken(host: String)
    case weakToken
    /// A file or variable that is to hold the token holds nothing.
    case emptyToken(source: String)
    /// Somebody listens there.
    case portTaken(host: String, port: Int)
    /// The machine has no such address, or the port is not ours to take.
    case cannotListen(host: String, port: Int, reason: String)
    /// The process may not have as many files open as it needs beside its connections.
    case fewFiles(limit: Int, needed: Int)

    package var description: String {
        switch self {
        case .needsToken(let host):
            "--host \(host) lets other machines ask: it needs --token-file, VAE_TOKEN or --token, "
                + "\(ServerSettings.shortestToken) characters or more (`openssl rand -hex 16` makes one)"
        case .weakToken:
            "the token: expected \(ServerSettings.shortestToken) or more of the letters, digits and -._~, "
                + "found fewer or others"
        case .emptyToken(let source):
            "\(source): expected a token, found nothing"
        case .portTaken(let host, let port):
            "port \(port) of \(host) is taken by another program; choose one with --port, or 0 for a free one"
        case .cannotListen(let host, let port, let reason):
            "cannot listen on port \(port) of \(host): \(reason)"
        case .fewFiles(let limit, let needed):
            "not enough files: needs \(needed) open at a time, may have \(limit) (ulimit -n)"
        }
    }
}

/// The caps that keep one client from taking the server from the others.
package struct ServerLimits: Sendable {
    /// Bytes of all header fields of a request.
    package var headers = 64 << 10
    /// Bytes of one header field, and of the request's address.
    package var headerField = 16 << 10
    /// Bytes of a request's body.
    package var body = 2 << 20
    /// Bytes of all answers that are kept for their readers, what all read from one place counted once.
    package var answers = 256 << 20
    package var connections = 512
    package var eventStreams = 64
    /// How long a request's head may take, the wait for it included.
    package var head = TimeAmount.seconds(20)
    /// How long the body may take from the head on, however it trickles.
    package var reading = TimeAmount.seconds(20)
    /// How long one part of an answer may lie unread.
    package var writing = TimeAmount.seconds(20)
    /// How long requests under way may take once the server is asked to stop.
    package var shutdown = Duration.seconds(10)
    /// How often an event stream shows that it is alive.
    package var heartbeat = Duration.seconds(15)

    package init() {}
}
