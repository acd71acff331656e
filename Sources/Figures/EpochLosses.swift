/// The losses of one epoch, in the words of the progress bar and the log.
public struct EpochLosses: Hashable, Sendable {
    /// A loss by its name, the mean over images: `loss`, which is the sum of the others, or one of these, as the objective
    /// weighs it.
    public struct Loss: Hashable, Sendable {
        /// `loss`, `reconstruction_loss`, `kl_loss`.
        public let name: String
        /// The mean over images.
        public let value: Double

        /// A loss by its name.
        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// Counted from 1.
    public let epoch: Int
    /// Of the training images, while the weights move: `loss` and its parts.
    public let training: [Loss]
    /// Of the validation images, after the epoch.
    public let validation: [Loss]?

    /// Takes an epoch's number, counted from 1, and its losses.
    public init(epoch: Int, training: [Loss], validation: [Loss]?) {
        self.epoch = epoch
        self.training = training
        self.validation = validation
    }
}
