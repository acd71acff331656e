import Graphs
import Tensors

/// How the axes of images lie: ours, or those of most ONNX operators.
package enum ImageLayout: String, Hashable, Sendable, CaseIterable {
    /// [batch, height, width, channels].
    case nhwc
    /// [batch, channels, height, width].
    case nchw
}

/// An ONNX graph in the making, written from the nodes of a model's graph.
///
/// A value is turned from one layout to the other where an operator needs it, once, and stays as it is between
/// operators that take both.
struct ONNXNetwork {
    private(set) var nodes: [ONNXModel.Node] = []
    private(set) var initializers: [ONNXModel.Initializer] = []
    private(set) var inputs: [ONNXModel.Value] = []
    private(set) var outputs: [ONNXModel.Value] = []
    private let parameters: ParameterStore
    /// Under which names each value is there.
    ///
    /// What is no image is `nhwc`: its values are in our order.
    private var places: [Graph.Value: [ImageLayout: String]] = [:]

    init(_ parameters: ParameterStore) { self.parameters = parameters }
}

// MARK: - Inputs and outputs

extension ONNXNetwork {
    /// A value that users give.
    mutating func input(_ value: Graph.Value, named name: String, _ layout: ImageLayout) {
        let layout = value.shape.rank == 3 ? layout : .nhwc
        inputs.append(ONNXModel.Value(name: name, shape: value.shape.extents(layout)))
        places[value] = [layout: name]
    }

    /// A value that users get.
    mutating func output(_ value: Graph.Value, named name: String, _ layout: ImageLayout) {
        let layout = value.shape.rank == 3 ? layout : .nhwc
        let made = place(of: value, layout)
        if nodes.contains(where: { $0.output == made }) && !outputs.contains(where: { $0.name == made }) {
            rename(made, name)
        } else {
            nodes.append(.init(type: "Identity", name: name, inputs: [made], output: name, attributes: []))
        }
        outputs.append(ONNXModel.Value(name: name, shape: value.shape.extents(layout)))
    }

    /// An output that comes before the others, made of another one.
    mutating func firstOutput(_ name: String, _ type: String, of other: String) {
        guard let shape = outputs.first(where: { $0.name == other })?.shape else { return }
        nodes.append(.init(type: type, name: name, inputs: [other], output: name, attributes: []))
        outputs.insert(ONNXModel.Value(name: name, shape: shape), at: 0)
    }

    private mutating func rename(_ old: String, _ new: String) {
        for i in nodes.indices {
            if nodes[i].output == old { nodes[i].output = new }
            for j in nodes[i].inputs.indices where nodes[i].inputs[j] == old { nodes[i].inputs[j] = new }
        }
        for (value, names) in places { places[value] = names.mapValues { $0 == old ? new : $0 } }
    }
}

// MARK: - What ops write

extension ONNXNetwork {
    /// The layout in which an op takes its inputs that can take both: the one in which some are there already.
    func layout(of node: Graph.Node) -> ImageLayout {
        node.inputs.contains { places[$0]?[.nchw] != nil } ? .nchw : .nhwc
    }

    /// The name under which a value is there in a layout, turned first where it must be.
    mutating func place(of value: Graph.Value, _ layout: ImageLayout) -> String {
        let names = places[value, default: [:]]
        if let name = names[layout] { return name }
        guard let (from, name) = names.first else { fatalError("\(value) is read before it is made") }
        let turned = "\(name)/\(layout.rawValue)"
        if value.shape.looksTheSame {
            reshape(name, to: value.shape.extents(layout), named: turned)
        } else {
            let order = from == .nhwc ? [0, 3, 1, 2] : [0, 2, 3, 1]
            add("Transpose", named: turned, [name], [("perm", .integers(order))])
        }
        places[value]![layout] = turned
        return turned
    }

    /// A node of the graph as one operator.
    mutating func write(
        _ type: String, _ node: Graph.Node, _ inputs: [String], _ layout: ImageLayout,
        _ attributes: ONNXModel.Attributes = []
    ) {
        add(type, named: node.name, inputs, attributes)
        places[node.output] = [layout: node.name]
    }

    /// An operator beside those that stand for nodes.
    mutating func add(
        _ type: String, named name: String, _ inputs: [String],
        _ attributes: ONNXModel.Attributes = []
    ) {
        nodes.append(.init(type: type, name: name, inputs: inputs, output: name, attributes: attributes))
    }

    /// A node that changes nothing here.
    mutating func pass(_ node: Graph.Node) { places[node.output] = places[node.inputs[0]] }

    /// A node that gives a value another shape, its values being in our order.
    mutating func reshape(_ node: Graph.Node) {
        let (from, to) = (node.inputs[0], node.output)
        // Where both layouts are the same values in a row, either will do.
        let input = from.shape.looksTheSame ? place(of: from, layout(of: node)) : place(of: from, .nhwc)
        let layout = to.shape.looksTheSame ? ImageLayout.nchw : .nhwc
        reshape(input, to: to.shape.extents(layout), named: node.name)
        places[to] = [layout: node.name]
    }

    private mutating func reshape(_ input: String, to extents: [Int], named name: String) {
        // 0 stands for the input's extent: the batch stays.
        add("Reshape", named: name, [input, constant(name + "/shape", [0] + extents)])
    }

    /// Whole numbers as a value.
    mutating func constant(_ name: String, _ values: [Int]) -> String {
        initializers.append(.init(name: name, shape: [values.count], values: .integers(values.map { Int64($0) })))
        return name
    }

    /// Float32 numbers as a value.
    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
        initializers.append(.init(name: name, shape: shape, values: .floats(values)))
        return name
    }

    /// A node's parameters, those that it has of these, as they are.
    mutating func weights(_ node: Graph.Node, _ names: String...) -> [String] {
        names.compactMap { name in
            parameter(node, name).map { constant("\(node.layer)/\(name)", $0.shape.dimensions, $0.values) }
        }
    }

    /// A convolution's kernel in ONNX's order, which is PyTorch's, with so many rows and columns of zeros at its end.
    mutating func kernel(_ node: Graph.Node, rows: Int = 0, columns: Int = 0) -> String {
        let name = "kernel"
        guard let kernel = parameter(node, name),
            let tensor = ParameterLayoutRow.of(op: node.op.kind, parameter: name)?.tensor(kernel, in: .pytorch)
        else { fatalError("\(node.name) has no \(name)") }
        let (height, width) = (tensor.shape[2], tensor.shape[3])
        let shape = Shape([tensor.shape[0], tensor.shape[1], height + rows, width + columns])
        var values = [Float](repeating: 0, count: shape.count)
        for row in 0..<tensor.shape.count / width {
            let start = (row / height * shape[2] + row % height) * shape[3]
            values.replaceSubrange(start..<start + width, with: tensor.values[row * width..<(row + 1) * width])
        }
        return constant("\(node.layer)/\(name)", shape.dimensions, values)
    }

    private func parameter(_ node: Graph.Node, _ name: String) -> Tensor? {
        parameters.layout["\(node.layer)/\(name)"].map { parameters.tensor($0) }
    }
}

extension Shape {
    /// The extents in a layout, without the batch.
    fileprivate func extents(_ layout: ImageLayout) -> [Int] {
        rank == 3 && layout == .nchw ? [self[2], self[0], self[1]] : dimensions
    }

    /// Whether an image's values are in one order in both layouts: it has one channel, or one pixel.
    fileprivate var looksTheSame: Bool { rank == 3 && (self[2] == 1 || self[0] * self[1] == 1) }
}
