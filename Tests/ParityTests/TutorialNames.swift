import Graphs
import Ops
import Models
import TestSupport

/// Our names for what the golden files of the tutorial's model call after Keras's variables.
enum TutorialNames {
    private static let layers = [
        "encoder/conv1": "encoder/conv2d", "encoder/conv2": "encoder/conv2d_1", "encoder/conv3": "encoder/conv2d_2",
        "encoder/pool1": "encoder/max_pooling2d", "encoder/pool2": "encoder/max_pooling2d_1",
        "encoder/pool3": "encoder/max_pooling2d_2",
        "encoder/dense": "encoder/dense", "encoder/mean": "mean/dense", "encoder/log_variance": "log_variance/dense",
        "z": "z", "decoder/dense": "decoder/dense",
        "decoder/conv_transpose1": "decoder/conv2d_transpose", "decoder/conv_transpose2": "decoder/conv2d_transpose_1",
        "decoder/conv_transpose3": "decoder/conv2d_transpose_2",
        "decoder/conv_transpose4": "decoder/conv2d_transpose_3",
        "decoder/upsample1": "decoder/up_sampling2d", "decoder/upsample2": "decoder/up_sampling2d_1",
    ]

    /// An activation's name; nil for flatten and reshape, which are the same memory under another shape.
    static func activation(_ golden: String) -> String? { layers[golden] }

    /// `encoder/conv1/kernel` becomes `encoder/conv2d/kernel`.
    static func parameter(_ golden: String) -> String {
        let parts = golden.split(separator: "/")
        return layers[parts.dropLast().joined(separator: "/")]! + "/" + parts.last!
    }

    /// Golden arrays under a heading, by the rest of their names.
    static func arrays(_ heading: String, of file: Golden) -> [String] {
        file.names.filter { $0.hasPrefix(heading + "/") }.map { String($0.dropFirst(heading.count + 1)) }
    }

    /// The tutorial's model with the golden weights, ready to train, or without a batch only to run forward.
    static func engine(batch: Int?, fuses: Bool = true, threads: Int = 2) throws -> ModelEngine {
        let parameters = ParameterStore(try Architecture.tutorial.program(.tutorial).graph.parameterLayout)
        for name in arrays("weight", of: .tutorialStep) {
            parameters.set(
                parameters.layout[TutorialNames.parameter(name)]!, Golden.tutorialStep["weight/\(name)"].values)
        }
        return try ModelEngine(
            .tutorial, likelihood: .squaredError, parameters: parameters, trainingBatch: batch, threads: threads,
            fuses: fuses)
    }
}
