import Graphs
import Ops
import Settings

/// What people are told of an op that a recipe may name.
package struct OpDescription: Hashable, Sendable {
    /// One of its settings.
    package struct Setting: Hashable, Sendable {
        /// As a recipe names it.
        package let name: String
        /// What it is where nobody says; nil where a recipe must say it.
        package let usual: JSONValue?
        /// What it may be, in words.
        package let range: String
    }

    /// As a recipe names it.
    package let name: String
    /// One sentence.
    package let summary: String
    /// The first may stand alone in place of all of them.
    package let settings: [Setting]
    /// True for a function of each value, which other ops may name as their activation.
    package let isActivation: Bool

    /// Every op, in the order of `Ops.all`.
    package static let all = Ops.all.map { OpDescription($0) }

    private init(_ op: AnyOp) {
        (name, summary) = (op.name, op.summary)
        isActivation = ActivationFunction(rawValue: op.name) != nil
        let own = op.settings.map { entry in
            // A default that nobody may write stands for a setting that must be given.
            let isNeeded = (try? op.reading([JSONValue.Member(entry.name, entry.value)])) == nil
            return Setting(name: entry.name, usual: isNeeded ? .none : .some(entry.value), range: entry.range)
        }
        let activation = Setting(name: "activation", usual: "linear", range: "linear, or a function of each value")
        settings = own + (op.takesActivation ? [activation] : [])
    }
}

/// What a recipe's lists of layers may hold beside ops: structure, and words for what the surroundings say.
package struct RecipeWord: Hashable, Sendable {
    /// As a recipe writes it.
    package let name: String
    /// How it is used, as YAML.
    package let example: String
    /// One sentence.
    package let summary: String

    private init(_ name: String, _ example: String, _ summary: String) {
        (self.name, self.example, self.summary) = (name, example, summary)
    }

    /// Entries of a list of layers that are no op.
    package static let structures = [
        RecipeWord(
            "residual", "residual: [group_norm, silu, conv2d: {channels: 64, padding: same}]",
            "The list's output is added to its input; {body: […], shortcut: […]} puts layers beside the body, too."),
        RecipeWord("times", "times: [3, [dense: 64, relu]]", "The list so many times, each with weights of its own."),
        RecipeWord("add", "add: [[dense: 8], [dense: 8, tanh]]", "Lists of one input; their outputs are added."),
        RecipeWord(
            "multiply", "multiply: [[dense: 8], [dense: 8, sigmoid]]",
            "Two lists of one input; their outputs are multiplied value by value, as gates do."),
        RecipeWord(
            "concatenate", "concatenate: [[dense: 8], [dense: 4]]",
            "Lists of one input; their channels stand side by side."),
        RecipeWord(
            "unflatten", "unflatten: {activation: relu}",
            "In the decoder: a dense layer to the shape that the encoder flattened."),
    ]

    /// Values that stand for others.
    package static let values = [
        RecipeWord("any", "image: [any, any, 3]", "Height, width or channels that the data decides."),
        RecipeWord("image", "conv2d: {channels: image, padding: same}", "The image's channels."),
        RecipeWord("image", "crop: image", "The image's height and width."),
    ]
}
