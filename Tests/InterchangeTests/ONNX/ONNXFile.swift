import Testing

/// An ONNX file as its bytes have it; field numbers are those of `onnx.proto`.
struct ONNXFile {
    struct Node {
        let type, name: String
        let inputs, outputs: [String]
        let attributes: [String: Attribute]
    }

    struct Attribute {
        let float: Float?
        let integers: [Int]
        let string: String?
    }

    struct Initializer {
        let shape: [Int]
        let floats: [Float]
        let integers: [Int]
    }

    /// Name, and an extent an axis: a number or a word.
    struct Value: Equatable {
        let name: String
        let extents: [String]
    }

    let irVersion, opset: Int
    let producer, producerVersion, name, description: String
    let nodes: [Node]
    let initializers: [String: Initializer]
    let inputs, outputs: [Value]
    let metadata: [String: String]

    init(_ bytes: [UInt8]) throws {
        let file = try ProtobufFields(bytes)
        irVersion = try #require(file.integers(1).first)
        producer = try #require(file.strings(2).first)
        producerVersion = try #require(file.strings(3).first)
        let graph = try #require(try file.messages(7).first)
        let opsets = try file.messages(8)
        opset = try #require(opsets.count == 1 ? opsets[0].integers(2).first : nil)
        metadata = Dictionary(
            uniqueKeysWithValues: try file.messages(14).map { ($0.strings(1)[0], $0.strings(2)[0]) })
        name = try #require(graph.strings(2).first)
        description = try #require(graph.strings(10).first)
        nodes = try graph.messages(1).map { try Node($0) }
        initializers = Dictionary(
            uniqueKeysWithValues: try graph.messages(5).map { ($0.strings(8)[0], try Initializer($0)) })
        inputs = try graph.messages(11).map { try Value($0) }
        outputs = try graph.messages(12).map { try Value($0) }
    }

    func node(_ name: String) throws -> Node { try #require(nodes.first { $0.name == name }, "\(name)") }
}

extension ONNXFile.Node {
    fileprivate init(_ node: ProtobufFields) throws {
        (inputs, outputs) = (node.strings(1), node.strings(2))
        (name, type) = (node.strings(3)[0], node.strings(4)[0])
        attributes = Dictionary(
            uniqueKeysWithValues: try node.messages(5).map { attribute in
                let one = ONNXFile.Attribute(
                    float: attribute.float(2), integers: attribute.integers(3) + attribute.integers(8),
                    string: attribute.strings(4).first)
                // The kind says which field is meant: FLOAT, INT, STRING or INTS.
                let kind = one.float != nil ? 1 : one.string != nil ? 3 : attribute.integers(3).isEmpty ? 7 : 2
                #expect(attribute.integers(20) == [kind])
                return (attribute.strings(1)[0], one)
            })
    }
}

extension ONNXFile.Initializer {
    fileprivate init(_ tensor: ProtobufFields) throws {
        shape = tensor.integers(1)
        let bytes = try #require(tensor.data(9).first)
        func numbers<Number: FixedWidthInteger>(_: Number.Type) -> [Number] {
            let size = MemoryLayout<Number>.size
            return stride(from: 0, to: bytes.count, by: size).map { start in
                bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
            }
        }
        let kind = tensor.integers(2)
        floats = kind == [1] ? numbers(UInt32.self).map { Float(bitPattern: $0) } : []
        integers = kind == [7] ? numbers(Int64.self).map { Int($0) } : []
        #expect(floats.count + integers.count == shape.reduce(1, *))
    }
}

extension ONNXFile.Value {
    fileprivate init(_ value: ProtobufFields) throws {
        name = try #require(value.strings(1).first)
        let tensor = try #require(try value.messages(2).first?.messages(1).first)
        #expect(tensor.integers(1) == [1], "Float32")
        extents = try #require(try tensor.messages(2).first).messages(1).map { extent in
            try #require(extent.strings(2).first ?? extent.integers(1).first.map { "\($0)" })
        }
    }
}
