import HTTPTypes
import Hummingbird

/// The secret that clients of other machines show, as a bearer token or as a cookie.
struct AccessToken: Sendable {
    private let secret: [UInt8]

    init(_ secret: String) {
        self.secret = Array(secret.utf8)
    }

    /// Cookies are shared by all ports of a host, so the port is in the name.
    private static func cookieName(_ host: Host) -> String { "vae-token-\(host.port)" }

    /// What needs no escaping in a header, a cookie and an address.
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// Whether the request shows it.
    func isShown(by request: Request, to host: Host) -> Bool {
        if let authorization = request.headers[.authorization] {
            let words = authorization.split(separator: " ", maxSplits: 1)
            return words.count == 2 && words[0].lowercased() == "bearer" && matches(words[1])
        }
        return request.headers[values: .cookie].contains { header in
            header.split(separator: ";").contains { pair in
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                return parts.count == 2 && parts[0] == Self.cookieName(host) && matches(parts[1])
            }
        }
    }

    /// The answer to an address that carries the token: the same address without it, and the cookie.
    func redirection(for request: Request, to host: Host) -> Response? {
        guard request.method == .get, let shown = request.uri.queryParameters["token"], matches(shown) else {
            return nil
        }
        let rest = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("token=") }
        let query = rest.isEmpty ? "" : "?" + rest.joined(separator: "&")
        return Response(
            status: .seeOther,
            headers: [
                .location: request.uri.path + query,
                .setCookie: "\(Self.cookieName(host))=\(shown); Path=/; HttpOnly; SameSite=Strict",
            ])
    }

    /// In a time that does not tell where the first difference lies.
    func matches(_ shown: some StringProtocol) -> Bool {
        let shown = Array(shown.utf8)
        var difference = shown.count ^ secret.count
        for (position, byte) in secret.enumerated() {
            difference |= Int(byte ^ (position < shown.count ? shown[position] : 0))
        }
        return difference == 0
    }
}
