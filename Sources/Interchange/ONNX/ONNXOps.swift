import Graphs
import Ops
import Tensors

/// An op that ONNX's operators can say.
protocol ONNXOp: Op {
    /// Writes a node of this op.
    func write(_ node: Graph.Node, to network: inout ONNXNetwork)
}

extension ONNXNetwork {
    /// Every op that a network can have: none of training's, which draw noise or score an image.
    static let ops: [any ONNXOp.Type] = [
        Conv2D.self, Conv2DTranspose.self, Dense.self, MaxPooling2D.self, AveragePooling2D.self,
        GlobalAveragePooling2D.self, UpSampling2D.self, GroupNorm.self, LayerNorm.self, Dropout.self, Crop.self,
        Flatten.self, Reshape.self, Activation.self, Add.self, Multiply.self, Concatenate.self,
    ]

    /// Writes a node, whose inputs are there.
    mutating func write(_ node: Graph.Node) throws(ONNXError) {
        for op in Self.ops where write(node, as: op) { return }
        throw .unsupported(node: node.name, op: node.op.name)
    }

    private mutating func write<Written: ONNXOp>(_ node: Graph.Node, as type: Written.Type) -> Bool {
        guard let op = node.op.unwrap(type) else { return false }
        op.write(node, to: &self)
        return true
    }
}

// MARK: - Weights

extension Conv2D: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let image = node.inputs[0].shape
        let down = window.padding.down.convolution(
            input: image[0], kernel: window.height, stride: window.strideHeight)!
        let across = window.padding.across.convolution(
            input: image[1], kernel: window.width, stride: window.strideWidth)!
        let pads = [
            down.before, across.before, down.padded - image[0] - down.before,
            across.padded - image[1] - across.before,
        ]
        let input = network.place(of: node.inputs[0], .nchw)
        network.write(
            "Conv", node, [input, network.kernel(node)] + network.weights(node, "bias"), .nchw,
            [
                ("dilations", .integers([1, 1])), ("group", .integer(groups)),
                ("kernel_shape", .integers([window.height, window.width])), ("pads", .integers(pads)),
                ("strides", .integers([window.strideHeight, window.strideWidth])),
            ])
    }
}

extension Conv2DTranspose: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let (image, output) = (node.inputs[0].shape, node.output.shape)
        let down = Ends(
            window.padding.down, input: image[0], output: output[0], kernel: window.height,
            stride: window.strideHeight, extra: outputPaddingHeight)
        let across = Ends(
            window.padding.across, input: image[1], output: output[1], kernel: window.width,
            stride: window.strideWidth, extra: outputPaddingWidth)
        let input = network.place(of: node.inputs[0], .nchw)
        let kernel = network.kernel(node, rows: down.more, columns: across.more)
        network.write(
            "ConvTranspose", node, [input, kernel] + network.weights(node, "bias"), .nchw,
            [
                ("dilations", .integers([1, 1])), ("group", .integer(groups)),
                ("kernel_shape", .integers([window.height + down.more, window.width + across.more])),
                ("output_padding", .integers([down.behind, across.behind])),
                ("pads", .integers([down.before, across.before, down.after, across.after])),
                ("strides", .integers([window.strideHeight, window.strideWidth])),
            ])
    }

    /// What happens at both ends of one axis of the output.
    private struct Ends {
        /// Pixels cropped before and behind, pixels behind that no kernel reaches, and zeros behind the kernel.
        let before, after, behind, more: Int

        init(_ padding: Padding.Side, input: Int, output: Int, kernel: Int, stride: Int, extra: Int) {
            before = padding.transposed(input: input, kernel: kernel, stride: stride, extra: extra)!.before
            let missing = before + output - ((input - 1) * stride + kernel)
            after = max(-missing, 0)
            // ONNX wants an output padding below the stride: a longer kernel makes the rest.
            behind = min(max(missing, 0), stride - 1)
            more = max(missing, 0) - behind
        }
    }
}

