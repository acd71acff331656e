internal import CYAML
import Formats

/// What libyaml finds next in a text.
struct YAMLEvent {
    enum Kind: Equatable {
        case streamStart, streamEnd
        /// `hasOtherRules` is true behind a directive that changes what the document means.
        case documentStart(hasOtherRules: Bool)
        case documentEnd
        case alias
        /// Any characters; those of a plain scalar may stand for a number.
        case scalar(String, isPlain: Bool)
        case listStart, listEnd
        case mappingStart, mappingEnd
    }

    let kind: Kind
    let position: TextPosition
    /// Of the first character, in the text's characters.
    let index: Int
}

/// libyaml's reader of events: a tag, an anchor or the 65th level ends the reading where it stands, before there is a tree.
final class YAMLEvents {
    private let text: CheckedText
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ text: CheckedText) {
        self.text = text
        input = .allocate(capacity: text.bytes.count)
        _ = input.initialize(fromContentsOf: text.bytes)
        parser.initialize(to: yaml_parser_t())
        // It fails for want of a few kilobytes of memory alone.
        precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; none may be asked for after `streamEnd` or an error.
    func next() throws(FormatError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(
            kind: try kind(of: event), position: TextPosition(event.start_mark), index: event.start_mark.index)
    }

    private func kind(of event: yaml_event_t) throws(FormatError) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT:
            let start = event.data.document_start
            let version = start.version_directive?.pointee
            return .documentStart(
                hasOtherRules: start.tag_directives.start != start.tag_directives.end
                    || version.map { $0.major != 1 || $0.minor != 2 } ?? false)
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SEQUENCE_START_EVENT: return .listStart
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT: return .mappingStart
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default:
            let scalar = event.data.scalar
            let string = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            // Before anybody compares it.
            guard string.isStreamSafe else {
                throw text.failure(
                    TextPosition(event.start_mark), expected: "at most 30 combining marks in a row", found: "more")
            }
            return .scalar(string, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
        }
    }

    private func failure() -> FormatError {
        let parser = self.parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "no memory is left"
        let fault = YAMLFault(
            problem, in: parser.context.map { String(cString: $0) }, from: TextPosition(parser.context_mark),
            at: text.described(at: parser.problem_mark.index))
        let mark = fault.isAtItsBeginning ? parser.context_mark : parser.problem_mark
        // libyaml ends each text with a line end of its own.
        let position = mark.index < text.characters.count ? TextPosition(mark) : text.end
        return text.failure(position, expected: fault.expected, found: fault.found)
    }
}

extension CheckedText {
    /// An error at a place.
    func failure(_ position: TextPosition, expected: String, found: String) -> FormatError {
        FormatError(source: source, position: position, expected: expected, found: found)
    }
}

extension TextPosition {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
