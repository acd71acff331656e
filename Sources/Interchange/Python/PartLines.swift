import Formats
import Graphs
import Models
import Ops
import Tensors

/// Half of a model as a Python function's lines, one a layer: what the writers for each framework share.
///
/// A value that the next line alone reads is called `x`, any other by its layer: `residual_conv2d`.
struct PartLines {
    /// A layer, its input variables, and the variable that it sets.
    struct Line {
        let node: Graph.Node
        /// The function that is part of the layer.
        let activation: Activation?
        /// As Python names the layer within its part: `residual_1_conv2d`.
        let name: String
        let inputs: [String]
        let output: String
        /// Without the batch.
        var inputShapes: [Shape] { node.inputShapes }
        let outputShape: Shape
        var input: String { inputs[0] }
        var declares: Bool { !node.parameters.isEmpty }
    }

    /// In the order in which they run.
    let lines: [Line]
    /// The variable of the last line's output.
    let output: String

    /// - Parameters:
    ///   - part: The layers' names begin with it: `encoder`.
    ///   - input: What the part reads.
    ///   - parameter: The Python function's parameter.
    init(_ part: String, of graph: Graph, from input: Graph.Value, as parameter: String) {
        var steps: [(node: Graph.Node, activation: Activation?, output: Graph.Value)] = []
        for node in graph.nodes where node.layer.hasPrefix(part + "/") {
            if let last = steps.last?.node, last.layer == node.layer, let activation = node.op.unwrap(Activation.self) {
                steps[steps.count - 1] = (last, activation, node.output)
            } else {
                steps.append((node, nil, node.output))
            }
        }
        var readers: [Graph.Value: [Int]] = [:]
        for (i, step) in steps.enumerated() { for value in step.node.inputs { readers[value, default: []].append(i) } }

        var names = [input: parameter]
        var lines: [Line] = []
        for (i, step) in steps.enumerated() {
            let name = step.node.layer.split(separator: "/").dropFirst().joined(separator: "_")
            let isPassedOn = i + 1 == steps.count || readers[step.output] == [i + 1]
            lines.append(
                Line(
                    node: step.node, activation: step.activation, name: name,
                    inputs: step.node.inputs.map { names[$0]! }, output: isPassedOn ? "x" : name,
                    outputShape: step.output.shape))
            names[step.output] = lines[i].output
        }
        self.lines = lines
        output = lines.last?.output ?? parameter
    }
}

/// Python as it is written.
enum Python {
    /// One number for both sides, or a tuple of two: `3`, `(3, 5)`.
    static func pair(_ height: Int, _ width: Int) -> String { height == width ? "\(height)" : "(\(height), \(width))" }

    /// `(64, 1, 1)`, and `(64,)` for a single number.
    static func tuple(_ numbers: [Int]) -> String {
        "(" + numbers.map { "\($0)" }.joined(separator: ", ") + (numbers.count == 1 ? ",)" : ")")
    }

    /// A call with the arguments that are not nil.
    static func call(_ function: String, _ arguments: String?...) -> String {
        "\(function)(\(arguments.compactMap { $0 }.joined(separator: ", ")))"
    }

    /// A name inside a docstring, which it can neither end nor escape from.
    static func quoted(_ name: String) -> String {
        printable(name).replacing("\\", with: "/").replacing("\"", with: "'")
    }
}