extension Dense: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let input = network.place(of: node.inputs[0], .nhwc)
        network.write("Gemm", node, [input] + network.weights(node, "kernel", "bias"), .nhwc)
    }
}

extension GroupNorm: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let input = network.place(of: node.inputs[0], .nchw)
        network.write(
            "GroupNormalization", node, [input] + network.weights(node, "scale", "shift"), .nchw,
            [("epsilon", .float(epsilon)), ("num_groups", .integer(groups))])
    }
}

extension LayerNorm: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let input = network.place(of: node.inputs[0], .nhwc)
        network.write(
            "LayerNormalization", node, [input] + network.weights(node, "scale", "shift"), .nhwc,
            [("axis", .integer(-1)), ("epsilon", .float(epsilon))])
    }
}

// MARK: - Windows

extension MaxPooling2D: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        network.writePooling("MaxPool", node, [height, width])
    }
}

extension AveragePooling2D: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        network.writePooling("AveragePool", node, [height, width])
    }
}

extension ONNXNetwork {
    /// Windows that do not overlap, nor reach beyond the image.
    fileprivate mutating func writePooling(_ type: String, _ node: Graph.Node, _ window: [Int]) {
        write(
            type, node, [place(of: node.inputs[0], .nchw)], .nchw,
            [
                ("kernel_shape", .integers(window)), ("pads", .integers([0, 0, 0, 0])),
                ("strides", .integers(window)),
            ])
    }
}

extension GlobalAveragePooling2D: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let name = node.name + "/pixel"
        let input = network.place(of: node.inputs[0], .nchw)
        network.add("GlobalAveragePool", named: name, [input])
        network.write("Flatten", node, [name], .nhwc, [("axis", .integer(1))])
    }
}

extension UpSampling2D: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let scales = network.constant(node.name + "/scales", [4], [1, 1, Float(factor), Float(factor)])
        // The second input is the region of interest, which only another mode reads.
        let inputs = [network.place(of: node.inputs[0], .nchw), "", scales]
        switch interpolation {
        case .nearest:
            network.write(
                "Resize", node, inputs, .nchw,
                [
                    ("coordinate_transformation_mode", .string("asymmetric")), ("mode", .string("nearest")),
                    ("nearest_mode", .string("floor")),
                ])
        case .bilinear:
            network.write(
                "Resize", node, inputs, .nchw,
                [("coordinate_transformation_mode", .string("half_pixel")), ("mode", .string("linear"))])
        }
    }
}

// MARK: - Shapes

extension Crop: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let (image, layout) = (node.inputs[0].shape, network.layout(of: node))
        let starts = [(image[0] - height) / 2, (image[1] - width) / 2]
        let input = network.place(of: node.inputs[0], layout)
        let bounds = [
            network.constant(node.name + "/starts", starts),
            network.constant(node.name + "/ends", [starts[0] + height, starts[1] + width]),
            network.constant(node.name + "/axes", layout == .nchw ? [2, 3] : [1, 2]),
        ]
        network.write("Slice", node, [input] + bounds, layout)
    }
}

extension Flatten: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) { network.reshape(node) }
}

extension Reshape: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) { network.reshape(node) }
}

extension Dropout: ONNXOp {
    /// Outside a training it is the identity.
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) { network.pass(node) }
}

// MARK: - Joins

extension Add: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        // ONNX's own Add takes two.
        network.writeJoin(node.inputs.count == 2 ? "Add" : "Sum", node)
    }
}

extension Multiply: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) { network.writeJoin("Mul", node) }
}

extension Concatenate: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let axis = network.layout(of: node) == .nchw ? 1 : node.output.shape.rank
        network.writeJoin("Concat", node, [("axis", .integer(axis))])
    }
}

extension ONNXNetwork {
    fileprivate mutating func writeJoin(
        _ type: String, _ node: Graph.Node, _ attributes: ONNXModel.Attributes = []
    ) {
        let layout = layout(of: node)
        write(type, node, node.inputs.map { place(of: $0, layout) }, layout, attributes)
    }
}
