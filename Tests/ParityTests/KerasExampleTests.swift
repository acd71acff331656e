import Graphs
import Datasets
import MNISTData
import Models
import Recipes
import Tensors
import TestSupport
import Testing

/// The preset `keras-example` against the Keras documentation's own model, in float64: losses, gradients, ten Adam steps.
///
/// Keras's own float32 is 1e-7 to 1e-6 from it. Where nothing is fused, gradients are within 1e-6.
struct KerasExampleTests {
    private static func engine(batch: Int, fuses: Bool) throws -> ModelEngine {
        let training = try #require(try Preset.named("keras-example")?.recipe()).training
        let likelihood = training.objective.likelihood
        let golden = Golden.kerasExample
        let parameters = ParameterStore(
            try training.architecture.program(Objective(likelihood: likelihood)).graph.parameterLayout)
        let names = golden.names.filter { $0.hasPrefix("weight/") }
        #expect(names.count == parameters.layout.parameters.count)
        for parameter in parameters.layout.parameters {
            parameters.set(parameter, golden["weight/\(parameter.name)"].values)
        }
        return try ModelEngine(
            training.architecture, likelihood: likelihood, parameters: parameters, trainingBatch: batch, threads: 2,
            fuses: fuses)
    }

    @Test(arguments: [false, true])
    func `losses and gradients are Keras's`(fuses: Bool) throws {
        let (golden, engine) = (Golden.kerasExample, try Self.engine(batch: 8, fuses: fuses))
        let pixels = try ImageDataset.embeddedMNIST(.test).prefix(8).pixels
        let terms = engine.gradient(of: pixels, 0..<8, noise: .given(golden["noise"].values), klWeight: 1)
        for (name, ours) in [
            ("loss", terms.loss), ("reconstruction_loss", terms.reconstruction), ("kl_loss", terms.kl),
        ] {
            #expect(relativeError([Float(ours)], golden[name].values) <= 1e-6, "\(name)")
        }
        for parameter in engine.parameters.layout.parameters {
            let expected = golden["gradient/\(parameter.name)"].values
            #expect(relativeError(engine.gradient(parameter), expected) <= 1e-5, "\(parameter.name)")
        }
    }

    @Test(arguments: [false, true])
    func `ten steps of Adam end where Keras's do`(fuses: Bool) throws {
        let (golden, engine) = (Golden.kerasExample, try Self.engine(batch: 32, fuses: fuses))
        let adam = Adam(engine.parameters.layout)
        let pixels = try ImageDataset.embeddedMNIST(.train).prefix(320).pixels
        for step in 0..<10 {
            let noise = golden["adam/noise"].rows(step..<step + 1).values
            let terms = engine.gradient(
                of: pixels, step * 32..<(step + 1) * 32, noise: .given(noise), klWeight: 1)
            #expect(relativeError([Float(terms.loss)], [golden["adam/loss"][step]]) <= 2e-4, "step \(step)")
            engine.update(adam, step: step + 1, settings: AdamSettings())
        }
        for parameter in engine.parameters.layout.parameters {
            let expected = golden["adam/weight/\(parameter.name)"].values
            #expect(relativeError(engine.parameters.tensor(parameter).values, expected) <= 2e-4, "\(parameter.name)")
        }
    }
}
