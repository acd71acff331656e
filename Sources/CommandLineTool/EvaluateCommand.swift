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

    @Option(help: "Seed of the sampled z; the run's own if left out.")
    var seed: UInt64?

    @Option(help: "Which set.")
    var split: ImageDataset.Split = .test

    @Option(help: ArgumentHelp("Take only the first images of the set.", valueName: "images"))
    var limit: Int?

    @Flag(help: "Print one JSON object on one line.")
    var json = false

    func validate() throws {
        if mean, seed != nil { throw ValidationError("--mean needs no --seed.") }
        if let limit, limit < 1 { throw ValidationError("--limit: expected at least 1, found \(limit).") }
    }

    func run() throws {
        let (folder, model) = try source.open()
        let configuration = folder.configuration.training
        let images = try source.images(split, for: folder).prefix(limit ?? .max)
        let score = Evaluator(model, objective: configuration.objective)
            .evaluate(images, seed: mean ? nil : seed ?? configuration.seed)
        try json ? Console.data(score.json) : Console.data(score.text)
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

    fileprivate var text: String {
        func number(_ value: Double) -> String { NumberText.fixed(value, places: 4) }
        let rows = [
            ("images", "\(terms.images)"),
            ("z", seed.map { "sampled, seed \($0)" } ?? "mean"),
            ("loss", number(terms.loss)),
            ("reconstruction_loss", number(terms.reconstruction)),
            ("kl_loss", number(terms.kl)),
            ("kl_nats", number(terms.klNats)),
            ("kl_per_dimension", divergencePerDimension.map(number).joined(separator: " ")),
            ("active_units", "\(activeUnits) of \(divergencePerDimension.count)"),
            ("elbo", evidenceLowerBound.map(number) ?? "none: the likelihood is no density, or z is not sampled"),
        ]
        return rows.map { $0 + String(repeating: " ", count: 21 - $0.count) + $1 }.joined(separator: "\n")
    }
}
