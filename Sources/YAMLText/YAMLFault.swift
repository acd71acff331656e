import Formats

/// What libyaml complains of, in words for who wrote the text.
struct YAMLFault {
    let expected: String
    let found: String
    /// Whether the place to look at is where the part with the fault begins, rather than where reading stopped.
    let isAtItsBeginning: Bool

    /// Translates libyaml's words.
    /// - Parameters:
    ///   - problem: What is wrong, as libyaml says it.
    ///   - context: Its words for the part in which that happened.
    ///   - start: Where that part begins.
    ///   - next: The character at which reading stopped, described.
    init(_ problem: String, in context: String?, from start: TextPosition, at next: String) {
        isAtItsBeginning = Self.ofTheBeginning.contains(problem)
        (expected, found) =
            switch problem {
            case "found character that cannot start any token" where next != "a tab":
                ("a value (a string that begins so stands in quotes)", next)
            case "found character that cannot start any token", "found a tab character that violates indentation",
                "found a tab character where an indentation space is expected":
                ("an indentation of spaces", "a tab")
            case "did not find expected key":
                ("a key in the column of the mapping that begins at \(start), or the mapping's end", next)
            case "did not find expected '-' indicator":
                ("'-' in the column of the list that begins at \(start), or the list's end", next)
            case "mapping values are not allowed in this context":
                ("no second value (a string with ': ' in it stands in quotes; keys of one mapping in one column)", next)
            case "block sequence entries are not allowed in this context":
                ("a list's '-' on a line of its own", next)
            case "could not find expected ':'":
                ("':' after this key", "none in its line")
            case "found unexpected end of stream":
                ("the closing quote of this string", "the end of the text")
            case "found unexpected document indicator":
                ("the closing quote of this string", "a line with --- or ... before it")
            case "did not find expected ',' or ']'":
                ("',' or ']' in the list that begins at \(start)", next)
            case "did not find expected ',' or '}'":
                ("',' or '}' in the mapping that begins at \(start)", next)
            case "did not find expected node content":
                ("a value", next)
            case "did not find expected <document start>":
                ("the end of the document", next)
            case "found unknown escape character":
                ("an escape that YAML has, such as \\n or \\\\ (single quotes have none)", "another")
            // libyaml looks ahead in brackets, and has a limit of its own.
            case "Maximum nesting level reached, set with yaml_set_max_nest_level())":
                (Self.depthLimit, Self.tooDeep)
            default:
                ("YAML (\(problem)\(context.map { ", \($0) that begins at \(start)" } ?? ""))", next)
            }
    }

    /// Problems that show far behind the part that they are of.
    private static let ofTheBeginning: Set = [
        "could not find expected ':'", "found unexpected end of stream", "found unexpected document indicator",
    ]

    /// What is expected of the nesting of values.
    static let depthLimit = "YAML nested at most \(YAMLDocument.depthLimit) deep"
    /// What is found where it goes on.
    static let tooDeep = "a deeper value"
}
