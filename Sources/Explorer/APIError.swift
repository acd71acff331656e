import Formats
import HTTPTypes
import Hummingbird
import Settings

/// What a client is told that asked for something that cannot be done.
struct APIError: Error, Equatable {
    let status: HTTPResponse.Status
    /// What was expected and found.
    let message: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ message: String, headers: HTTPFields = [:]) {
        self.status = status
        self.message = message
        self.headers = headers
    }

    /// As JSON: `{"error":{"status":400,"message":"…"}}`.
    var body: ByteBuffer {
        let value: JSONValue = [
            "error": ["status": .integer(status.code), "message": .string(printable(message, limit: 2000))]
        ]
        return ByteBuffer(bytes: value.serialized())
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = MediaTypes.json
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

/// The media types that the API speaks.
enum MediaTypes {
    static let json = "application/json"
    static let floats = "application/octet-stream"
    static let png = "image/png"
    /// Of files that become an image of a model's.
    static let pictures = [png, "image/jpeg", "image/webp"]

    /// A header's media type without parameters, in small letters; nil where there is none.
    static func essence(of header: String?) -> String? {
        let type = (header ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        return type.isEmpty ? nil : type
    }
}
