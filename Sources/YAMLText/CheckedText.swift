import Formats

/// The characters of a YAML text that has been found to be one: UTF-8, without what no editor shows.
struct CheckedText {
    /// Named in errors.
    let source: String
    /// Without a byte order mark.
    let bytes: ArraySlice<UInt8>
    /// The same, character by character: libyaml counts these.
    let characters: [Unicode.Scalar]
    /// The place behind the last character.
    let end: TextPosition

    init(_ bytes: [UInt8], source: String) throws(FormatError) {
        guard bytes.count <= YAMLDocument.byteLimit else {
            throw FormatError(
                source: source, expected: "at most \(counted(YAMLDocument.byteLimit, "byte")) of YAML",
                found: "\(bytes.count)")
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw FormatError(
                source: source, position: TextPosition(line: 1, column: 1), expected: "text in UTF-8",
                found: "the byte order mark of UTF-16")
        }
        self.source = source
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[0...]
        (characters, end) = try Self.characters(self.bytes, source)
    }

    /// Decodes the text up to the first character that must not be there.
    private static func characters(_ bytes: ArraySlice<UInt8>, _ source: String) throws(FormatError) -> (
        [Unicode.Scalar], end: TextPosition
    ) {
        var characters: [Unicode.Scalar] = []
        characters.reserveCapacity(bytes.count)
        var (line, column) = (1, 1)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        decoding: while true {
            let character: Unicode.Scalar
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar) where mayStand(scalar): character = scalar
            case .emptyInput: break decoding
            case .scalarValue(let scalar):
                throw FormatError(
                    source: source, position: TextPosition(line: line, column: column),
                    expected: "no such character but as an escape in double quotes", found: described(scalar))
            case .error:
                throw FormatError(
                    source: source, position: TextPosition(line: line, column: column), expected: "text in UTF-8",
                    found: "other bytes")
            }
            if character == "\n" && characters.last == "\r" {
                // The second half of a line end.
            } else if character == "\n" || character == "\r" {
                (line, column) = (line + 1, 1)
            } else {
                column += 1
            }
            characters.append(character)
        }
        return (characters, TextPosition(line: line, column: column))
    }

    /// Whether a character may stand as it is.
    ///
    /// YAML takes three more, U+0085, U+2028 and U+2029, which libyaml counts as line ends and no editor does.
    private static func mayStand(_ character: Unicode.Scalar) -> Bool {
        switch character.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0x10FFFF:
            true
        default: false
        }
    }

    private static func described(_ character: Unicode.Scalar) -> String {
        let digits = String(character.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The character at a place as an error shows it: `'x'`, `a tab`, `the end of the line` or `the end of the text`.
    func described(at index: Int) -> String {
        switch index < characters.count ? characters[index] : nil {
        case nil: "the end of the text"
        case "\t": "a tab"
        case "\n", "\r": "the end of the line"
        case .some(let character): "'\(character)'"
        }
    }

    /// The word that begins at a place, up to the next space.
    func word(at index: Int) -> String {
        var word = String.UnicodeScalarView()
        word.append(contentsOf: characters[index...].prefix(40).prefix { !" \t\r\n,]}".unicodeScalars.contains($0) })
        return String(word)
    }
}
