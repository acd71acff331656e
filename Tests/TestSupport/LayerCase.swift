import Formats
import Graphs
import Models
import Ops
import Settings
import Tensors

/// One layer, or two that may fuse, with its sizes: drives the parity test and the finite differences.
///
/// A new layer needs a line in `Interop/layer_cases.py` and one in `layers` below.
package struct LayerCase: Sendable, CustomStringConvertible {
    package let name: String
    /// As the table names it: `Conv2D`, `Conv2D+MaxPool2D`.
    package let type: String
    package let layers: [Block]
    package let images: Int
    /// Without the batch.
    package let inputShape: Shape

    package var description: String { name }

    /// Every case of `layers.safetensors`.
    package static let all: [LayerCase] = {
        do {
            let text = Array(Golden.layers.metadata["cases"]!.utf8)
            let table = try JSONValue(parsing: text, range: 0..<text.count, source: "layers.safetensors")
            return table.array!.map(LayerCase.init)
        } catch {
            fatalError("\(error)")
        }
    }()

    /// Types in the table's order, each once.
    package static let types: [String] = all.reduce(into: []) { if !$0.contains($1.type) { $0.append($1.type) } }

    private init(_ json: JSONValue) {
        func integers(_ key: String) -> [Int] { json[key]!.array!.map { $0.integer! } }
        name = json["name"]!.string!
        type = json["layer"]!.string!
        let input = integers("input_shape")
        images = input[0]
        inputShape = Shape(Array(input.dropFirst()))
        layers = type.split(separator: "+").map { LayerCase.layer(String($0), json) }
    }

    private static func layer(_ type: String, _ json: JSONValue) -> Block {
        func integers(_ key: String) -> [Int] { json[key]!.array!.map { $0.integer! } }
        let activation = json["activation"].flatMap { ActivationFunction(rawValue: $0.string!) }
        func channels() -> Int { json["channels"]!.integer! }
        func window() -> KernelWindow {
            let (kernel, strides) = (integers("kernel_size"), integers("strides"))
            return KernelWindow(
                height: kernel[0], width: kernel[1], strideHeight: strides[0], strideWidth: strides[1],
                padding: json["padding"]!.string! == "same" ? .same : .valid)
        }
        switch type {
        case "Dense": return .dense(channels(), activation: activation)
        case "Conv2D": return .conv2D(Conv2D(channels(), window()), activation: activation)
        case "ConvTranspose2D":
            return .conv2DTranspose(Conv2DTranspose(channels(), window()), activation: activation)
        case "MaxPool2D": return .maxPooling2D(json["pool_size"]!.integer!)
        case "Upsample2D": return .upSampling2D(json["scale"]!.integer!)
        case "ReLU": return .activation(.relu)
        case "Sigmoid": return .activation(.sigmoid)
        default: fatalError("no layer is called \(type)")
        }
    }

    package func run(microBatch: Int, fuses: Bool) throws -> GraphRun {
        try GraphRun(layers, input: inputShape, microBatch: microBatch, fuses: fuses)
    }

    /// One of the case's arrays: `input`, `kernel`, `output_gradient` …; nil where the layer has none.
    package func golden(_ array: String) -> [Float]? {
        Golden.layers.has("\(name)/\(array)") ? Golden.layers["\(name)/\(array)"].values : nil
    }

    /// Linear in each of input, kernel and bias: differences are exact whatever the step.
    package var isLinear: Bool {
        layers.allSatisfy { block in
            guard case .op(let op, let activation) = block else { return false }
            return op.isLinear && activation == nil
        }
    }
}
