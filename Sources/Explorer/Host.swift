/// A request's Host: the name that the browser believes it talks to.
///
/// A page elsewhere can make its own name lead here (DNS rebinding), but then Host still says that name.
struct Host {
    /// Without port; an IPv6 address without brackets.
    let name: String
    /// 80 where none is named.
    let port: UInt16

    /// Nil where `text` is no host with an optional port.
    init?(_ text: String) {
        var rest = text[...]
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            name = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            name = rest[..<end].lowercased()
            rest = rest[end...]
        }
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isAllowed) else { return nil }
        guard rest.isEmpty || rest.first == ":", let port = rest.isEmpty ? 80 : UInt16(rest.dropFirst()) else {
            return nil
        }
        self.port = port
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }

    /// The names that this machine has for itself alone.
    static func isLoopback(_ name: String) -> Bool {
        ["localhost", "127.0.0.1", "::1"].contains(name.lowercased())
    }

    /// Addresses that mean every address of this machine.
    static func isWildcard(_ name: String) -> Bool {
        ["0.0.0.0", "::"].contains(name)
    }
}
