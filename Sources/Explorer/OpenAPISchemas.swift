import Exploration
import Formats
import Runs
import Settings

/// The shapes of what the API takes and gives.
enum OpenAPISchemas {
    static func object(_ members: [(String, JSONValue)], required: [JSONValue] = []) -> JSONValue {
        var schema: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(members.map { JSONValue.Member($0.0, $0.1) })),
        ]
        if !required.isEmpty { schema.append(.init("required", .array(required))) }
        return .object(schema)
    }

    // MARK: Questions

    static let z = question([("z", .list(of: .code))], required: ["z"])
    static let images = question([("images", .list(of: .image))], required: ["images"])
    static let reconstruct = question(
        [("images", .list(of: .image)), ("seed", .optional("integer"))], required: ["images"])
    static let sample = question([
        ("count", .integer(1...ExploredModel.mostSamples, 16)), ("seed", .optional("integer")),
    ])
    static let interpolate = question(
        [
            ("from", .code), ("to", .code), ("steps", .integer(2...ExploredModel.mostSteps, 9)),
            ("path", .choice("linear", "spherical")),
        ], required: ["from", "to"])
    static let neighbors = question(
        [("z", .code), ("count", .integer(1...ExploredModel.mostNeighbors, 8)), ("split", .sets)],
        required: ["z"])
    static let activations = question([("image", .image), ("epsilon", .optional("array")), ("z", .code)])
    static let grid = question([
        ("side", .integer(2...ExploredModel.mostSide, 30)), ("range", .code), ("x", .whole), ("y", .whole),
    ])

    /// An object whose other members would be refused.
    private static func question(_ members: [(String, JSONValue)], required: [JSONValue] = []) -> JSONValue {
        let schema = object(members, required: required)
        return .object((schema.object ?? []) + [.init("additionalProperties", false)])
    }

    // MARK: Answers

    static let gaussians = object([("mean", .rows), ("log_variance", .optional("array"))])
    static let pictures = object([("images", .rows), ("shape", .list(of: .whole)), ("z", .rows)])
    static let given = object([("images", .rows), ("shape", .list(of: .whole))])
    static let way = object(
        [
            ("images", .rows), ("shape", .list(of: .whole)), ("z", .rows), ("path", .choice("linear", "spherical")),
        ])
    static let score = object([
        ("loss", .row), ("reconstruction_loss", .row), ("kl_loss", .row), ("kl_per_dimension", .rows),
        ("percentile", .row),
    ])
    static let foundNeighbors = object([
        (
            "neighbors",
            .list(
                of: object([("index", .whole), ("label", .optional("integer")), ("name", .text), ("distance", .number)])
            )
        )
    ])
    static let foundActivations = object([
        (
            "layers",
            .list(
                of: object([
                    ("name", .text), ("part", .choice("encoder", "decoder")), ("type", .text),
                    ("shape", .list(of: .whole)), ("values", .row),
                ]))
        ), ("mean", .optional("array")), ("log_variance", .optional("array")), ("epsilon", .optional("array")),
        ("z", .row), ("image", .row), ("reconstruction_loss", .optional("number")), ("kl_loss", .optional("number")),
    ])
    static let codes = object([
        ("count", .whole), ("total", .whole), ("latent", .whole), ("mean", .row), ("log_variance", .optional("array")),
        ("labels", .optional("array")), ("reconstruction_loss", .row), ("kl_loss", .row),
    ])
    static let runDetail: JSONValue = [
        "allOf": [
            .run,
            object([
                ("objective", .text), ("settings", .list(of: object([("name", .text), ("value", .text)]))),
                ("parameters", .whole), ("encoder", .list(of: layer)), ("decoder", .list(of: layer)),
                ("metrics", .list(of: ["type": "object"])),
                ("checkpoints", .list(of: object([("id", .text), ("epoch", .whole)]))),
                ("datasets", ["type": "object"]), ("class_names", .optional("array")),
                ("sheet", object([("columns", .whole), ("rows", .whole)])),
                ("ink_on_paper", .optional("boolean")),
                ("kl_per_dimension", .optional("array")), ("active_units", .optional("integer")),
            ]),
        ]
    ]
    private static let layer = object([
        ("name", .text), ("type", .text), ("output_shape", .list(of: .whole)), ("parameters", .whole),
    ])

    // MARK: What is referred to

    private static let setWords =
        "The images that the run learned from (training, or train for short), those that it was validated on, or the "
        + "whole test set; without one, test is validation."

    static let components: JSONValue = [
        "parameters": [
            "run": parameter("run", "query", .text, "A run's id; the first run if left out."),
            "checkpoint": parameter("checkpoint", "query", .text, "last, best, previous or epoch-0001 and so on."),
            "after": parameter("after", "query", .text, "The id of the last event seen, where no header can say it."),
            "split": parameter("split", "query", .sets, setWords),
            "most": parameter(
                "most", "query", .whole,
                "Of so many images only: image floor(k * total / count) for k from 0; all if left out."),
            "sheet": parameter("sheet", "query", .whole, "Which part of the set, from 0; the first if left out."),
            "at": parameter(
                "at", "query", .text,
                "Chosen images in place of a part: up to \(APIRoutes.mostChosen) positions with commas between."),
            "id": parameter("id", "path", .text, "A run's id."),
            "path-split": parameter("split", "path", .sets, setWords),
            "index": parameter("index", "path", .whole, "The image's position in its set."),
        ],
        "responses": [
            "error": [
                "description": "What was expected and found.",
                "content": [
                    "application/json": [
                        "schema": object([("error", object([("status", .whole), ("message", .text)]))])
                    ]
                ],
            ]
        ],
        "schemas": [
            "Run": object([
                ("id", .text), ("name", .text),
                ("state", .choice("finished", "training", "interrupted", "unreadable")),
                ("problem", .optional("string")), ("epochs_done", .whole), ("epochs", .optional("integer")),
                ("latent", .optional("integer")), ("is_variational", .optional("boolean")),
                ("image_shape", .optional("array")), ("val_loss", .optional("number")),
                ("loss", .optional("number")), ("seconds_left", .optional("number")),
            ])
        ],
    ]

    private static func parameter(
        _ name: String, _ place: String, _ schema: JSONValue, _ words: String
    ) -> JSONValue {
        [
            "name": .string(name), "in": .string(place), "required": .bool(place == "path"),
            "description": .string(words), "schema": schema,
        ]
    }
}

