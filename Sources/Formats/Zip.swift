import CZlib

/// ZIP archives, as far as NPZ needs them: stored and deflated members, no encryption, no spanning, no ZIP64 sizes.
/// - SeeAlso: PKWARE's APPNOTE.TXT 6.3.
package enum Zip {
    /// A member as the central directory lists it.
    struct Member {
        let name: String
        let isDeflated: Bool
        let checksum: UInt32
        /// Where its stored bytes lie in the archive.
        let range: Range<Int>
        /// The size of its contents in bytes.
        let size: Int
    }

    /// Lists an archive's members; refuses names that are double, absolute or lead upwards, and members that
    /// share bytes.
    static func members(_ bytes: [UInt8], source: String) throws(FormatError) -> [Member] {
        let (start, end, count) = try directory(bytes, source: source)
        var reader = ByteReader(bytes, source: source, range: start..<end)
        var members: [Member] = []
        var names: Set<String> = []
        for _ in 0..<count {
            let offset = reader.offset
            let member = try self.member(&reader, bytes, directoryStart: start)
            guard names.insert(member.name).inserted else {
                throw reader.failure(at: offset, expected: "each member once", found: "\"\(member.name)\" again")
            }
            members.append(member)
        }
        try reader.expectEnd(after: "the ZIP directory")

        let ordered = members.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (before, after) in zip(ordered, ordered.dropFirst()) where before.range.upperBound > after.range.lowerBound
        {
            throw reader.failure(
                at: after.range.lowerBound, expected: "members with bytes of their own",
                found: "\"\(after.name)\" inside \"\(before.name)\"")
        }
        return members
    }

    /// A member's contents, whose size and CRC-32 must be as listed.
    static func contents(_ member: Member, of bytes: [UInt8], source: String) throws(FormatError) -> [UInt8] {
        let contents =
            member.isDeflated
            ? try Inflate.inflate(bytes, range: member.range, container: .raw, source: source, limit: member.size)
            : Array(bytes[member.range])
        guard contents.count == member.size else {
            throw FormatError(
                source: source, offset: member.range.lowerBound,
                expected: "\(counted(member.size, "byte")) in \"\(member.name)\"", found: "\(contents.count)")
        }
        guard checksum(contents) == member.checksum else {
            throw FormatError(
                source: source, offset: member.range.lowerBound,
                expected: "\"\(member.name)\" with CRC-32 \(String(member.checksum, radix: 16))",
                found: String(checksum(contents), radix: 16))
        }
        return contents
    }

    /// An archive of stored members, dated 1 January 1980, so that the same contents give the same bytes.
    package static func archive(_ files: [(name: String, contents: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(files.reduce(22) { $0 + $1.contents.count + 2 * $1.name.utf8.count + 76 })
        var directory: [UInt8] = []
        for (name, contents) in files {
            precondition(bytes.count + contents.count < sizeLimit, "a ZIP archive over 4 GiB needs ZIP64")
            let entry = Entry(name: name, checksum: checksum(contents), size: contents.count, offset: bytes.count)
            directory.append(contentsOf: entry.inDirectory)
            bytes.append(contentsOf: entry.header)
            bytes.append(contentsOf: contents)
        }
        return bytes + directory + end(count: files.count, directory: directory.count, at: bytes.count)
    }

    /// A stored member that is written.
    struct Entry {
        let name: String
        let checksum: UInt32
        /// Of its contents, in bytes.
        let size: Int
        /// Where its own header begins.
        let offset: Int

        /// What stands before its contents.
        var header: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: memberSignature)
            return bytes + common + Array(name.utf8)
        }

        /// Its line in the directory.
        var inDirectory: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: directorySignature)
            bytes.append(littleEndian: UInt16(20))
            bytes.append(contentsOf: common)
            // No comment, disk 0, no attributes.
            bytes.append(contentsOf: repeatElement(0, count: 10))
            bytes.append(littleEndian: UInt32(offset))
            return bytes + Array(name.utf8)
        }

        /// From "version needed" to "extra length", the same in both: flag 11 says that names are UTF-8.
        private var common: [UInt8] {
            var bytes: [UInt8] = []
            for field: UInt16 in [20, 1 << 11, 0, 0, 0x21] { bytes.append(littleEndian: field) }
            bytes.append(littleEndian: checksum)
            bytes.append(littleEndian: UInt32(size))
            bytes.append(littleEndian: UInt32(size))
            bytes.append(littleEndian: UInt16(name.utf8.count))
            bytes.append(littleEndian: UInt16(0))
            return bytes
        }
    }

    /// Bytes of a member's own header.
    static func headerSize(_ name: String) -> Int { 30 + name.utf8.count }

    /// An archive without ZIP64 ends below it, in bytes.
    static let sizeLimit = 1 << 32 - 1

    /// The record behind the directory.
    static func end(count: Int, directory: Int, at start: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: endSignature)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt16(count))
        bytes.append(littleEndian: UInt16(count))
        bytes.append(littleEndian: UInt32(directory))
        bytes.append(littleEndian: UInt32(start))
        bytes.append(littleEndian: UInt16(0))
        return bytes
    }

    private static let memberSignature: UInt32 = 0x0403_4B50
    private static let directorySignature: UInt32 = 0x0201_4B50
    private static let endSignature: UInt32 = 0x0605_4B50

    private static func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32.checksum(of: bytes) }
}

// MARK: - Reading headers

