/// The header of an NPY file: a Python dictionary with `descr`, `fortran_order` and `shape`, and nothing else.
struct NPYHeader {
    let type: ElementType
    let isBigEndian: Bool
    let isFortranOrder: Bool
    let shape: [Int]

    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
    init(parsing bytes: [UInt8], range: Range<Int>, source: String) throws(FormatError) {
        var parser = Parser(reader: ByteReader(bytes, source: source, range: range))
        var description: Element?
        var order: Bool?
        var shape: [Int]?
        try parser.expect("{")
        while !parser.skip("}") {
            let start = parser.nextOffset()
            let key = try parser.string()
            try parser.expect(":")
            switch key {
            case "descr" where description == nil: description = try parser.element()
            case "fortran_order" where order == nil: order = try parser.truth()
            case "shape" where shape == nil: shape = try parser.sizes()
            default:
                throw parser.reader.failure(
                    at: start, expected: "'descr', 'fortran_order' and 'shape', each once", found: "'\(key)'")
            }
            if !parser.skip(",") {
                try parser.expect("}")
                break
            }
        }
        _ = parser.skip("\n")
        try parser.reader.expectEnd(after: "the NPY header")
        guard let description, let order, let shape else {
            throw parser.reader.failure(
                at: range.lowerBound, expected: "'descr', 'fortran_order' and 'shape', each once",
                found: "fewer of them")
        }
        (type, isBigEndian) = description
        isFortranOrder = order
        self.shape = shape
    }

    typealias Element = (type: ElementType, isBigEndian: Bool)

    /// Reads the few Python literals that such a header has; spaces may stand before each.
    private struct Parser {
        var reader: ByteReader

        /// Where the next literal begins.
        mutating func nextOffset() -> Int {
            while reader.skip(0x20) {}
            return reader.offset
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            _ = nextOffset()
            return reader.skip(UInt8(ascii: character))
        }

        mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
            guard skip(character) else { throw reader.failure(expected: "'\(character)'") }
        }

        /// A string without escapes, in either quotes.
        mutating func string() throws(FormatError) -> String {
            let quote: Unicode.Scalar = skip("\"") ? "\"" : "'"
            if quote == "'" { try expect("'") }
            let text = reader.take {
                (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: quote) && $0 != UInt8(ascii: "\\")
            }
            guard reader.skip(UInt8(ascii: quote)) else { throw reader.failure(expected: "'\(quote)'") }
            return String(decoding: text, as: UTF8.self)
        }

        mutating func element() throws(FormatError) -> Element {
            let start = nextOffset()
            if skip("[") {
                throw reader.failure(at: start, expected: NPYHeader.expectedTypes, found: "a structure of fields")
            }
            let text = try string()
            if text.dropFirst().first == "O" {
                throw reader.failure(
                    at: start, expected: NPYHeader.expectedTypes,
                    found: "'\(text)', Python objects, which can run code (save them as numbers)")
            }
            let isBigEndian = text.first == ">"
            guard let type = NPYHeader.types[String(text.dropFirst())], "<>|=".contains(text.prefix(1)) else {
                throw reader.failure(at: start, expected: NPYHeader.expectedTypes, found: "'\(text)'")
            }
            return (type, isBigEndian)
        }

        mutating func truth() throws(FormatError) -> Bool {
            let start = nextOffset()
            let isTrue = reader.peek() == UInt8(ascii: "T")
            for byte in (isTrue ? "True" : "False").utf8 where !reader.skip(byte) {
                throw reader.failure(at: start, expected: "True or False", found: "something else")
            }
            return isTrue
        }

        /// A tuple of sizes: `()`, `(3,)`, `(3, 4)`.
        mutating func sizes() throws(FormatError) -> [Int] {
            var sizes: [Int] = []
            try expect("(")
            while !skip(")") {
                guard sizes.count < NPYHeader.rankLimit else {
                    throw reader.failure(expected: "at most \(NPYHeader.rankLimit) axes", found: "more")
                }
                sizes.append(try size())
                if !skip(",") {
                    // One size without a comma is a number in brackets, not a tuple.
                    guard sizes.count > 1 else { throw reader.failure(expected: "','") }
                    try expect(")")
                    break
                }
            }
            return sizes
        }

        private mutating func size() throws(FormatError) -> Int {
            let start = nextOffset()
            let text = reader.take { (0x30...0x39).contains($0) }
            guard !text.isEmpty else { throw reader.failure(expected: "a size") }
            guard let size = Int(String(decoding: text, as: UTF8.self)) else {
                throw reader.failure(at: start, expected: "a size that fits 63 bits", found: "a larger one")
            }
            return size
        }
    }

    /// The most axes that NumPy gives an array.
    private static let rankLimit = 64

    private static let types: [String: ElementType] = [
        "f4": .float32, "f8": .float64, "i8": .int64, "i4": .int32, "u4": .uint32, "i2": .int16, "u2": .uint16,
        "i1": .int8, "u1": .uint8, "b1": .uint8,
    ]

    private static let expectedTypes = "element type f4, f8, i8, i4, u4, i2, u2, i1, u1 or b1"
}
