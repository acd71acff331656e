import Formats
import Settings
import Tensors

extension ImageSurvey {
    /// All of it, as members of an object.
    package var json: [JSONValue.Member] {
        [
            .init("source", .string(source)), .init("form", .string(form.rawValue)),
            .init("proposed_size", proposedSize.map(JSONValue.integer) ?? .null),
            .init("failure", failure.map { .string("\($0)") } ?? .null),
            .init("sets", .array(parts.map(\.json))), .init("oddities", .array(oddities.map(\.json))),
        ]
    }
}

extension ImageSurvey.Part {
    fileprivate var json: JSONValue {
        [
            "set": .string(split.rawValue), "images": .integer(images),
            "shape": shape.map { .array($0.dimensions.map(JSONValue.integer)) } ?? .null,
            "bytes": .integer(images * (shape?.count ?? 0)),
            "channels": .array(
                channels.map { channel -> JSONValue in
                    [
                        "least": .integer(Int(channel.least)), "most": .integer(Int(channel.most)),
                        "mean": .number(channel.mean), "standard_deviation": .number(channel.deviation),
                    ]
                }),
            "classes": classes.map {
                .array($0.map { ["name": .string($0.name), "images": .integer($0.images)] })
            } ?? .null,
            "files": files?.json ?? .null,
            "bad": .array(bad.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
        ]
    }
}

extension ImageSurvey.Files {
    fileprivate var json: JSONValue {
        func counts(_ kinds: [(kind: String, files: Int)]) -> JSONValue {
            .object(kinds.map { .init($0.kind, .integer($0.files)) })
        }
        return [
            "count": .integer(count), "bytes": .integer(bytes), "kinds": counts(kinds),
            "sizes": .array(
                sizes.map {
                    ["height": .integer($0.height), "width": .integer($0.width), "files": .integer($0.files)]
                }),
            "passed_over": counts(passedOver),
        ]
    }
}

extension Oddity {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "set": .string(split.rawValue), "count": .integer(count),
            "first": .array(first.map(JSONValue.string)), "words": .string(sentence),
        ]
    }
}
