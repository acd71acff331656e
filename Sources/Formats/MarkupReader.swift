/// Reads XML as far as our SVG and HTML writers use it: to find out whether a file is whole, and what it draws.
///
/// Elements closed in their turn, quoted attributes, the entities of `Markup`; a style sheet is plain text up to its
/// closing tag. Not a parser for documents of others.
package struct MarkupReader {
    /// A start tag as it stands in the file, and the text up to the next tag.
    package struct Element: Hashable, Sendable {
        package let name: String
        /// Values as they are written, escapes included.
        package let attributes: [String: String]
        package let text: String
        /// How many elements it lies in.
        package let depth: Int
    }

    private var reader: ByteReader
    private var open: [ArraySlice<UInt8>] = []
    private var elements: [Element] = []

    /// Every element in the order in which they begin; the first is the root.
    /// - Throws: `FormatError` for a document that is not whole.
    package static func elements(of bytes: [UInt8], source: String) throws(FormatError) -> [Element] {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw FormatError(source: source, expected: "UTF-8", found: "other bytes")
        }
        var document = MarkupReader(reader: ByteReader(bytes, source: source))
        try document.read()
        return document.elements
    }

    private init(reader: ByteReader) {
        self.reader = reader
    }

    private mutating func read() throws(FormatError) {
        if take("<!DOCTYPE html>") { _ = take("\n") }
        repeat {
            let place = reader.offset
            guard reader.skip(UInt8(ascii: "<")) else { throw reader.failure(expected: "a tag") }
            if reader.skip(UInt8(ascii: "/")) {
                let name = reader.take(while: Self.isName)
                guard let last = open.popLast(), last.elementsEqual(name), reader.skip(UInt8(ascii: ">")) else {
                    throw reader.failure(
                        at: place, expected: open.isEmpty ? "the end" : "the end of an open element",
                        found: "</\(String(decoding: name, as: UTF8.self))")
                }
                _ = try text()
            } else {
                try element(at: place)
            }
        } while !open.isEmpty
        try reader.expectEnd(after: "the document")
    }

    private mutating func element(at place: Int) throws(FormatError) {
        guard open.count < Self.depthLimit else {
            throw reader.failure(at: place, expected: "at most \(Self.depthLimit) open elements", found: "more")
        }
        let name = reader.take(while: Self.isName)
        guard !name.isEmpty else { throw reader.failure(expected: "an element's name") }
        var attributes: [String: String] = [:]
        while reader.skip(0x20) {
            let key = String(decoding: reader.take(while: Self.isName), as: UTF8.self)
            guard !key.isEmpty, reader.skip(UInt8(ascii: "=")), reader.skip(UInt8(ascii: "\"")) else {
                throw reader.failure(expected: "a quoted attribute")
            }
            let value = try escaped()
            guard reader.skip(UInt8(ascii: "\"")) else { throw reader.failure(expected: "a closing quote") }
            guard attributes.updateValue(value, forKey: key) == nil else {
                throw reader.failure(at: place, expected: "each attribute once", found: "\(key) again")
            }
        }
        let depth = open.count
        if !reader.skip(UInt8(ascii: "/")) { open.append(name) }
        guard reader.skip(UInt8(ascii: ">")) else { throw reader.failure(expected: "the end of a tag") }
        let isStyle = open.count > depth && name.elementsEqual("style".utf8)
        let text = isStyle ? String(decoding: reader.take { $0 != UInt8(ascii: "<") }, as: UTF8.self) : try text()
        elements.append(
            Element(
                name: String(decoding: name, as: UTF8.self), attributes: attributes, text: text, depth: depth))
    }

    /// What stands up to the next tag; outside of the root only line breaks may.
    private mutating func text() throws(FormatError) -> String {
        let place = reader.offset
        let text = try escaped()
        if open.isEmpty, !text.allSatisfy(\.isNewline) {
            throw reader.failure(at: place, expected: "the end after the document", found: "text")
        }
        if reader.peek() == UInt8(ascii: "\"") {
            // Writers escape quotes everywhere.
            throw reader.failure(expected: "escaped quotes")
        }
        return text
    }

    /// Characters up to a tag or a quote, entities among them.
    private mutating func escaped() throws(FormatError) -> String {
        let start = reader.offset
        while true {
            _ = reader.take(while: Self.isPlain)
            guard reader.peek() == UInt8(ascii: "&") else { break }
            guard Self.entities.contains(where: { take($0) }) else { throw reader.failure(expected: "an entity") }
        }
        guard reader.peek() == UInt8(ascii: "<") || reader.peek() == UInt8(ascii: "\"") || reader.remaining == 0 else {
            throw reader.failure(expected: "text without control characters and bare brackets")
        }
        return String(decoding: reader.passed(start..<reader.offset), as: UTF8.self)
    }

    private mutating func take(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard reader.remaining >= word.count else { return false }
            guard reader.next(word.count).elementsEqual(word) else { return false }
            for byte in word { _ = reader.skip(byte) }
            return true
        }
    }

    private static let entities: [StaticString] = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]
    private static let depthLimit = 64

    private static func isName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
            && byte != UInt8(ascii: "&")
            && byte != UInt8(ascii: "\"") || byte == 0x0A || byte == 0x09 || byte == 0x0D
    }
}
