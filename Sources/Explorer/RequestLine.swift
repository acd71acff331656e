import NIOCore
import NIOHTTP1

/// Reads of a request what the types further up have no place for: a whole URL, HTTP/1.0, a change of protocol.
final class RequestLine: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !Self.isPlain(head) else {
            return context.fireChannelRead(data)
        }
        context.fireChannelRead(wrapInboundOut(.head(Self.plain(head))))
    }

    /// Whether there is nothing to do, as for nearly all.
    private static func isPlain(_ head: HTTPRequestHead) -> Bool {
        head.uri.utf8.first == UInt8(ascii: "/") && head.version == .http1_1 && head.method != .CONNECT
            && !head.headers.contains(name: "connection")
    }

    /// The same request, its address a path.
    ///
    /// Of a whole URL the host is judged as the header Host is: where the two differ it stands as a second one.
    static func plain(_ head: HTTPRequestHead) -> HTTPRequestHead {
        var plain = head
        if head.uri.utf8.first != UInt8(ascii: "/") {
            if let url = WholeURL(head.uri) {
                plain.uri = url.path
                let host = head.headers["host"]
                if host.count != 1 || host[0].lowercased() != url.authority.lowercased() {
                    plain.headers.add(name: "host", value: url.authority)
                }
            } else {
                // Whatever it is, nobody takes it for a path.
                plain.uri = "*"
            }
        }
        // After these the decoder reads no further request.
        let changesProtocol =
            head.method == .CONNECT
            || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
        if changesProtocol || !head.isKeepAlive { plain.headers.replaceOrAdd(name: "connection", value: "close") }
        return plain
    }

    /// `http://host:port/path?query`.
    private struct WholeURL {
        let authority: String
        let path: String

        init?(_ uri: String) {
            let text = uri.lowercased()
            guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
            let rest = uri.dropFirst(scheme.count)
            let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
            authority = String(rest[..<end])
            path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/\(rest[end...])"
        }
    }
}
