import Tensors

/// A file in ONNX's format: one graph whose first axis is a batch of any size.
///
/// Equal models are equal bytes.
/// - SeeAlso: github.com/onnx/onnx, `onnx.proto`, whose field numbers stand below.
struct ONNXModel: Sendable {
    /// An operator at work.
    ///
    /// Names of values are unique in a graph, and each node stands behind those it reads.
    struct Node: Sendable {
        /// ONNX's operator: `Conv`.
        let type: String
        /// Unique among nodes.
        let name: String
        /// Values that it reads.
        var inputs: [String]
        /// The value that it makes.
        var output: String
        /// In a fixed order.
        let attributes: Attributes
    }

    /// A node's settings by name.
    typealias Attributes = [(name: String, value: Attribute)]

    /// A node's setting.
    enum Attribute: Sendable {
        case float(Double)
        case integer(Int)
        case integers([Int])
        case string(String)
    }

    /// A value that is part of the file.
    struct Initializer: Sendable {
        let name: String
        let shape: [Int]
        let values: Values

        enum Values: Sendable {
            case floats([Float])
            case integers([Int64])
        }
    }

    /// An input or output of Float32, [batch, …].
    struct Value: Sendable {
        let name: String
        /// Without the batch.
        let shape: [Int]
    }

    /// The graph's name: `encoder`.
    var name: String
    /// For people.
    var description: String
    var inputs: [Value]
    var outputs: [Value]
    var nodes: [Node]
    var initializers: [Initializer]
    /// By key.
    var metadata: [(key: String, value: String)]
    /// The program that wrote it.
    var producerVersion: String

    /// The version of ONNX's operators, the first whose GroupNormalization has a scale a channel.
    static let opset = 21
    /// The version of the file format that came with it.
    static let irVersion = 10
    /// The most bytes of a message that readers of Protocol Buffers take.
    static let mostBytes = Int(Int32.max)
}
