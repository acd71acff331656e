extension ONNXModel {
    /// The file's bytes, a `ModelProto`.
    /// - Parameter limit: Of the whole file, in bytes.
    /// - Throws: `ONNXError` where the file would be larger, before memory is taken for it.
    func serialized(limit: Int = mostBytes) throws(ONNXError) -> [UInt8] {
        let data = initializers.reduce(0) { $0 + $1.byteCount }
        guard data <= limit else { throw .tooLarge(part: name, bytes: data, limit: limit) }
        var file = ProtobufWriter()
        file.integer(1, Self.irVersion)
        file.string(2, "swift-vae")
        if !producerVersion.isEmpty { file.string(3, producerVersion) }
        file.message(7) { write(graph: &$0) }
        file.message(8) { opset in
            opset.string(1, "")
            opset.integer(2, Self.opset)
        }
        for (key, value) in metadata {
            file.message(14) { entry in
                entry.string(1, key)
                entry.string(2, value)
            }
        }
        guard file.bytes.count <= limit else {
            throw .tooLarge(part: name, bytes: file.bytes.count, limit: limit)
        }
        return file.bytes
    }

    private func write(graph: inout ProtobufWriter) {
        for node in nodes { graph.message(1) { node.write(to: &$0) } }
        graph.string(2, name)
        for initializer in initializers { graph.message(5) { initializer.write(to: &$0) } }
        graph.string(10, description)
        for input in inputs { graph.message(11) { input.write(to: &$0) } }
        for output in outputs { graph.message(12) { output.write(to: &$0) } }
    }
}

extension ONNXModel.Node {
    fileprivate func write(to node: inout ProtobufWriter) {
        for input in inputs { node.string(1, input) }
        node.string(2, output)
        node.string(3, name)
        node.string(4, type)
        for attribute in attributes {
            node.message(5) { message in
                message.string(1, attribute.name)
                attribute.value.write(to: &message)
            }
        }
    }
}

extension ONNXModel.Attribute {
    /// The value in the field of its kind, and the kind, which is field 20.
    fileprivate func write(to attribute: inout ProtobufWriter) {
        switch self {
        case .float(let value):
            attribute.float(2, Float(value))
            attribute.integer(20, 1)
        case .integer(let value):
            attribute.integer(3, value)
            attribute.integer(20, 2)
        case .string(let value):
            attribute.string(4, value)
            attribute.integer(20, 3)
        case .integers(let values):
            for value in values { attribute.integer(8, value) }
            attribute.integer(20, 7)
        }
    }
}

extension ONNXModel.Initializer {
    fileprivate var byteCount: Int {
        switch values {
        case .floats(let values): values.count * MemoryLayout<Float>.size
        case .integers(let values): values.count * MemoryLayout<Int64>.size
        }
    }

    fileprivate func write(to tensor: inout ProtobufWriter) {
        for extent in shape { tensor.integer(1, extent) }
        switch values {
        case .floats(let values):
            tensor.integer(2, ONNXModel.float)
            tensor.string(8, name)
            tensor.numbers(9, values.lazy.map { $0.bitPattern })
        case .integers(let values):
            tensor.integer(2, ONNXModel.int64)
            tensor.string(8, name)
            tensor.numbers(9, values)
        }
    }
}

extension ONNXModel.Value {
    fileprivate func write(to value: inout ProtobufWriter) {
        value.string(1, name)
        value.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, ONNXModel.float)
                tensor.message(2) { shape in
                    shape.message(1) { $0.string(2, "batch") }
                    for extent in self.shape { shape.message(1) { $0.integer(1, extent) } }
                }
            }
        }
    }
}

extension ONNXModel {
    /// `TensorProto.DataType`.
    fileprivate static let (float, int64) = (1, 7)
}
