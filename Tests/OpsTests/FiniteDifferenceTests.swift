import Graphs
import Ops
import Tensors
import TestSupport
import Testing

/// Every layer case's backward pass against its own forward pass: no framework's word is taken.
///
/// Along a direction of signs each value of a tensor counts. A gradient that lacks one tap, or is twice too large in
/// one of input, kernel and bias, is off by 20 % or more of its norm; the tolerances are 6 % where ReLUs and maxima
/// keep steps small (reached: 4 %, Float32's rounding of so short a step), and 1e-5 elsewhere (4e-6).
struct FiniteDifferenceTests {
    @Test(arguments: LayerCase.all, [false, true])
    func `gradients are slopes`(layerCase: LayerCase, fuses: Bool) throws {
        let run = try layerCase.run(microBatch: layerCase.images, fuses: fuses)
        let names = ["kernel", "bias"].filter { run.parameter($0) != nil }
        let weights = layerCase.golden("output_gradient")!
        var values = ["input": layerCase.golden("input")!]
        for name in names { values[name] = layerCase.golden(name)! }
        if layerCase.layers.contains(.activation(.relu)) || layerCase.name.hasSuffix("-tied") {
            values["input"] = withoutTies(values["input"]!)
        }

        func outputLoss() -> Double {
            for name in names { run.parameters.set(run.parameter(name)!, values[name]!) }
            return zip(run.forward(values["input"]!), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = outputLoss()
        var gradients = ["input": run.backward(weights)]
        for name in names { gradients[name] = run.gradient(run.parameter(name)!) }

        var random = TestValues(seed: layerCase.name.utf8.count)
        for (name, gradient) in gradients.sorted(by: { $0.key < $1.key }) {
            let (start, step) = (values[name]!, step(layerCase, name, run))
            for _ in 0..<2 {
                // As Float32 rounds them: the distance between the two is not quite twice the step.
                let direction = random.signs(gradient.count)
                let ends = [step, -step].map { step in zip(start, direction).map { $0 + step * $1 } }
                let losses = ends.map { end in
                    values[name] = end
                    return outputLoss()
                }
                values[name] = start
                let expected = gradient.indices.reduce(0) { sum, i in
                    sum + Double(gradient[i]) * (Double(ends[0][i]) - Double(ends[1][i]))
                }
                let size = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() * Double(2 * step)
                let tolerance = layerCase.isLinear ? 1e-5 : 0.06
                #expect(abs(losses[0] - losses[1] - expected) <= tolerance * size, "\(name)")
            }
        }
    }

    /// Small enough that no ReLU switches and no maximum changes hands: the table keeps 1e-4 between competitors.
    ///
    /// A direction of signs moves a sum of n products by about √n times the step.
    private func step(_ layerCase: LayerCase, _ name: String, _ run: GraphRun) -> Float {
        if layerCase.isLinear { return 0.5 }
        if layerCase.layers == [.activation(.sigmoid)] { return 1e-2 }
        guard name != "bias", let kernel = run.parameter("kernel") else { return 4e-5 }
        let products = min(kernel.shape.count / run.parameter("bias")!.shape.count, layerCase.inputShape.count)
        // The table's inputs are normal, its kernels uniform in ±½.
        return (name == "input" ? 1e-4 : 3e-5) / Float(products).squareRoot()
    }

    /// Shifts equal values apart: a slope needs one winner.
    private func withoutTies(_ values: [Float]) -> [Float] {
        values.enumerated().map { $1 + 0.01 * Float($0 % 97) + 0.005 }
    }
}
