import Graphs
import Ops
import Tensors
import TestSupport
import Testing

/// Every case of `layers.safetensors` through plans as training uses them, against PyTorch in float64.
///
/// Worst relative errors reached: ConvTranspose2D 5.4e-7, Conv2D 4.4e-7, Upsample2D+ConvTranspose2D 3.5e-7,
/// Dense 2.5e-7, Conv2D+MaxPool2D 1.9e-7, Sigmoid 1.4e-7, Upsample2D 6.3e-8, MaxPool2D and ReLU 0.
struct LayerParityTests {
    struct Plan: Sendable, CustomStringConvertible {
        let fuses: Bool
        /// Rows of the micro-batch that no image uses; they hold other images' large values.
        let spare: Int

        var description: String { (fuses ? "fused" : "unfused") + (spare == 0 ? "" : ", \(spare) stale images") }
    }

    static let plans = [false, true].flatMap { fuses in [0, 3].map { Plan(fuses: fuses, spare: $0) } }

    @Test(arguments: LayerCase.types, plans)
    func `output and gradients are PyTorch's`(type: String, plan: Plan) throws {
        for layerCase in LayerCase.all where layerCase.type == type {
            for (array, error) in try errors(layerCase, plan) {
                #expect(error <= 2e-6, "\(layerCase) \(array)")
            }
        }
    }

    private func errors(_ layerCase: LayerCase, _ plan: Plan) throws -> [(String, Double)] {
        let run = try layerCase.run(microBatch: layerCase.images + plan.spare, fuses: plan.fuses)
        let names = ["kernel", "bias"].filter { run.parameter($0) != nil }
        for name in names { run.parameters.set(run.parameter(name)!, layerCase.golden(name)!) }
        let output = layerCase.golden("output")!
        if plan.spare > 0 { soil(run, layerCase, images: layerCase.images + plan.spare, output: output.count) }

        var errors = [("output", relativeError(run.forward(layerCase.golden("input")!), output))]
        for times in [Float(1), 2] {
            // A backward pass leaves its gradients where values stood.
            if times == 2 { _ = run.forward(layerCase.golden("input")!) }
            let inputGradient = run.backward(layerCase.golden("output_gradient")!, adding: times == 2)
            errors.append(("input_gradient", relativeError(inputGradient, layerCase.golden("input_gradient")!)))
            for name in names {
                let expected = layerCase.golden(name + "_gradient")!.map { $0 * times }
                let label = "\(name)_gradient" + (times == 2 ? " added" : "")
                errors.append((label, relativeError(run.gradient(run.parameter(name)!), expected)))
            }
        }
        return errors
    }

    /// Leaves a thousandfold values of a full micro-batch behind in every buffer.
    private func soil(_ run: GraphRun, _ layerCase: LayerCase, images: Int, output: Int) {
        var values = TestValues(seed: images)
        _ = run.forward(values.uniforms(images * layerCase.inputShape.count, -1000...1000))
        _ = run.backward(values.uniforms(output / layerCase.images * images, -1000...1000))
    }
}
