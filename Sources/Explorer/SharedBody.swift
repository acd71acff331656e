import Exploration
import Formats
import HTTPTypes
import Hummingbird
import NIOCore

/// The body of an answer that many connections read from one place in memory: as it is, or in gzip.
struct SharedBody: Sendable {
    let bytes: [UInt8]
    /// Of these bytes, quoted; nil where each answer is another.
    let etag: String?
    let encoding: String?
    /// Nil for bytes that are kept anyway.
    private let hold: AnswerMemory.Hold?

    init(_ bytes: [UInt8], etag: String? = nil, encoding: String? = nil, hold: AnswerMemory.Hold? = nil) {
        self.bytes = bytes
        self.etag = etag
        self.encoding = encoding
        self.hold = hold
    }

    /// What it takes beside what is kept anyway.
    var cost: Int { hold == nil ? 0 : bytes.count }

    /// Bytes of a body that is written at once, and of the parts of a larger one: two or three of those lie in the
    /// channel for a reader that takes its time.
    static let small = 64 << 10
    private static let part = 32 << 10

    /// The body for Hummingbird: no copy but that of the part under way.
    var responseBody: ResponseBody {
        if bytes.count <= Self.small { return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)) }
        return ResponseBody(contentLength: bytes.count) { [self] writer in
            for start in stride(from: 0, to: bytes.count, by: Self.part) {
                let end = min(start + Self.part, bytes.count)
                try await writer.write(ByteBuffer(bytes: bytes[start..<end]))
            }
            try await writer.finish(nil)
        }
    }

    /// The answer, or 304 for who has it already.
    func response(_ mediaType: String, to request: Request) -> Response {
        // Asked anew each time, which costs no bytes if nothing has changed.
        var headers: HTTPFields = [.cacheControl: "no-cache", .vary: "Accept-Encoding"]
        headers[.eTag] = etag
        if let etag, request.headers[values: .ifNoneMatch].contains(where: { $0 == "*" || $0.contains(etag) }) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = mediaType
        headers[.contentEncoding] = encoding
        return Response(status: .ok, headers: headers, body: responseBody)
    }
}

/// What has been made to be read by many, each made once.
final class SharedBodies: Sendable {
    /// What a body says.
    enum Subject: Hashable, Sendable {
        /// A sheet of a set's images, by the numbers of both.
        case sheet(set: Int, Int)
        /// Codes by their number, and how many of them.
        case codes(Int, most: Int, isJSON: Bool)
    }

    private struct Key: Hashable {
        let subject: Subject
        let isCompressed: Bool
    }

    private let explorer: RunExplorer
    private let memory: AnswerMemory
    private let bodies: SharedCache<Key, SharedBody>

    /// - Parameter limit: Bytes that are kept for who asks again.
    init(_ explorer: RunExplorer, _ memory: AnswerMemory, limit: Int) {
        self.explorer = explorer
        self.memory = memory
        bodies = SharedCache(limit: limit) { $0.cost }
    }

    /// The body of a subject, in gzip where the client takes it.
    /// - Parameter make: Called where nobody has asked yet.
    func body(
        _ subject: Subject, gzip: Bool, _ make: @escaping @Sendable () throws -> [UInt8]
    ) async throws -> SharedBody {
        try await bodies.value(for: Key(subject: subject, isCompressed: gzip)) { [self] in
            if gzip {
                let plain = try await body(subject, gzip: false, make)
                let bytes = try await explorer.inBackground { Gzip.compress(plain.bytes, quickly: true) }
                // Other bytes, so another tag.
                return SharedBody(
                    bytes, etag: plain.etag.map { "\($0.dropLast())-gzip\"" }, encoding: "gzip",
                    hold: try memory.hold(bytes.count))
            }
            let (bytes, etag) = try await explorer.inBackground {
                let bytes = try make()
                return (bytes, "\"\(SHA256.hex(of: bytes))\"")
            }
            return SharedBody(bytes, etag: etag, hold: try memory.hold(bytes.count))
        }
    }
}

/// What a client says of the encodings that it takes.
enum ContentCoding {
    /// Whether it takes gzip: it names it, or all, with a weight above 0 (RFC 9110, 12.5.3).
    static func takesGzip(_ request: Request) -> Bool {
        var weights: [String: Double] = [:]
        for field in request.headers[values: .acceptEncoding] {
            for entry in field.split(separator: ",") {
                let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                guard let name = parts.first else { continue }
                let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
                weights[name] = weight ?? 1
            }
        }
        return (weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0) > 0
    }
}
