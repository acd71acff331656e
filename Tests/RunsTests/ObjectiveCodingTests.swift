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
            (.squaredError, #"{"squared_error":{}}"#), (.gaussian(variance: 0.25), #"{"gaussian":{"variance":0.25}}"#),
            (.gaussianLearnedVariance, #"{"gaussian_learned":{}}"#), (.bernoulli, #"{"bernoulli":{}}"#),
        ] as [(Likelihood, String)])
    func `an objective is its parts by name`(likelihood: Likelihood, text: String) throws {
        try holds(
            Objective(likelihood: likelihood, divergence: .mean, beta: 0.5),
            as: #"{"elbo":{"beta":0.5,"divergence":"mean","likelihood":\#(text),"warm_up":0}}"#)
    }

    @Test(
        arguments: [
            (.squaredError, #"{"squaredError":{}}"#), (.gaussian(variance: 0.25), #"{"gaussian":{"variance":0.25}}"#),
            (.gaussianLearnedVariance, #"{"gaussianLearnedVariance":{}}"#), (.bernoulli, #"{"bernoulli":{}}"#),
        ] as [(Likelihood, String)])
    func `objectives of earlier files are read`(likelihood: Likelihood, text: String) throws {
        let file = #"{"beta":0.5,"divergence":"mean","likelihood":\#(text),"warmUp":0.25}"#
        let expected = Objective(likelihood: likelihood, divergence: .mean, beta: 0.5, warmUp: 0.25)
        #expect(try JSONCoding.decode(Objective.self, from: Array(file.utf8), source: "a", "an objective") == expected)
        #expect(try JSONCoding.decode(Likelihood.self, from: Array(text.utf8), source: "a", "one") == likelihood)
    }

    @Test(arguments: [
        #"{"beta":0.5,"divergence":"mean","likelihood":{"bernoulli":{}}}"#, #"{"elbo":{"beta":1}}"#, #"{"elbo":1}"#,
        #"{"beta":0.5,"divergence":"mean","likelihood":{"bernoulli":{}},"warmUp":0,"warm_up":0.5}"#,
        #"{"elbo":{"beta":-1,"divergence":"mean","likelihood":{"bernoulli":{}},"warm_up":0}}"#, "[]",
    ])
    func `an objective that says too little or too much is refused`(text: String) {
        #expect(throws: FormatError.self) {
            try JSONCoding.decode(Objective.self, from: Array(text.utf8), source: "a", "an objective")
        }
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
        try holds(sum, as: #"{"images":3,"kl_loss":0.75,"kl_nats":6,"reconstruction_loss":1.5}"#)
        try holds(LossSum(), as: #"{"images":0}"#)
        let earlier = Array(#"{"images":3,"kl":0.75,"klNats":6,"reconstruction":1.5}"#.utf8)
        #expect(try JSONCoding.decode(LossSum.self, from: earlier, source: "a", "sums") == sum)
        let other = LossTerms(
            [.init("reconstruction", loss: 1, value: 1), .init("norm", loss: 2, value: 4, isNats: false)], images: 2)
        try holds(other, as: #"{"images":2,"norm_loss":2,"norm_value":4,"reconstruction_loss":1}"#)
        let epoch = EpochMetrics(
            epoch: 1, step: 2, training: other, validation: terms, warmUpFactor: 1, imagesPerSecond: 3, seconds: 4,
            collapse: nil)
        #expect(
            try JSONCoding.decode(EpochMetrics.self, from: try JSONCoding.encode(epoch), source: "a", "a line") == epoch
        )
        try holds(AdamSettings(), as: #"{"beta1":0.9,"beta2":0.999,"epsilon":1e-07,"learningRate":0.001}"#)
    }
}
