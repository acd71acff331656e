import Figures
import Models

extension Objective {
    /// The loss of an architecture as a formula, for people: its terms, and the bound that they make.
    package func formula(for architecture: Architecture) -> String {
        let (words, pixels) = (words(architecture), grouped(architecture.imageShape.count))
        let reconstruction =
            likelihood.distribution.map { "−log p(x|z), \($0) on \(pixels) pixels" }
            ?? "squared error over \(pixels) pixels"
        guard let added = words.added else { return "loss = \(reconstruction); \(words.meaning)" }
        let warmUp = warmUp > 0 ? ", from zero over the first \(warmUpShare) of the steps" : ""
        return "loss = \(reconstruction) + \(added)\(warmUp); \(words.meaning)"
    }

    /// The loss of an architecture in a sentence or two, for people.
    package func sentences(for architecture: Architecture) -> String {
        let (words, pixels) = (words(architecture), grouped(architecture.imageShape.count))
        let reconstruction =
            likelihood.distribution.map {
                "reconstruction_loss is −log p(x|z) in nats, a \($0) on each of \(pixels) pixels"
            } ?? "reconstruction_loss is the squared error summed over an image's \(pixels) pixels"
        guard let added = words.added else { return "\(reconstruction); \(words.meaning)." }
        let warm = warmUp > 0 ? " Its weight grows from zero over the first \(warmUpShare) of the steps." : ""
        return "\(reconstruction); \(words.name) is \(added).\(warm) \(words.sentence)."
    }

    private var warmUpShare: String { "\(NumberText.brief(warmUp * 100))%" }
}
