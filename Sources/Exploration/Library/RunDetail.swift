import Datasets
import Formats
import Graphs
import Models
import Runs
import Settings
import Training
import VAE

/// All that a page shows of one run.
package struct RunDetail: Answer {
    package let summary: RunSummary
    /// The loss in words.
    package let objective: String
    package let settings: [(name: String, value: String)]
    package let model: ModelSummary
    package let parameters: Int
    package let metrics: [EpochMetrics]
    package let checkpoints: [Kept]
    /// Nil for a set that is not at hand.
    package let test, train: SetSummary?
    /// What the labels stand for; nil where nobody knows.
    package let classNames: [String]?
    /// Whether a page draws the images as ink on paper; nil without a test set.
    package let isInkOnPaper: Bool?
    /// Of the test images, in nats; nil where there is no checkpoint yet, or no test set, or they are being computed.
    package let klPerDimension: [Double]?
    package let activeUnits: Int?

    /// A checkpoint and the epochs that it has seen.
    package struct Kept: Hashable, Sendable {
        package let point: RunFolder.Point
        package let epoch: Int
    }

    /// A set of images in short.
    package struct SetSummary: Hashable, Sendable {
        package let images: Int
        package let hasLabels: Bool

        init(_ outline: ImageOutline) {
            images = outline.count
            hasLabels = outline.hasLabels
        }
    }

    package func write(to json: inout JSONWriter) {
        summary.write(to: &json)
        json.member("objective", .string(objective))
        json.member("settings") { json in
            json.objects(settings) { json, setting in
                json.member("name", .string(setting.name))
                json.member("value", .string(setting.value))
            }
        }
        json.member("parameters", .integer(parameters))
        for part in model.parts {
            json.member(part.name) { json in
                json.objects(part.layers) { json, layer in
                    json.member("name", .string(layer.name))
                    json.member("type", .string(layer.type))
                    json.member("output_shape", shape: layer.outputShape)
                    json.member("parameters", .integer(layer.parameters))
                }
            }
        }
        json.member("metrics") { json in json.objects(metrics) { $1.write(to: &$0) } }
        json.member("checkpoints") { json in
            json.objects(checkpoints) { json, kept in
                json.member("id", .string(kept.point.rawValue))
                json.member("epoch", .integer(kept.epoch))
            }
        }
        json.member("datasets") { json in
            json.object { json in
                for (name, set) in [("test", test), ("train", train)] {
                    json.member(
                        name,
                        set.map { ["images": .integer($0.images), "labels": .bool($0.hasLabels)] } ?? .null)
                }
            }
        }
        if let shape = summary.imageShape {
            let layout = SheetLayout(shape)
            json.member("sheet", ["columns": .integer(layout.columns), "rows": .integer(layout.rows)])
        }
        json.member("class_names", classNames.map { .array($0.map(JSONValue.string)) } ?? .null)
        json.member("ink_on_paper", isInkOnPaper.map(JSONValue.bool) ?? .null)
        json.member("kl_per_dimension", klPerDimension.map { .array($0.map(JSONValue.number)) } ?? .null)
        json.member("active_units", activeUnits.map(JSONValue.integer) ?? .null)
    }
}

extension EpochMetrics {
    /// The members that a page shows, `val_…` null without a validation.
    package func write(to json: inout JSONWriter) {
        json.member("epoch", .integer(epoch))
        for (prefix, terms) in [("", training), ("val_", validation)] {
            func member(_ name: String, _ value: Double?) {
                json.member(prefix + name, value.map(JSONValue.number) ?? .null)
            }
            member("loss", terms?.loss)
            member("reconstruction_loss", terms?.reconstruction)
            member("kl_loss", terms?.kl)
        }
        json.member("seconds", .number(seconds))
    }
}
