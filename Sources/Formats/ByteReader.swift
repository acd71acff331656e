/// A cursor over bytes that cannot leave them: the one place where parsers of binary formats read.
package struct ByteReader {
    /// The file, or the name of the bytes where there is no file.
    package let source: String
    /// The position of the next byte, from the start of the bytes.
    package private(set) var offset: Int
    /// The position after the last byte that may be read.
    package let end: Int
    private let bytes: [UInt8]

    /// A cursor at the start of `range`, or of all bytes.
    package init(_ bytes: [UInt8], source: String, range: Range<Int>? = nil) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        self.source = source
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The number of bytes that are left.
    package var remaining: Int { end - offset }

    /// The next byte, which stays where it is; nil at the end.
    package func peek() -> UInt8? { offset < end ? bytes[offset] : nil }

    /// The next bytes, which stay where they are; fewer at the end.
    package func next(_ count: Int) -> ArraySlice<UInt8> { bytes[offset..<min(offset + count, end)] }

    /// Steps over the next byte if it is `byte`, and says whether it was.
    package mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Takes the bytes that come next as long as they belong to a class.
    package mutating func take(while belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = offset
        while offset < end, belongs(bytes[offset]) { offset += 1 }
        return bytes[start..<offset]
    }

    /// Steps over the next `count` bytes and returns where they are.
    /// - Parameters:
    ///   - count: How many; any number, however large.
    ///   - name: What they are, for the error: "a 4-byte magic number".
    package mutating func range(_ count: Int, _ name: String) throws(FormatError) -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw failure(expected: "\(name) (\(counted(count, "byte")))", found: "\(counted(remaining, "byte"))")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    /// The next `count` bytes.
    package mutating func take(_ count: Int, _ name: String) throws(FormatError) -> ArraySlice<UInt8> {
        bytes[try range(count, name)]
    }

    /// Bytes that the cursor has passed.
    package func passed(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    /// The next byte.
    package mutating func uint8(_ name: String) throws(FormatError) -> UInt8 {
        bytes[try range(1, name).lowerBound]
    }

    /// A two-byte number, least significant byte first.
    package mutating func uint16LittleEndian(_ name: String) throws(FormatError) -> Int {
        try take(2, name).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A four-byte number, least significant byte first.
    package mutating func uint32LittleEndian(_ name: String) throws(FormatError) -> Int {
        try take(4, name).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A four-byte number, most significant byte first.
    package mutating func uint32BigEndian(_ name: String) throws(FormatError) -> Int {
        try take(4, name).reduce(0) { $0 << 8 | Int($1) }
    }

    /// An eight-byte number, least significant byte first.
    package mutating func uint64LittleEndian(_ name: String) throws(FormatError) -> UInt64 {
        try take(8, name).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Throws if bytes are left.
    package func expectEnd(after name: String) throws(FormatError) {
        guard remaining == 0 else {
            throw failure(expected: "the end after \(name)", found: "\(counted(remaining, "more byte"))")
        }
    }

    /// An error at `offset`, or where the cursor stands.
    package func failure(at offset: Int? = nil, expected: String, found: String? = nil) -> FormatError {
        FormatError(source: source, offset: offset ?? self.offset, expected: expected, found: found ?? nextDescribed)
    }

    /// The next byte as it is shown in an error: `'x'`, `byte 0x1f` or `the end`.
    private var nextDescribed: String {
        switch peek() {
        case nil: "the end"
        case .some(let byte) where byte > 0x20 && byte < 0x7F: "'\(Character(UnicodeScalar(byte)))'"
        case .some(let byte): "byte 0x\(hexadecimal([byte]))"
        }
    }
}

/// Two lowercase digits a byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// A count with its noun in the right number: `1 byte`, `2 bytes`, `3 classes`.
package func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : noun.hasSuffix("s") ? "es" : "s")"
}
