import Dispatch
import Formats
import Settings

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A client that sends what bytes it likes, and sees every byte that comes.
final class Client: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = Int32(SOCK_STREAM.rawValue)
        #endif
        descriptor = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw FileError(path: "port \(port)", operation: .open, code: errno) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Leaves without a word: the connection is reset.
    ///
    /// The descriptor is closed later.
    func reset() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        _ = connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// False once the server has closed.
    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult func send(_ all: [UInt8]) -> Bool {
        var bytes = all[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard sent > 0 else { return false }
            bytes = bytes.dropFirst(sent)
        }
        return true
    }

    /// What comes next; empty at the end, nil after ten seconds without any.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN ? nil : [] }
        return Array(buffer[..<count])
    }

    /// One answer, whole.
    func answer() -> Answered {
        var bytes: [UInt8] = []
        while let part = receive(), !part.isEmpty {
            bytes += part
            if let answered = Answered(bytes), answered.isWhole { return answered }
        }
        return Answered(bytes) ?? Answered(status: 0, head: "", body: bytes)
    }

    /// How many bytes come yet, up to a limit.
    func rest(limit: Int) -> Int {
        var total = 0
        while total < limit, let part = receive(), !part.isEmpty { total += part.count }
        return total
    }

    /// Whether an answer with that status lies here already.
    func hasAnswer(_ status: String) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 10)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count > 0 && String(decoding: buffer[..<count], as: UTF8.self).contains(status)
    }

    /// Until the server closes; nil if it does not within ten seconds.
    func secondsToClose(trickling text: String? = nil) -> Double? {
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(10) {
            if let text {
                usleep(20_000)
                if !send(text) { return seconds(since: start) }
            } else {
                guard let part = receive() else { return nil }
                if part.isEmpty { return seconds(since: start) }
            }
        }
        return nil
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double {
        let parts = start.duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}

/// An HTTP answer.
struct Answered {
    var status: Int
    var head: String
    var body: [UInt8]

    init(status: Int, head: String, body: [UInt8]) {
        (self.status, self.head, self.body) = (status, head, body)
    }

    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        body = Array(bytes[end.upperBound...])
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    subscript(name: String) -> String? {
        head.split(separator: "\r\n").dropFirst().compactMap { line -> String? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 && parts[0].lowercased() == name
                ? String(parts[1].drop { $0 == " " }) : nil
        }.first
    }

    var isWhole: Bool { self["content-length"].flatMap { Int($0) }.map { body.count >= $0 } ?? (status == 304) }
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONValue(parsing: body, source: "the answer") }
    /// What an error says.
    var message: String? { json?["error"]?["message"]?.string }
}

/// Blocking work off the threads that the server's tasks need.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