extension Zip {
    /// Where the directory lies, and how many members it lists: the record at the archive's end says so.
    private static func directory(_ bytes: [UInt8], source: String) throws(FormatError) -> (Int, Int, Int) {
        let recordSize = 22
        // A comment of up to 65,535 bytes may follow the record, and must end the file.
        let candidates = stride(
            from: bytes.count - recordSize, through: max(0, bytes.count - recordSize - 65_535), by: -1)
        let record = candidates.first { start in
            bytes[start..<start + 4].elementsEqual([0x50, 0x4B, 5, 6])
                && Int(bytes[start + 20]) + Int(bytes[start + 21]) << 8 == bytes.count - recordSize - start
        }
        guard let record else {
            throw FormatError(source: source, offset: bytes.count, expected: "a ZIP directory", found: "the end")
        }
        var reader = ByteReader(bytes, source: source, range: record + 4..<bytes.count)
        let disks = [try reader.uint16LittleEndian("a disk"), try reader.uint16LittleEndian("a disk")]
        let counts = [try reader.uint16LittleEndian("a count"), try reader.uint16LittleEndian("a count")]
        let size = try reader.uint32LittleEndian("a size")
        let start = try reader.uint32LittleEndian("an offset")
        let end = start + size
        guard disks == [0, 0], counts[0] == counts[1],
            end == record
                || record - end == 76 && isRepeated(bytes, end..<record, count: counts[0], size: size, start: start)
        else {
            throw reader.failure(
                at: record, expected: "a ZIP archive in one piece, under 4 GiB", found: "one that is split or larger")
        }
        return (start, end, counts[0])
    }

    /// Whether bytes between directory and record say the same in ZIP64's form, as PyTorch writes it in every file.
    private static func isRepeated(_ bytes: [UInt8], _ range: Range<Int>, count: Int, size: Int, start: Int) -> Bool {
        var expected: [UInt8] = [0x50, 0x4B, 6, 6]
        expected.append(littleEndian: UInt64(44))
        // Made and needed versions say who wrote it; then two disks.
        let versions = range.lowerBound + 12..<range.lowerBound + 16
        expected += bytes[versions] + repeatElement(0, count: 8)
        for number in [count, count, size, start] { expected.append(littleEndian: UInt64(number)) }
        expected += [0x50, 0x4B, 6, 7, 0, 0, 0, 0]
        expected.append(littleEndian: UInt64(range.lowerBound))
        return bytes[range].elementsEqual(expected + [1, 0, 0, 0])
    }

    /// Reads one entry of the directory, and the member's own header to find its bytes.
    private static func member(
        _ reader: inout ByteReader, _ bytes: [UInt8], directoryStart: Int
    ) throws(FormatError) -> Member {
        let entry = reader.offset
        guard try reader.uint32LittleEndian("a ZIP directory entry") == directorySignature else {
            throw reader.failure(at: entry, expected: "a ZIP directory entry", found: "something else")
        }
        _ = try reader.take(4, "ZIP versions")
        let flags = try reader.uint16LittleEndian("ZIP flags")
        let method = try reader.uint16LittleEndian("a compression method")
        _ = try reader.take(4, "a time")
        let checksum = UInt32(try reader.uint32LittleEndian("a CRC-32"))
        let compressedSize = try reader.uint32LittleEndian("a compressed size")
        let size = try reader.uint32LittleEndian("a size")
        let nameSize = try reader.uint16LittleEndian("a name length")
        let extraSize = try reader.uint16LittleEndian("an extra length")
        let commentSize = try reader.uint16LittleEndian("a comment length")
        _ = try reader.take(8, "ZIP attributes")
        let headerOffset = try reader.uint32LittleEndian("an offset")
        let nameOffset = reader.offset
        let nameBytes = try reader.take(nameSize, "a name")
        _ = try reader.take(extraSize + commentSize, "extra fields")

        guard let name = String(validating: nameBytes, as: UTF8.self), name.isStreamSafe, isPlain(name) else {
            throw reader.failure(
                at: nameOffset, expected: "a relative name without \"..\"",
                found: "\"\(String(decoding: nameBytes, as: UTF8.self))\"")
        }
        // Bits 0, 6 and 13: encrypted, strongly encrypted, masked headers.
        guard flags & 0x2041 == 0 else {
            throw reader.failure(at: entry, expected: "members without encryption", found: "\"\(name)\" encrypted")
        }
        guard method == 0 || method == 8 else {
            throw reader.failure(
                at: entry, expected: "\"\(name)\" stored or deflated", found: "compression method \(method)")
        }
        guard [compressedSize, size, headerOffset].allSatisfy({ $0 < 1 << 32 - 1 }) else {
            throw reader.failure(at: entry, expected: "\"\(name)\" under 4 GiB", found: "a ZIP64 size")
        }

        var own = ByteReader(bytes, source: reader.source, range: min(headerOffset, directoryStart)..<directoryStart)
        guard try own.uint32LittleEndian("the header of \"\(name)\"") == memberSignature else {
            throw own.failure(at: headerOffset, expected: "the header of \"\(name)\"", found: "something else")
        }
        _ = try own.take(22, "the header of \"\(name)\"")
        let ownNameSize = try own.uint16LittleEndian("a name length")
        let ownExtraSize = try own.uint16LittleEndian("an extra length")
        guard try own.take(ownNameSize, "a name").elementsEqual(nameBytes) else {
            throw own.failure(at: headerOffset, expected: "\"\(name)\" as in the directory", found: "another name")
        }
        _ = try own.take(ownExtraSize, "extra fields")
        let range = try own.range(compressedSize, "the bytes of \"\(name)\"")
        return Member(name: name, isDeflated: method == 8, checksum: checksum, range: range, size: size)
    }

    /// Whether a name stays below the folder into which somebody might unpack it.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: ":") }
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }
}
