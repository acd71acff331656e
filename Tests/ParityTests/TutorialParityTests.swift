import Datasets
import Foundation
import Graphs
import Ops
import MNISTData
import Models
import Tensors
import TestSupport
import Testing

/// The tutorial's whole model against Keras: every activation, loss and gradient, and ten steps of Adam.
///
/// Keras's own float32 is up to 4e-7 from its float64 for activations and gradients, and 3e-6 for trained weights.
struct TutorialParityTests {
    private let klWeight = 0.5
    private let step = Golden.tutorialStep

    private var noise: TestNoise { .given(step["noise"].values) }

    /// Pixels of the first test images, which the step file was computed on.
    private func pixels() throws -> [UInt8] {
        let images = try ImageDataset.embeddedMNIST(.test).prefix(6)
        #expect(images.images(0..<6) == step["images"])
        return images.pixels
    }

    @Test(arguments: [false, true])
    func `activations are Keras's`(fuses: Bool) throws {
        let engine = try TutorialNames.engine(batch: 6, fuses: fuses)
        let activations = engine.activations(try pixels(), 0..<6, noise: noise)
        var compared = 0
        for name in TutorialNames.arrays("activation", of: step) {
            guard let ours = TutorialNames.activation(name), let actual = activations[ours] else { continue }
            let expected = step["activation/\(name)"]
            #expect(actual.shape == expected.shape)
            #expect(relativeError(actual.values, expected.values) <= 2e-6, "\(name)")
            compared += 1
        }
        // All but flatten and reshape; fused, three convolutions and two upsamplings have no output of their own.
        #expect(compared == (fuses ? 12 : 17))
    }

    @Test(arguments: [false, true])
    func `losses and gradients are Keras's`(fuses: Bool) throws {
        let engine = try TutorialNames.engine(batch: 6, fuses: fuses)
        let terms = engine.gradient(of: try pixels(), 0..<6, noise: noise, klWeight: klWeight)
        for suffix in ["", "64"] {
            #expect(relativeError([Float(terms.loss)], step["loss" + suffix].values) <= 1e-6)
            #expect(relativeError([Float(terms.reconstruction)], step["reconstruction_loss" + suffix].values) <= 1e-6)
            #expect(relativeError([Float(terms.kl)], step["kl_loss" + suffix].values) <= 1e-6)
        }
        let names = TutorialNames.arrays("gradient", of: step)
        #expect(names.count == engine.parameters.layout.parameters.count)
        for name in names {
            let actual = engine.gradient(engine.parameters.layout[TutorialNames.parameter(name)]!)
            for heading in ["gradient", "gradient64"] {
                #expect(relativeError(actual, step["\(heading)/\(name)"].values) <= 1e-5, "\(heading)/\(name)")
            }
        }
    }

    @Test func `the loss is the same without a gradient`() throws {
        let engine = try TutorialNames.engine(batch: 6)
        let pixels = try pixels()
        let terms = engine.gradient(of: pixels, 0..<6, noise: noise, klWeight: klWeight)
        #expect(engine.evaluate(pixels, 0..<6, noise: noise, klWeight: klWeight) == terms)
    }

    /// Such a plan takes other tiles, with ten times the rounding.
    @Test func `a model that only runs forward has Keras's losses`() throws {
        let engine = try TutorialNames.engine(batch: nil)
        let terms = engine.evaluate(try pixels(), 0..<6, noise: noise, klWeight: klWeight)
        for (name, ours) in [
            ("loss", terms.loss), ("reconstruction_loss", terms.reconstruction), ("kl_loss", terms.kl),
        ] {
            #expect(relativeError([Float(ours)], step[name + "64"].values) <= 1e-5, "\(name)")
        }
    }

    @Test(arguments: [false, true])
    func `ten steps of Adam end where Keras's do`(fuses: Bool) throws {
        let golden = Golden.tutorialAdam
        // Winograd's rounding moves a few weights whose gradient is near zero: measured 4.6e-5 with fused multiply-add,
        // 9.7e-5 without; where nothing is fused, 2.0e-6.
        let bound = fuses ? 1e-4 : 1e-5
        let engine = try TutorialNames.engine(batch: 64, fuses: fuses)
        let adam = Adam(engine.parameters.layout)
        let pixels = try ImageDataset.embeddedMNIST(.train).prefix(640).pixels
        let noise = golden["noise"]
        for step in 0..<10 {
            let terms = engine.gradient(
                of: pixels, step * 64..<(step + 1) * 64, noise: .given(noise.rows(step..<step + 1).values),
                klWeight: klWeight)
            for (name, ours) in [
                ("loss", terms.loss), ("reconstruction_loss", terms.reconstruction), ("kl_loss", terms.kl),
            ] {
                #expect(relativeError([Float(ours)], [golden[name + "64"][step]]) <= bound, "\(name), step \(step)")
            }
            engine.update(adam, step: step + 1, settings: AdamSettings())
        }
        let names = TutorialNames.arrays("weight64", of: golden)
        #expect(names.count == engine.parameters.layout.parameters.count)
        for name in names {
            let parameter = engine.parameters.layout[TutorialNames.parameter(name)]!
            let error = relativeError(engine.parameters.tensor(parameter).values, golden["weight64/\(name)"].values)
            #expect(error <= bound, "\(name)")
        }
    }
}
