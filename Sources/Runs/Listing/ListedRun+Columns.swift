import Formats
import Settings
import Training

extension ListedRun {
    /// Everything that is known of it, in the order in which people ask: what it is, its settings, its images, the
    /// last epoch's metrics, and those of the best epoch behind `best_`.
    package func columns() -> [(name: String, value: JSONValue)] {
        var columns: [(name: String, value: JSONValue)] = [
            ("name", .string(name)), ("path", .string(path)), ("state", .string(state.rawValue)),
        ]
        if let problem { columns.append(("problem", .string(problem))) }
        guard let run else { return columns }
        columns += [
            // Not of metrics that could not be read.
            ("epoch", state == .unreadable ? .null : .integer(last?.epoch ?? 0)),
            ("best_epoch", best.map { .integer($0.epoch) } ?? .null),
            ("updated", updated.map { .string(Timestamp.utc($0)) } ?? .null), ("size", .integer(size)),
            ("tags", .array(tags.map(JSONValue.string))),
        ]
        columns += run.configuration.settingColumns + run.configuration.dataColumns
        columns += last?.columns(prefix: "") ?? []
        columns += best?.columns(prefix: "best_") ?? []
        return columns.filter { $0.value != .null }
    }

    /// The columns that a run has which trained, whatever else it is: for a name that was mistyped.
    package static let alwaysKnown = [
        "name", "path", "state", "problem", "epoch", "best_epoch", "updated", "size", "tags", "epochs", "loss",
        "val_loss",
        "best_loss", "best_val_loss", "collapse", "best_collapse", "limit", "validation_split",
    ]
}

extension RunConfiguration {
    /// The model and every setting, numbers and truth values as such.
    package var settingColumns: [(name: String, value: JSONValue)] {
        [("model", .string(training.architecture.name))]
            + training.settings.map { ($0.name, JSONValue(settingText: $0.value)) }
    }

    /// Which images, and which program.
    package var dataColumns: [(name: String, value: JSONValue)] {
        [
            ("data", .string(data.sourceName)), ("limit", data.limit.map(JSONValue.integer) ?? .null),
            ("validation_split", data.validationFraction.map(JSONValue.number) ?? .null),
            ("training_set", .string(data.trainingSet.rawValue)),
            ("training_images", .integer(trainingImages.images)),
            ("validation_images", .integer(validationImages.images)),
            ("training_sha256", .string(trainingImages.sha256)),
            ("validation_sha256", .string(validationImages.sha256)),
            ("program_version", .string(programVersion)),
        ]
    }
}

extension EpochMetrics {
    /// All but the epoch's number, by the names of `metrics.jsonl`.
    package func columns(prefix: String) -> [(name: String, value: JSONValue)] {
        var columns: [(name: String, value: JSONValue)] = []
        for (part, terms) in [("", training), ("val_", validation)] {
            columns += (terms?.named ?? []).map { (prefix + part + $0.name, .number($0.value)) }
        }
        columns += [
            (prefix + "step", .integer(step)), (prefix + "warm_up_factor", .number(warmUpFactor)),
            (prefix + "images_per_second", .number(imagesPerSecond)), (prefix + "seconds", .number(seconds)),
        ]
        if let collapse { columns.append((prefix + "collapse", .string(collapse.rawValue))) }
        return columns
    }
}

extension JSONValue {
    /// A setting that was put into words, as the number or truth value that it was.
    init(settingText text: String) {
        switch text {
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        default:
            if let whole = Int(text) {
                self = .integer(whole)
            } else if let number = Double(text), number.isFinite, !text.utf8.allSatisfy({ (48...57).contains($0) }) {
                self = .number(number)
            } else {
                // A seed beyond 63 bits is no Double either.
                self = .string(text)
            }
        }
    }
}
