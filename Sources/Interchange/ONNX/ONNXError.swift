/// A model that an ONNX file cannot hold.
package enum ONNXError: Error, Hashable, CustomStringConvertible {
    /// The file of a part would have more bytes than readers of Protocol Buffers take.
    case tooLarge(part: String, bytes: Int, limit: Int)
    /// An op that the exported part has and that is never written.
    case unsupported(node: String, op: String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .tooLarge(let part, let bytes, let limit):
            "\(part).onnx: expected at most \(limit) bytes, which is what Protocol Buffers hold, found weights and graph "
                + "of \(bytes)"
        case .unsupported(let node, let op):
            "\(node): \(op) belongs to training, and an exported network has no place for it"
        }
    }
}
