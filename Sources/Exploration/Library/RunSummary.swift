import Formats
import Runs
import Settings
import Tensors

/// One run in a listing.
package struct RunSummary: Hashable, Sendable {
    /// For addresses: letters, digits and `-._` only, never a path.
    package let id: String
    /// The folder's name as it is, whatever characters it has.
    package let name: String
    package let state: RunState
    /// What is wrong with an unreadable run.
    package let problem: String?
    package let epochsDone: Int
    /// Those that it is to have; nil of an unreadable run, as all that follows.
    package let epochs: Int?
    package let latent: Int?
    package let isVariational: Bool?
    package let imageShape: Shape?
    /// After the last epoch.
    package let validationLoss: Double?
    /// Of the last epoch, while weights moved.
    package let loss: Double?
    /// Until a training's last epoch ends, if the others take as long as the last one; nil without an epoch to go by,
    /// and where nothing trains.
    package let secondsLeft: Double?

    package func write(to json: inout JSONWriter) {
        json.member("id", .string(id))
        json.member("name", .string(name))
        json.member("state", .string(state.rawValue))
        json.member("problem", problem.map(JSONValue.string) ?? .null)
        json.member("epochs_done", .integer(epochsDone))
        json.member("epochs", epochs.map(JSONValue.integer) ?? .null)
        json.member("latent", latent.map(JSONValue.integer) ?? .null)
        json.member("is_variational", isVariational.map(JSONValue.bool) ?? .null)
        if let imageShape { json.member("image_shape", shape: imageShape) } else { json.member("image_shape", .null) }
        json.member("val_loss", validationLoss.map(JSONValue.number) ?? .null)
        json.member("loss", loss.map(JSONValue.number) ?? .null)
        json.member("seconds_left", secondsLeft.map(JSONValue.number) ?? .null)
    }
}

extension RunSummary: Answer {}

/// All runs.
package struct RunsAnswer: Answer {
    package let runs: [RunSummary]

    package func write(to json: inout JSONWriter) {
        json.member("runs") { json in json.objects(runs) { $1.write(to: &$0) } }
    }
}
