/// The losses of one epoch, in the words of the progress bar and the log.
public struct EpochLosses: Hashable, Sendable {
    /// loss = reconstruction_loss + kl_loss, each the mean over images.
    public struct Losses: Hashable, Sendable {
        /// The objective: the sum of the other two.
        public let loss: Double
        /// How badly images are reconstructed, as the objective weighs it.
        public let reconstruction: Double
        /// The Kullback–Leibler divergence from the prior, as the objective weighs it.
        public let kl: Double

        /// Takes the two parts and their sum.
        public init(loss: Double, reconstruction: Double, kl: Double) {
            self.loss = loss
            self.reconstruction = reconstruction
            self.kl = kl
        }
    }

    /// Counted from 1.
    public let epoch: Int
    /// Of the training images, while the weights move.
    public let training: Losses
    /// Of the validation images, after the epoch.
    public let validation: Losses?

    /// Takes an epoch's number, counted from 1, and its losses.
    public init(epoch: Int, training: Losses, validation: Losses?) {
        self.epoch = epoch
        self.training = training
        self.validation = validation
    }
}
