import Graphs
import Ops

extension Activation: ONNXOp {
    func write(_ node: Graph.Node, to network: inout ONNXNetwork) {
        let layout = network.layout(of: node)
        let input = network.place(of: node.inputs[0], layout)
        func write(_ type: String, _ attributes: ONNXModel.Attributes = []) {
            network.write(type, node, [input], layout, attributes)
        }
        switch function {
        case .relu: write("Relu")
        case .leakyRelu: write("LeakyRelu", [("alpha", .float(parameter))])
        case .elu: write("Elu", [("alpha", .float(parameter))])
        case .selu: write("Selu", [("alpha", .float(1.6732632423543772)), ("gamma", .float(1.0507009873554805))])
        case .silu:
            // An operator of its own comes with opset 24.
            network.add("Sigmoid", named: node.name + "/sigmoid", [input])
            network.write("Mul", node, [input, node.name + "/sigmoid"], layout)
        case .gelu: write("Gelu", [("approximate", .string("none"))])
        case .geluTanh: write("Gelu", [("approximate", .string("tanh"))])
        case .tanh: write("Tanh")
        case .sigmoid: write("Sigmoid")
        case .softplus: write("Softplus")
        }
    }
}
