import ArgumentParser
import Figures
import VAE

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a trained model on a set of images.",
        discussion: """
            vae evaluate runs/tutorial-seed0                 the test set, z sampled
            vae evaluate runs/tutorial-seed0 --mean --json   with z = mean, as JSON
            """)

    @OptionGroup
    var source: RunOptions

    @Flag(help: "Take z = mean; z is sampled otherwise.")
    var mean = false

    @Option(
        parsing: .unconditional, help: "Seed of the sampled z; the run's own if left out.",
        transform: Number.whole(0...UInt64.max))
    var seed: UInt64?

    @Option(help: "Which set.")
    var split: ImageDataset.Split = .test

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take only the first images of the set.", valueName: "images"),
        transform: Number.whole(1...Int.max))
    var limit: Int?

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func validate() throws {
        if mean, seed != nil { throw ValidationError("--mean needs no --seed.") }
    }

    func run() throws {
        let (folder, model) = try source.open()
        let configuration = folder.configuration.training
        let images = try source.images(split, for: folder).prefix(limit ?? .max)
        let score = Evaluator(model, objective: configuration.objective)
            .evaluate(images, seed: mean ? nil : seed ?? configuration.seed)
        try json ? Console.data(score.json) : Console.rows(score.rows(configuration), column: 21)
    }
}

extension Evaluation {
    fileprivate var json: JSONValue {
        [
            "images": .integer(terms.images),
            "loss": .number(terms.loss),
            "reconstruction_loss": .number(terms.reconstruction),
            "kl_loss": .number(terms.kl),
            "seed": seed.map { JSONValue($0) } ?? .null,
            "kl_nats": .number(terms.klNats),
            "kl_per_dimension": .array(divergencePerDimension.map { .number($0) }),
            "active_units": .integer(activeUnits),
            "elbo": evidenceLowerBound.map { .number($0) } ?? .null,
        ]
    }

    fileprivate func rows(_ configuration: TrainingConfiguration) -> [(name: String, words: String)] {
        func number(_ value: Double) -> String { NumberText.fixed(value, places: 4) }
        return [
            ("images", "\(terms.images)"),
            ("z", seed.map { "sampled, seed \($0)" } ?? "mean"),
            ("loss", number(terms.loss)),
            ("reconstruction_loss", number(terms.reconstruction)),
            ("kl_loss", number(terms.kl)),
            ("kl_nats", number(terms.klNats)),
            ("kl_per_dimension", divergencePerDimension.map(number).joined(separator: " ")),
            ("active_units", "\(activeUnits) of \(divergencePerDimension.count)"),
            ("elbo", evidenceLowerBound.map(number) ?? "none: \(whyNoBound(configuration))"),
        ]
    }

    private func whyNoBound(_ configuration: TrainingConfiguration) -> String {
        guard configuration.architecture.isVariational else { return "a plain autoencoder has no density of codes" }
        guard configuration.objective.likelihood != .squaredError else {
            return "the squared error is a density up to scale only"
        }
        return "it takes a sampled z, not --mean"
    }
}
