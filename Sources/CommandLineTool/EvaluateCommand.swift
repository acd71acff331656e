import ArgumentParser
import Figures
import Settings
import VAE

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a trained model on a set of images.",
        discussion: """
            vae evaluate runs/tutorial-seed0                 the test set, z sampled
            vae evaluate runs/tutorial-seed0 --mean --json   with z = mean, as JSON
            vae evaluate runs/mine --split validation        the images that the run was validated on

            Losses are means over the images. A sampled z takes one draw an image, of noise that no training takes: \
            val_loss of metrics.jsonl, another draw, differs by as much as one draw from the next.
            """)

    @OptionGroup
    var source: RunOptions

    @Flag(help: "Take z = mean; z is sampled otherwise.")
    var mean = false

    @Option(
        parsing: .unconditional, help: "Seed of the sampled z; the run's own if left out.",
        transform: Number.whole(0...UInt64.max))
    var seed: UInt64?

    @OptionGroup
    var split: SplitOption

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
        let (folder, set, model) = try source.open(split.split, limit: limit)
        let configuration = folder.configuration.training
        let score = Evaluator(model, objective: configuration.objective)
            .evaluate(set.images, seed: mean ? nil : seed ?? configuration.seed)
        let epoch = try folder.epoch(of: source.weights.checkpoint)
        let protocolled = EvaluationProtocol(
            set: set, checkpoint: source.weights.checkpoint, epoch: epoch,
            metrics: (try? folder.metrics())?.first { $0.epoch == epoch },
            objective: configuration.objective, isVariational: configuration.architecture.isVariational,
            imported: folder.configuration.imported)
        try json ? Console.data(protocolled.json(score)) : Console.rows(protocolled.rows(score), column: 21)
    }
}

/// How an evaluation came to its numbers: of which images, weights and noise they are.
struct EvaluationProtocol {
    let set: RunImages
    let checkpoint: RunFolder.Point
    /// The checkpoint's, whole ones.
    let epoch: Int
    /// That epoch's line, where there is one.
    let metrics: EpochMetrics?
    let objective: Objective
    let isVariational: Bool
    let imported: ImportRecord?

    func json(_ score: Evaluation) -> JSONValue {
        let terms = score.terms.named.map { JSONValue.Member($0.name, .number($0.value)) }
        let more: JSONValue = [
            "seed": score.seed.map { JSONValue($0) } ?? .null,
            "kl_per_dimension": isVariational ? .array(score.divergencePerDimension.map { .number($0) }) : .null,
            "active_units": .integer(score.activeUnits),
            "elbo": score.evidenceLowerBound.map { .number($0) } ?? .null,
            "protocol": [
                "set": .string(set.part.rawValue),
                "source": .string(set.images.name),
                "images_of_the_run": set.areTheRuns.map { .bool($0) } ?? .null,
                "checkpoint": .string(checkpoint.rawValue),
                "epoch": .integer(epoch),
                "imported_from": imported.map { .string($0.file) } ?? .null,
                "z": .string(score.seed == nil ? "mean" : "sampled"),
                "samples": .integer(score.seed == nil ? 0 : 1),
                "noise": score.seed == nil ? .null : "evaluation",
                "likelihood": .string(objective.likelihood.name),
                "units": .string(unit),
                "val_loss_in_metrics": metrics?.validation.map { .number($0.loss) } ?? .null,
            ],
        ]
        return .object([.init("images", .integer(score.terms.images))] + terms + (more.object ?? []))
    }

    func rows(_ score: Evaluation) -> [(name: String, words: String)] {
        func number(_ value: Double) -> String { NumberText.fixed(value, places: 4) }
        let terms = score.terms
        var rows = [
            ("images", "\(terms.images) of \(set.images.name), \(set.part.rawValue) set"),
            (
                "weights",
                "\(checkpoint.rawValue), after \(counted(epoch, "epoch"))" + (imported.map { ", \($0.words)" } ?? "")
            ),
            ("z", score.seed.map { "sampled once an image, seed \($0), noise of its own" } ?? "mean"),
        ]
        rows += terms.named.map {
            ($0.name, number($0.value) + ($0.name == "reconstruction_loss" ? " an image, \(unit)" : ""))
        }
        rows += [
            (
                "kl_per_dimension",
                isVariational
                    ? score.divergencePerDimension.map(number).joined(separator: " ") : "none: the code is a point"
            ),
            ("active_units", "\(score.activeUnits) of \(score.divergencePerDimension.count)"),
            ("elbo", score.evidenceLowerBound.map(number) ?? "none: \(noBound)"),
        ]
        if let validation = metrics?.validation, let warmUp = metrics?.warmUpFactor {
            rows.append(
                (
                    "metrics.jsonl",
                    "val_loss \(number(validation.loss)) of \(counted(validation.images, "image")) after that epoch"
                        + (isVariational ? ", z sampled with that epoch's noise: another draw" : "")
                        + (warmUp < 1 ? ", \(NumberText.short(warmUp)) of the KL weight" : "")
                ))
        }
        return rows
    }

    private var unit: String { objective.likelihood.kind.isDensity ? "nats" : "squared error" }

    /// Why there is no evidence lower bound.
    private var noBound: String {
        if !isVariational { return "a plain autoencoder has no density of codes" }
        return objective.likelihood.kind.isDensity
            ? "it takes a sampled z, not --mean" : "the squared error is a density up to scale only"
    }
}
