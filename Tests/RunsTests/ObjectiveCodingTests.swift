import Formats
import Graphs
import Models
import Testing
import Training

/// Objectives, losses and the optimizer's settings, byte for byte as files have always held them.
struct ObjectiveCodingTests {
    private func holds<Value: Codable & Equatable>(_ value: Value, as text: String) throws {
        let bytes = try JSONCoding.encode(value)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(try JSONCoding.decode(Value.self, from: bytes, source: "a", "a part of a run") == value)
    }

    @Test(
        arguments: [
            (.squaredError, #"{"squaredError":{}}"#), (.gaussian(variance: 0.25), #"{"gaussian":{"variance":0.25}}"#),
            (.gaussianLearnedVariance, #"{"gaussianLearnedVariance":{}}"#), (.bernoulli, #"{"bernoulli":{}}"#),
        ] as [(Likelihood, String)])
    func `an objective is its parts by name`(likelihood: Likelihood, text: String) throws {
        try holds(
            Objective(likelihood: likelihood, divergence: .mean, beta: 0.5),
            as: #"{"beta":0.5,"divergence":"mean","likelihood":\#(text),"warmUp":0}"#)
    }

    @Test(arguments: ["{}", #"{"bernoulli":{},"squaredError":{}}"#, #"{"gaussian":{}}"#, #"{"bernoulli":1}"#])
    func `a likelihood that says too little or too much is refused`(text: String) {
        #expect(throws: FormatError.self) {
            try JSONCoding.decode(Likelihood.self, from: Array(text.utf8), source: "a", "a likelihood")
        }
    }

    @Test func `losses and settings are numbers by name`() throws {
        let terms = LossTerms(reconstruction: 0.5, kl: 0.25, klNats: 2, images: 3)
        var sum = LossSum()
        sum.add(terms)
        try holds(terms, as: #"{"images":3,"kl_loss":0.25,"kl_nats":2,"reconstruction_loss":0.5}"#)
        try holds(sum, as: #"{"images":3,"kl":0.75,"klNats":6,"reconstruction":1.5}"#)
        try holds(AdamSettings(), as: #"{"beta1":0.9,"beta2":0.999,"epsilon":1e-07,"learningRate":0.001}"#)
    }
}