extension JSONValue {
    fileprivate static let number: JSONValue = ["type": "number"]
    fileprivate static let whole: JSONValue = ["type": "integer"]
    fileprivate static let text: JSONValue = ["type": "string"]
    fileprivate static let row = list(of: number)
    fileprivate static let rows = list(of: row)
    static let run: JSONValue = ["$ref": "#/components/schemas/Run"]
    static func list(of element: JSONValue) -> JSONValue { ["type": "array", "items": element] }
    fileprivate static func optional(_ type: String) -> JSONValue { ["type": [.string(type), "null"]] }
    fileprivate static func choice(_ words: String...) -> JSONValue { ["enum": .array(words.map(JSONValue.string))] }
    fileprivate static let sets: JSONValue = ["enum": .array(ImagePart.words.map(JSONValue.string))]
    fileprivate static func integer(_ range: ClosedRange<Int>, _ standard: Int) -> JSONValue {
        [
            "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
            "default": .integer(standard),
        ]
    }
    fileprivate static let image = list(of: numbers(Rows.pixelRange))
    fileprivate static let code = list(of: numbers(Rows.codeRange))
    private static func numbers(_ range: ClosedRange<Float>) -> JSONValue {
        // By way of its shortest words: 1.25, not the double next to the float.
        func bound(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
        return ["type": "number", "minimum": bound(range.lowerBound), "maximum": bound(range.upperBound)]
    }
}
