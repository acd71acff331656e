import Tensors

/// A step whose numbers were not finite: where it happened, and with which images.
///
/// Found before the step is taken, and the same whenever the same training is repeated.
public struct NumericFault: Hashable, Sendable, CustomStringConvertible {
    /// What was not finite.
    public enum Quantity: String, Hashable, Sendable {
        /// A weight, before anything was computed with it.
        case weights
        /// A layer's output.
        case output
        /// The loss, though all outputs were finite.
        case loss
        /// The gradient of a layer's weights, or one so large that Adam's squares of it overflow.
        case gradient
    }

    /// The epoch, from 1.
    public let epoch: Int
    /// The step within the epoch, from 1; nil where it happened in the validation after the epoch.
    public let stepInEpoch: Int?
    /// The step since the start of the run, from 1; in a validation the next one.
    public let step: Int
    /// What was not finite.
    public let quantity: Quantity
    /// The first layer in forward order that it happened in, such as `encoder/conv2d`; `loss` for the loss.
    public let layer: String
    /// Positions in the training set (for a validation in its set) of the images that it happened with, in the batch's
    /// order; all of the batch's where no image alone does it, none for weights.
    public let images: [Int]

    /// One line: `epoch 2, step 3 (43 of the run): the output of encoder/conv2d is not finite for image 17`.
    public var description: String {
        let what =
            switch quantity {
            case .weights: "a weight of \(layer)"
            case .output: "the output of \(layer)"
            case .loss: "the loss"
            case .gradient: "the gradient of \(layer)"
            }
        let place = stepInEpoch.map { "step \($0) (\(step) of the run)" } ?? "validation"
        return "epoch \(epoch), \(place): \(what) is not finite\(imageWords)"
    }

    private var imageWords: String {
        let shown = images.prefix(8).map(String.init).joined(separator: ", ")
        return switch images.count {
        case 0: ""
        case 1: " for image \(shown)"
        case ...8: " for images \(shown)"
        default: " for \(images.count) images: \(shown), …"
        }
    }
}

/// The images of a step, or the bad ones of a validation, whose numbers were not finite.
package struct FaultyBatch: Sendable {
    /// Positions in their set.
    package let indices: [Int]
    /// [indices.count, height, width, channels], in [0, 1].
    package let images: Tensor
}

/// A training that cannot go on.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
    /// A weight, an output, the loss or a gradient is not finite; the step was not taken.
    case notFinite(NumericFault)

    /// One line for the user.
    public var description: String {
        switch self {
        case .notFinite(let fault):
            if fault.quantity == .weights { return "\(fault); stopped" }
            let kept = "\(fault); stopped before the step, with the last good weights kept."
            // Before the first step the learning rate has done nothing yet.
            return fault.step > 1
                ? "\(kept) A smaller learning rate helps."
                : "\(kept) No learning rate helps, since no step was taken: the loss itself is too large, by its "
                    + "variance or β."
        }
    }
}
